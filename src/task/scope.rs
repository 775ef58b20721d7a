//! What a step can refer to: parameters, environment, variables, secrets, the results of earlier steps.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use serde_json::{Map, Value as Json, json};

use super::kind::ParamValue;
use super::param::variable;
use super::reference::{Reference, Target};

/// Variables set over those of the process.
pub(super) type Overlay = BTreeMap<String, String>;

#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) params: Vec<(String, ParamValue)>,
    pub(super) env: Overlay,
    pub(super) vars: Vec<(String, String)>,
    /// Each with its value, or why it has none.
    pub(super) secrets: Vec<(String, Result<String, String>)>,
    results: Vec<(String, Output)>,
    registered: Vec<String>,
}

/// What came of a step.
#[derive(Debug, Clone, Default)]
pub(super) struct Output {
    pub(super) kind: OutputKind,
    /// `None` when the step was skipped.
    pub(super) exit_code: Option<u8>,
}

#[derive(Debug, Clone, Default)]
pub(super) enum OutputKind {
    Command {
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    },
    Script(Json),
    #[default]
    Call,
}

impl Scope {
    pub(super) fn new(params: Vec<(String, ParamValue)>, env: Overlay) -> Self {
        Self { params, env, ..Self::default() }
    }

    pub(super) fn record(&mut self, name: Option<&str>, register: Option<&str>, output: &Output) {
        for name in name.into_iter().chain(register) {
            self.results.push((name.to_owned(), output.clone()));
        }
        self.registered.extend(register.map(str::to_owned));
    }

    /// The bytes a reference stands for.
    pub(super) fn resolve(&self, reference: &Reference) -> Result<Vec<u8>, String> {
        let value = match &reference.target {
            Target::Param(name) => match self.params.iter().find(|(known, _)| known == name) {
                Some((_, value)) => Some(value.text.clone().into_bytes()),
                None => return Err(format!("there is no parameter `{name}`")),
            },
            Target::Env(name) => match (self.env.get(name), std::env::var_os(name)) {
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
            Target::Step { name, field, .. } => match self.results.iter().rev().find(|(known, _)| known == name) {
                Some((_, output)) => Some(output.text(field)?),
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
        params.chain(self.env.iter().map(|(name, value)| (name.clone(), OsString::from(value)))).collect()
    }

    /// What scripts and conditions see, besides the environment.
    pub(super) fn globals(&self, project: &str) -> Vec<(String, Json)> {
        let params: Map<_, _> = self.params.iter().map(|(name, value)| (name.clone(), value.json.clone())).collect();
        let results = || self.results.iter().map(|(name, output)| (name.clone(), output.json()));
        let steps: Map<_, _> = results().collect();
        let mut globals: Vec<(String, Json)> = results().filter(|(name, _)| self.registered.contains(name)).collect();
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

impl Output {
    fn ok(&self) -> bool {
        self.exit_code == Some(0)
    }

    fn text(&self, field: &str) -> Result<Vec<u8>, String> {
        match (field, &self.kind) {
            ("ok", _) => Ok(self.ok().to_string().into_bytes()),
            ("exit_code", _) => Ok(self.exit_code.map(|code| code.to_string()).unwrap_or_default().into_bytes()),
            ("stdout", OutputKind::Command { stdout, .. }) => Ok(trimmed(stdout).to_vec()),
            ("stderr", OutputKind::Command { stderr, .. }) => Ok(trimmed(stderr).to_vec()),
            ("value", OutputKind::Script(Json::Null)) => Ok(Vec::new()),
            ("value", OutputKind::Script(Json::String(text))) => Ok(text.clone().into_bytes()),
            ("value", OutputKind::Script(value)) => Ok(value.to_string().into_bytes()),
            _ => Err(format!("the step has no `{field}`")),
        }
    }

    fn json(&self) -> Json {
        let mut value = json!({ "ok": self.ok(), "exit_code": self.exit_code, "skipped": self.exit_code.is_none() });
        match &self.kind {
            OutputKind::Command { stdout, stderr } => {
                let stdout = String::from_utf8_lossy(trimmed(stdout)).into_owned();
                value["lines"] = stdout.lines().collect();
                value["stderr"] = String::from_utf8_lossy(trimmed(stderr)).into();
                value["stdout"] = stdout.into();
            }
            OutputKind::Script(result) => value["value"] = result.clone(),
            OutputKind::Call => {}
        }
        value
    }
}

/// Without the newlines at the end, as `$(…)` has it.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != b'\n').map_or(0, |last| last + 1);
    &bytes[..end]
}
