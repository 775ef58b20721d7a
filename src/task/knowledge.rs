//! What a task knows before its first step: variables of dotenv files, secrets, `vars`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::check::placed;
use super::environment::environment;
use super::error::Error;
use super::interpolate::plain;
use super::kind::{ParamValue, elements};
use super::model::Task;
use super::schema::ParamKind;
use super::scope::Scope;
use super::text::Text;
use crate::model::names;
use crate::view::Printer;

/// A secret of fewer characters makes the output hard to read, and is easy to guess.
const SHORT: usize = 4;

impl Task {
    /// The variables of its file, then its own, in the order in which they may refer to each other.
    pub(super) fn vars(&self) -> impl Iterator<Item = &(String, Text)> + Clone {
        self.about.header.vars.iter().chain(&self.about.vars)
    }

    /// Whether `vars` holds a name among the first `known`, and what to say when it does not.
    pub(super) fn judge_var(&self, name: &str, known: usize) -> Result<(), (String, Option<String>)> {
        let is = |(other, _): &&(String, Text)| other == name;
        if self.vars().take(known).any(|var| is(&var)) {
            return Ok(());
        }
        if self.vars().any(|var| is(&var)) {
            let hint = String::from("`vars` are set in the order in which they stand, those of the file first");
            return Err((format!("`vars.{name}` is not set yet"), Some(hint)));
        }
        let names: Vec<&str> = self.vars().map(|(name, _)| name.as_str()).collect();
        let hint = names::suggestion(name, names).or_else(|| Some(String::from("variables stand under `vars:`")));
        Err((format!("there is no variable `{name}`"), hint))
    }

    /// Whether there is a secret of this name; one with a default need not have a value.
    pub(super) fn judge_secret(&self, name: &str, default: bool) -> Result<(), (String, Option<String>)> {
        let secrets = self.about.header.secrets(&self.file);
        match secrets.iter().find(|(known, _)| known == name) {
            Some((_, Err(message))) if !default => Err((format!("secret `{name}`: {message}"), None)),
            Some(_) => Ok(()),
            None => {
                let known = self.about.header.secret_names();
                let hint = names::suggestion(name, known);
                let hint = hint.or_else(|| Some(String::from("secrets are told under `secrets:` of the file")));
                Err((format!("there is no secret `{name}`"), hint))
            }
        }
    }
}

/// Puts what the task knows into its scope. From here on its secrets are masked.
pub(super) fn learn(task: &Task, scope: &mut Scope, printer: &Printer) -> Result<(), Error> {
    for (name, value) in environment(task)? {
        // What was set on purpose wins over a file.
        if std::env::var_os(&name).is_none() {
            scope.dotenv.insert(name, value);
        }
    }
    scope.secrets = task.about.header.secrets(&task.file).to_vec();
    for (name, value) in &scope.secrets {
        conceal(&format!("secret `{name}`"), value.as_deref().unwrap_or_default(), printer);
    }
    for (text, place) in task.vars().map(|(name, text)| (name, text)).collect::<Vec<_>>() {
        let value = put(place, scope)?;
        scope.vars.push((text.clone(), value));
    }
    Ok(())
}

/// A text with its values, before any step has a result.
pub(super) fn put(text: &Text, scope: &Scope) -> Result<String, Error> {
    let put = plain(&text.value, &BTreeSet::new(), &mut |reference| scope.resolve(reference));
    put.map_err(|fault| placed(fault, text))
}

/// Masks the secret parameters of a task: what was typed, and what became of it.
pub(super) fn conceal_params(task: &Task, scope: &Scope, printer: &Printer) {
    for param in task.params.iter().filter(|param| param.secret) {
        let Some((_, value)) = scope.params.iter().find(|(name, _)| *name == param.name) else { continue };
        let what = format!("parameter `{}`", param.name);
        let is_new = conceal(&what, &value.text, printer);
        let forms = match param.kind {
            ParamKind::List => conceal_elements(&what, value, is_new, printer),
            ParamKind::Path => paths(&value.text, &task.file.base()),
            _ => converted(&value.json),
        };
        for form in forms {
            conceal(&what, &form, printer);
        }
    }
}

/// The elements of a secret list that are masked on their own, as the lines of a secret are.
fn conceal_elements(what: &str, value: &ParamValue, is_new: bool, printer: &Printer) -> Vec<String> {
    let (long, short): (Vec<_>, Vec<_>) = elements(&value.text).into_iter().partition(|one| one.len() >= SHORT);
    if is_new && short.iter().any(|one| !one.is_empty()) && !(long.is_empty() && short.len() == 1) {
        printer.warn(&format!("{what} has elements of fewer than {SHORT} characters: alone they are not masked"));
    }
    long
}

/// A path as it may have been typed, and its last name.
fn paths(path: &str, base: &Path) -> Vec<String> {
    let path = Path::new(path);
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let roots = [Some(base.to_owned()), std::env::current_dir().ok(), home];
    let inside = roots.iter().flatten().filter_map(|root| path.strip_prefix(root).ok());
    let text = |path: &Path| path.to_str().map(str::to_owned);
    inside.filter_map(text).chain(path.file_name().and_then(|name| text(Path::new(name)))).collect()
}

/// A value as scripts, commands and JSON write it once it is more than text: `12345e3` is 12345000.0.
fn converted(value: &Json) -> Vec<String> {
    match value {
        Json::String(text) => vec![text.clone()],
        Json::Number(number) => {
            let real = number.as_f64().filter(|_| number.is_f64());
            let written = real.map(|real| [format!("{real}"), format!("{real:?}"), format!("{real:e}")]);
            std::iter::once(number.to_string()).chain(written.into_iter().flatten()).collect()
        }
        _ => Vec::new(),
    }
}

/// Masks a value. False when it was masked already, or is empty.
fn conceal(what: &str, value: &str, printer: &Printer) -> bool {
    let is_new = printer.secrets().add(value);
    if is_new && value.chars().count() < SHORT {
        printer.warn(&format!("{what} has fewer than {SHORT} characters: it is masked wherever they stand"));
    }
    is_new
}
