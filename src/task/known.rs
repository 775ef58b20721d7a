//! What a text of a task may refer to where it stands, and what it must not.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::error::{Error, placed};
use super::evaluates::Evaluated;
use super::foreign::{self, Foreign};
use super::interpolate::{Part, in_shell, parts};
use super::kind::ParamValue;
use super::model::{INDEX, MATRIX, Step, TASK, Task};
use super::reference::{Fault, Reference, Target as Refers};
use super::schema::ParamKind;
use super::second_shell::{SHELLS, is_option_c, is_shell};
use super::text::Text;
use crate::model::names;

/// Shells that evaluate what `[` compares as numbers.
const KORN: [&str; 3] = ["zsh", "ksh", "mksh"];

/// What a text of a task may refer to.
#[derive(Clone)]
pub(super) struct Known<'a> {
    pub(super) task: &'a Task,
    pub(super) registered: BTreeSet<String>,
    pub(super) env: BTreeSet<String>,
    /// Set by dotenv files, which those it calls do not see.
    pub(super) dotenv: BTreeSet<String>,
    /// How many of `vars` are set.
    pub(super) vars: usize,
    /// Whether it is about to run here: then its environment must be whole.
    pub(super) live: bool,
    /// The values of parameters that are known by now.
    pub(super) values: Vec<(String, ParamValue)>,
    /// Where its commands run, when the task says so and it is known.
    pub(super) workdir: Option<PathBuf>,
    /// The steps whose results are there.
    pub(super) earlier: Vec<&'a Step>,
    /// The steps of which it is not known whether they have run.
    pub(super) perhaps: Vec<&'a Step>,
    /// What a loop binds, and whether how the task went is known.
    pub(super) locals: BTreeSet<String>,
}

