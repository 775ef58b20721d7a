//! What the first step needs of this machine, its folder and its shell, is told before it runs. What an earlier step may
//! make is not: it is asked for when its step runs.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::files;
use super::interpolate::{Part, parts};
use super::kind::ParamValue;
use super::known::Known;
use super::model::{Action, Each, Items, OnFailure, Step, Target as Aim, Task};
use super::reference::Target;
use super::text::Text;
use crate::view::{Diagnostic, Place};

/// Commands that make nothing, whatever they are given, and wait for nothing that others may make meanwhile.
const HARMLESS: [&str; 13] =
    ["echo", "printf", "true", "false", ":", "test", "[", "exit", "pwd", "date", "hostname", "whoami", "id"];

/// Whether a step may make a folder, a program or a container.
pub(super) fn may_make(step: &Step) -> bool {
    let calm = |text: &Text| {
        let plain = !text.value.contains(['>', '|', ';', '&', '`', '(', '\\']);
        plain
            && text.value.lines().all(|line| line.split_whitespace().next().is_none_or(|word| HARMLESS.contains(&word)))
    };
    let handled = matches!(&step.on_failure, OnFailure::Abort | OnFailure::Continue);
    match &step.action {
        Action::Command(text) => !(handled && step.shell.is_empty() && step.targets.is_empty() && calm(text)),
        Action::Script(_) | Action::Call(_) | Action::Exec(_) => true,
    }
}

/// Whether a step runs, and its failure ends the task: then what it lacks can be told at once.
pub(super) fn is_certain(step: &Step) -> bool {
    let free = step.when.is_none() && step.each.is_none() && step.retry.is_none();
    free && matches!(step.on_failure, OnFailure::Abort)
}

/// Whether a step runs, whatever becomes of it.
pub(super) fn is_due(step: &Step) -> bool {
    let loops = |each: &Each| matches!(&each.items, Items::List(list) if !list.is_empty());
    step.when.is_none() && step.each.as_ref().is_none_or(loops)
}

/// The variables that a condition asks for: where they are not set, it is false.
pub(super) fn asked(when: &Text) -> Vec<String> {
    let quoted = when.value.split('"').skip(1).step_by(2);
    let named = when.value.split("env.").skip(1);
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    quoted.map(str::to_owned).chain(named.map(name)).collect()
}

/// A working folder is for what runs on this machine.
pub(super) fn has_use(task: &Task) -> Result<(), Error> {
    let Some(text) = &task.workdir else { return Ok(()) };
    let here = |step: &Step| {
        matches!(step.action, Action::Command(_) | Action::Script(_))
            || matches!(step.on_failure, OnFailure::Command(_))
    };
    if task.all_steps().any(here) {
        return Ok(());
    }
    let message = format!("no step of task `{}` runs in its `workdir`", task.name);
    let hint = "an `exec` has a `workdir` of its own, inside; a called task says its own";
    Err(Error::at(message, text, Some(hint.to_owned())))
}

/// The folder that a text names, where it can be known: from `base`, or where the commands of its file run.
pub(super) fn folder(text: &Text, base: Option<&Path>, known: &Known) -> Option<PathBuf> {
    let named = value(text, known)?;
    let base = base.map(Path::to_path_buf).or_else(|| text.file.workdir.clone());
    Some(base.or_else(|| std::env::current_dir().ok())?.join(named))
}

/// A text with its values, where these are known before anything runs.
fn value(text: &Text, known: &Known) -> Option<String> {
    let mut whole = String::new();
    for part in parts(&text.value, &known.registered).ok()? {
        match part {
            Part::Literal(literal) => whole.push_str(literal),
            Part::Value(reference, ..) => match (&reference.target, &reference.default) {
                (Target::Param(name), None) => whole.push_str(&given(name, &known.values)?.text),
                _ => return None,
            },
        }
    }
    Some(whole)
}

fn given<'a>(name: &str, values: &'a [(String, ParamValue)]) -> Option<&'a ParamValue> {
    values.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// The working folder must be there.
pub(super) fn is_there(folder: &Path, text: &Text) -> Result<(), Error> {
    let why = match folder.metadata() {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => "is no folder",
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "is not there",
        // Others may look where this process may not.
        Err(_) => return Ok(()),
    };
    let rule =
        || String::from("it begins where the commands of the file run, and an earlier step may make it: `mkdir -p`");
    let hint = files::beside(&text.value, &text.file).unwrap_or_else(rule);
    let message = format!("the working folder {} {why}", folder.display());
    Err(Error::Invalid(Box::new(Diagnostic::new(message).at(Some(text.whole())).hint(Some(hint)))))
}

/// The containers that a step names, and where.
pub(super) fn containers(step: &Step, known: &Known) -> Vec<(String, Place)> {
    let of_exec = match &step.action {
        Action::Exec(exec) => Some(&exec.container),
        _ => None,
    };
    let of_targets = step.targets.iter().filter_map(|target| match target {
        Aim::Name(text) => Some(text),
        _ => None,
    });
    of_exec.into_iter().chain(of_targets).filter_map(|text| Some((value(text, known)?, text.whole()))).collect()
}

/// The program that a step gives its text to must be there.
pub(super) fn has_shell(step: &Step, known: &Known) -> Result<(), Error> {
    let Some(program) = step.shell.first() else { return Ok(()) };
    let elsewhere = known.env.contains("PATH") || known.dotenv.contains("PATH");
    let is_there = if program.starts_with('/') {
        Path::new(program).exists()
    } else if program.contains('/') || elsewhere {
        true
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).exists())
    };
    if is_there {
        return Ok(());
    }
    let message = format!("`shell`: there is no program `{program}`");
    let hint = String::from("it is looked for on PATH; without `shell`, /bin/sh is given the command");
    Err(Error::at(message, step.text(), Some(hint)))
}
