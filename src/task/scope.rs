//! What a step can refer to: parameters, environment, variables, secrets, the results of earlier steps.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::kind::ParamValue;
use super::model::Task;
use super::output::{Output, text_of};
use super::param::variable;
use super::reference::{Reference, Target};

/// Variables set over those of the process.
pub(super) type Overlay = BTreeMap<String, String>;

#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) params: Vec<(String, ParamValue)>,
    /// Set by `env:`, here or by callers.
    pub(super) env: Overlay,
    /// Of dotenv files, which are of this task alone.
    pub(super) dotenv: Overlay,
    pub(super) vars: Vec<(String, String)>,
    /// Each with its value, or why it has none.
    pub(super) secrets: Vec<(String, Result<String, String>)>,
    /// Where commands run, when the task says so.
    pub(super) workdir: Option<PathBuf>,
    results: Vec<(String, Arc<Output>)>,
    registered: Vec<String>,
    /// What a loop, a matrix or the end of a task binds: `item`, `index`, `matrix`, `task`.
    locals: Vec<(String, Json)>,
}

impl Scope {
    pub(super) fn new(params: Vec<(String, ParamValue)>, env: Overlay) -> Self {
        Self { params, env, ..Self::default() }
    }

    pub(super) fn record(&mut self, name: Option<&str>, register: Option<&str>, output: &Arc<Output>) {
        for name in name.into_iter().chain(register) {
            self.results.push((name.to_owned(), output.clone()));
        }
        self.registered.extend(register.map(str::to_owned));
    }

    /// Binds a name to a value, until the scope ends.
    pub(super) fn bind(&mut self, name: &str, value: Json) {
        self.locals.retain(|(known, _)| known != name);
        self.locals.push((name.to_owned(), value));
    }

    /// Why the `json` that code asked for in vain is not there.
    pub(super) fn no_json(&self) -> Option<String> {
        let mut commands = self.results.iter().filter_map(|(name, output)| Some((name, output.json_fault()?)));
        commands.next().map(|(name, error)| format!("the output of `{name}` is not JSON: {error}"))
    }