impl Known<'_> {
    /// Texts refer to values as a POSIX shell does, so no other program can be given one that does.
    pub(super) fn shell(&self, step: &Step, text: &Text) -> Result<(), Error> {
        let Some(program) = step.shell.first() else { return Ok(()) };
        let name = program.rsplit('/').next().unwrap_or(program);
        let found = in_shell(&text.value, &self.registered).map_err(|fault| placed(fault, text))?;
        if KORN.contains(&name) {
            for (reference, evaluated, offset, len) in &found {
                let judged =
                    self.number(reference, if *evaluated == Evaluated::Korn { Evaluated::Yes } else { *evaluated });
                judged.map_err(|(message, hint)| placed(Fault { offset: *offset, len: *len, message, hint }, text))?;
            }
        }
        match found.first() {
            Some((_, _, offset, len)) if !SHELLS.contains(&name) => {
                let message = format!("`{name}` is no shell that can be given a value this way");
                let hint = Some(String::from("set it under `env:`, and read the environment"));
                Err(placed(Fault { offset: *offset, len: *len, message, hint }, text))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn command(&self, text: &Text) -> Result<(), Error> {
        if let Some(foreign) = foreign::in_command(&text.value, self.task.param_names()) {
            let Foreign { offset, len, message, hint } = foreign;
            return Err(placed(Fault { offset, len, message, hint: Some(hint) }, text));
        }
        let found = in_shell(&text.value, &self.registered).map_err(|fault| placed(fault, text))?;
        for (reference, evaluated, offset, len) in found {
            let judged = self.judge(&reference).and_then(|()| self.number(&reference, evaluated));
            judged.map_err(|(message, hint)| placed(Fault { offset, len, message, hint }, text))?;
        }
        Ok(())
    }

    /// A shell that is given its text as a word of a list reads a value in it as code.
    pub(super) fn code(&self, list: &[Text]) -> Result<(), Error> {
        let mut words = list.iter().skip_while(|word| !is_shell(&word.value));
        words.find(|word| is_option_c(&word.value));
        let Some(text) = words.next() else { return Ok(()) };
        for part in parts(&text.value, &self.registered).map_err(|fault| placed(fault, text))? {
            if let Part::Value(reference, offset, len) = part
                && !self.is_plain(&reference)
            {
                let message = String::from("the shell would read this value as code");
                let hint =
                    Some(String::from(r#"give it as a word of its own: `[sh, -c, 'echo "$1"', sh, '${params.x}']`"#));
                return Err(placed(Fault { offset, len, message, hint }, text));
            }
        }
        Ok(())
    }

    pub(super) fn plain(&self, text: &Text) -> Result<(), Error> {
        for part in parts(&text.value, &self.registered).map_err(|fault| placed(fault, text))? {
            if let Part::Value(reference, offset, len) = part {
                let judged = self.judge(&reference);
                judged.map_err(|(message, hint)| placed(Fault { offset, len, message, hint }, text))?;
            }
        }
        Ok(())
    }

    pub(super) fn judge(&self, reference: &Reference) -> Result<(), (String, Option<String>)> {
        match &reference.target {
            Refers::Param(name) if self.task.param(name).is_none() => {
                let hint = names::suggestion(name, self.task.param_names());
                let hint = hint.or_else(|| Some(String::from("what a task takes stands under its `params:`")));
                Err((format!("task `{}` has no parameter `{name}`", self.task.name), hint))
            }
            Refers::Env(name)
                if self.live
                    && reference.default.is_none()
                    && !self.env.contains(name)
                    && !self.dotenv.contains(name)
                    && std::env::var_os(name).is_none() =>
            {
                let hint = format!("`${{env.{name}:-default}}` is used when it is not set");
                Err((format!("the environment variable `{name}` is not set"), Some(hint)))
            }
            Refers::Param(_) | Refers::Env(_) => Ok(()),
            Refers::Var(name) => self.task.judge_var(name, self.vars),
            Refers::Secret(name) => self.task.judge_secret(name, !self.live || reference.default.is_some()),
            Refers::Step { name, field, registered: true } if self.locals.contains(name) => self.local(name, field),
            Refers::Step { name, field, registered } => {
                self.result(name, field, *registered, reference.default.is_some())
            }
        }
    }

    pub(super) fn local(&self, name: &str, field: &str) -> Result<(), (String, Option<String>)> {
        let known: Vec<&str> = match name {
            MATRIX => self.task.matrix.iter().map(|(name, _)| name.as_str()).collect(),
            TASK => vec!["name", "ok", "error", "exit_code"],
            _ => return Ok(()),
        };
        if known.contains(&field) {
            return Ok(());
        }
        Err((format!("`{name}` has no `{field}`"), names::suggestion(field, known)))
    }

    /// A step that may not have run can be referred to where there is a default.
    fn result(&self, name: &str, field: &str, registered: bool, spare: bool) -> Result<(), (String, Option<String>)> {
        let called = |step: &&Step| {
            if registered { step.register.as_deref() == Some(name) } else { step.names().any(|known| known == name) }
        };
        let perhaps = self.perhaps.iter().copied().filter(|_| spare);
        if let Some(step) = self.earlier.iter().copied().chain(perhaps).find(called) {
            let fields = step.fields();
            if fields.contains(&field) {
                return Ok(());
            }
            let message = format!("the result of `{name}` has no `{field}` that is text");
            return Err((message, names::suggestion(field, fields.iter().copied())));
        }
        if self.task.all_steps().any(|step| called(&step)) {
            let may = self.perhaps.iter().any(called);
            let (message, hint) = if may {
                (format!("the step `{name}` may not have run"), "`:-` and a text stand in where it has not")
            } else {
                (format!("the step `{name}` has not run yet"), "results come from earlier steps")
            };
            return Err((message, Some(hint.to_owned())));
        }
        let known: Vec<&str> = self.earlier.iter().copied().flat_map(Step::names).collect();
        let hint = names::suggestion(name, known).or_else(|| Some(String::from("no earlier step has a name")));
        Err((format!("no step is called `{name}`"), hint))
    }

    /// A shell evaluates what stands in `$((…))` and its kin, and another shell reads as code what it is given: only numbers
    /// may stand there.
    fn number(&self, reference: &Reference, evaluated: Evaluated) -> Result<(), (String, Option<String>)> {
        match evaluated {
            Evaluated::Yes if !self.is_number(reference) => {
                let hint = String::from("only a parameter of `type: int` can stand here, as in `$((…))`");
                Err((String::from("the shell would evaluate this value as an expression"), Some(hint)))
            }
            Evaluated::Code if !self.is_plain(reference) => {
                let hint = String::from(
                    "give it as a word of its own: `sh -c 'echo \"$1\"' sh ${params.x}`; a shell that reads a here-document or a pipe has it as `$1` too: `sh -s -- ${params.x}`",
                );
                Err((String::from("another shell would read this value as code"), Some(hint)))
            }
            _ => Ok(()),
        }
    }

    /// Whether a value can be nothing but a number, or true or false.
    fn is_plain(&self, reference: &Reference) -> bool {
        let is_bool = |name: &str| self.task.param(name).is_some_and(|param| param.kind == ParamKind::Bool);
        let truth = match &reference.target {
            Refers::Param(name) => is_bool(name),
            Refers::Step { name, field, .. } => field == "ok" && !self.locals.contains(name),
            _ => false,
        };
        self.is_number(reference) || truth && reference.default.is_none()
    }

    fn is_number(&self, reference: &Reference) -> bool {
        match &reference.target {
            Refers::Param(name) => {
                let kind = self.task.param(name).map(|param| param.kind);
                matches!(kind, Some(ParamKind::Int | ParamKind::Float | ParamKind::Port)) && reference.default.is_none()
            }
            // An element of a loop and a matrix may have a field of any name.
            Refers::Step { name, field, registered: true } if self.locals.contains(name) => match name.as_str() {
                INDEX => field.is_empty(),
                name => name == TASK && field == "exit_code" && self.task.matrix.iter().all(|(key, _)| key != TASK),
            },
            Refers::Step { field, .. } => field == "exit_code" && reference.default.is_none(),
            Refers::Env(_) | Refers::Var(_) | Refers::Secret(_) => false,
        }
    }
}