    /// Whether a loop, a matrix or the end of a task has bound this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.locals.iter().any(|(known, _)| known == name)
    }

    /// Binds the result that a condition asks about.
    pub(super) fn bind_result(&mut self, name: &str, output: &Output) {
        self.bind(name, output.json());
    }

    /// The result of a step that has run.
    pub(super) fn result(&self, name: &str) -> Option<Json> {
        self.results.iter().rev().find(|(known, _)| known == name).map(|(_, output)| output.json())
    }

    fn local(&self, name: &str, field: &str) -> Option<Result<Vec<u8>, String>> {
        let (_, value) = self.locals.iter().find(|(known, _)| known == name)?;
        if field.is_empty() {
            return Some(Ok(text_of(value)));
        }
        let found = value.get(field).map(text_of);
        Some(found.ok_or_else(|| format!("`{name}` has no `{field}`")))
    }

    /// Whether code may look at the result of a step by `steps`: it may unless it only ever names other steps.
    fn asks_step(&self, code: &str, name: &str) -> bool {
        let names_one = |(at, word): (usize, &str)| {
            let member = code[at + word.len()..].strip_prefix('.').unwrap_or_default();
            self.results.iter().any(|(known, _)| member.starts_with(known.as_str()))
        };
        asks(code, "steps") && (asks(code, name) || !code.match_indices("steps").all(names_one))
    }

    /// The bytes a reference stands for.
    pub(super) fn resolve(&self, reference: &Reference) -> Result<Vec<u8>, String> {
        let value = match &reference.target {
            Target::Param(name) => match self.params.iter().find(|(known, _)| known == name) {
                Some((_, value)) => Some(value.text.clone().into_bytes()),
                None => return Err(format!("there is no parameter `{name}`")),
            },
            Target::Env(name) => match (self.env.get(name).or_else(|| self.dotenv.get(name)), std::env::var_os(name)) {
                (Some(value), _) => Some(value.clone().into_bytes()),
                (None, value) => value.map(|value| value.as_bytes().to_vec()),
            },
            // The last of a name: a task's own stands after that of its file.
            Target::Var(name) => match self.vars.iter().rev().find(|(known, _)| known == name) {
                Some((_, value)) => Some(value.clone().into_bytes()),
                None => return Err(format!("there is no variable `{name}`")),
            },
            Target::Secret(name) => match self.secrets.iter().find(|(known, _)| known == name) {
                Some((_, Ok(value))) => Some(value.clone().into_bytes()),
                Some((_, Err(_))) if reference.default.is_some() => None,
                Some((_, Err(message))) => return Err(format!("secret `{name}`: {message}")),
                None => return Err(format!("there is no secret `{name}`")),
            },
            Target::Step { name, field, registered: true } if self.local(name, field).is_some() => {
                self.local(name, field).transpose()?
            }
            Target::Step { name, field, .. } => match self.results.iter().rev().find(|(known, _)| known == name) {
                Some((_, output)) => Some(output.text(field)?),
                None if reference.default.is_some() => None,
                None => return Err(format!("no step called `{name}` has run")),
            },
        };
        match (value, &reference.default, &reference.target) {
            (Some(value), Some(default), _) if value.is_empty() => Ok(default.clone().into_bytes()),
            (Some(value), _, _) => Ok(value),
            (None, Some(default), _) => Ok(default.clone().into_bytes()),
            (None, None, Target::Env(name)) => Err(format!("the environment variable `{name}` is not set")),
            (None, None, _) => Ok(Vec::new()),
        }
    }

    /// Why secrets that a script may ask for are not there.
    pub(super) fn lacking(&self, script: &str) -> Vec<String> {
        let told = self.secrets.iter().filter(|(name, _)| script.contains("secrets") && script.contains(name.as_str()));
        let why = |(name, value): &(String, Result<String, String>)| {
            value.as_ref().err().map(|message| format!("secret `{name}`: {message}"))
        };
        told.filter_map(why).collect()
    }

    /// The variables a command is given besides those of the process.
    pub(super) fn variables(&self) -> Vec<(String, OsString)> {
        let params = self.params.iter().map(|(name, value)| (variable(name), OsString::from(&value.text)));
        params.chain(self.overlay().into_iter().map(|(name, value)| (name, OsString::from(value)))).collect()
    }

    /// The variables of a command in a container: parameters that are no secret, and what `env:` sets. What this machine's
    /// files hold goes there only where a text refers to it.
    pub(super) fn inside(&self, task: &Task) -> Overlay {
        let open = |name: &str| task.param(name).is_some_and(|param| !param.secret);
        let params = self.params.iter().filter(|(name, _)| open(name));
        let params = params.map(|(name, value)| (variable(name), value.text.clone()));
        params.chain(self.env.clone()).collect()
    }

    /// All variables set over those of the process.
    pub(super) fn overlay(&self) -> Overlay {
        self.dotenv.clone().into_iter().chain(self.env.clone()).collect()
    }

    /// What scripts and conditions see, besides the environment. `code` is what is to run: results are given to it only
    /// where it names them, and output is parsed as JSON only where it asks for that.
    pub(super) fn globals(&self, project: &str, code: &str) -> Vec<(String, Json)> {
        let parse = asks(code, "json");
        let params: Map<_, _> = self.params.iter().map(|(name, value)| (name.clone(), value.json.clone())).collect();
        let told = |(name, output): &(String, Arc<Output>)| (name.clone(), output.told(parse));
        let steps: Map<_, _> = self.results.iter().filter(|(name, _)| self.asks_step(code, name)).map(told).collect();
        let is_local = |name: &String| self.locals.iter().any(|(local, _)| local == name);
        let named = self.results.iter().filter(|(name, _)| self.registered.contains(name) && !is_local(name));
        let mut globals: Vec<(String, Json)> = named.filter(|(name, _)| asks(code, name)).map(told).collect();
        globals.extend(self.locals.iter().cloned());
        globals.push((String::from("params"), params.into()));
        globals.push((String::from("steps"), steps.into()));
        let vars = self.vars.iter().map(|(name, value)| (name.clone(), Json::from(value.as_str())));
        globals.push((String::from("vars"), vars.collect::<Map<_, _>>().into()));
        let secret = |(name, value): &(String, Result<String, String>)| {
            value.as_ref().ok().map(|value| (name.clone(), Json::from(value.as_str())))
        };
        globals.push((String::from("secrets"), self.secrets.iter().filter_map(secret).collect::<Map<_, _>>().into()));
        globals.push((String::from("project"), project.into()));
        globals
    }
}

/// Whether code may look at a variable: it names it, or other files that may do so.
fn asks(code: &str, name: &str) -> bool {
    code.contains(name) || code.contains("import")
}
