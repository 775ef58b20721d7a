//! What came of a step, as later steps see it. It is kept once, however many scopes know it.

use std::sync::Arc;

use serde_json::{Value as Json, json};

/// Bytes kept of a command's stdout: its beginning. What runs at the same time shares them.
pub(super) const STDOUT: usize = 16 * 1024 * 1024;
/// Bytes kept of a command's stderr: its end.
pub(super) const STDERR: usize = 64 * 1024;
/// Elements of `lines`: the first.
pub(super) const LINES: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) kind: OutputKind,
    /// `None` when the step was skipped.
    pub(super) exit_code: Option<u8>,
    /// How often it was tried, of a step with `retry`.
    pub(super) attempts: Option<u32>,
}

#[derive(Debug)]
pub(super) enum OutputKind {
    Command(Said),
    Script(Json),
    /// With what the task gave back.
    Call(Json),
    /// Of a step that ran for each element of a list.
    Each(Vec<Arc<Output>>),
    /// Of a step that ran in several containers, by their names.
    Inside(Vec<(String, Arc<Output>)>),
}

/// What is kept of a command's output.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// Whether there was more than is kept.
    pub(super) truncated: bool,
}

impl Default for OutputKind {
    fn default() -> Self {
        Self::Call(Json::Null)
    }
}

impl Output {
    pub(super) fn of(kind: OutputKind, exit_code: u8) -> Self {
        Self { kind, exit_code: Some(exit_code), attempts: None }
    }

    fn ok(&self) -> bool {
        self.exit_code == Some(0)
    }

    /// Bytes of output that it keeps.
    pub(super) fn size(&self) -> usize {
        match &self.kind {
            OutputKind::Command(said) => said.stdout.len() + said.stderr.len(),
            OutputKind::Script(_) | OutputKind::Call(_) => 0,
            OutputKind::Each(all) => all.iter().map(|output| output.size()).sum(),
            OutputKind::Inside(all) => all.iter().map(|(_, output)| output.size()).sum(),
        }
    }

    /// The same without any output, which is said to be cut.
    pub(super) fn emptied(&self) -> Self {
        let kind = match &self.kind {
            OutputKind::Command(_) => OutputKind::Command(Said { truncated: true, ..Said::default() }),
            OutputKind::Script(value) => OutputKind::Script(value.clone()),
            OutputKind::Call(value) => OutputKind::Call(value.clone()),
            OutputKind::Each(all) => OutputKind::Each(all.iter().map(|output| Arc::new(output.emptied())).collect()),
            OutputKind::Inside(all) => OutputKind::Inside(
                all.iter().map(|(name, output)| (name.clone(), Arc::new(output.emptied()))).collect(),
            ),
        };
        Self { kind, exit_code: self.exit_code, attempts: self.attempts }
    }

    pub(super) fn text(&self, field: &str) -> Result<Vec<u8>, String> {
        match (field, &self.kind) {
            ("ok", _) => Ok(self.ok().to_string().into_bytes()),
            ("exit_code", _) => Ok(self.exit_code.map(|code| code.to_string()).unwrap_or_default().into_bytes()),
            ("stdout", OutputKind::Command(said)) => Ok(trimmed(&said.stdout).to_vec()),
            ("stderr", OutputKind::Command(said)) => Ok(trimmed(&said.stderr).to_vec()),
            ("stdout", OutputKind::Each(_) | OutputKind::Inside(_)) => Ok(self.joined()),
            ("value", OutputKind::Script(value) | OutputKind::Call(value)) => Ok(text_of(value)),
            // A step that did not run was not tried.
            ("attempts", _) => Ok(self.attempts.map(|attempts| attempts.to_string()).unwrap_or_default().into_bytes()),
            _ => match self.told(field == "json").get(field) {
                Some(value) => Ok(text_of(value)),
                None => Err(format!("the step has no `{field}`")),
            },
        }
    }

    /// Why its stdout is not JSON.
    pub(super) fn json_fault(&self) -> Option<serde_json::Error> {
        match &self.kind {
            OutputKind::Command(said) => serde_json::from_slice::<Json>(&said.stdout).err(),
            _ => None,
        }
    }

    /// The results of all elements, or in all containers.
    fn parts(&self) -> Vec<&Self> {
        match &self.kind {
            OutputKind::Each(all) => all.iter().map(Arc::as_ref).collect(),
            OutputKind::Inside(all) => all.iter().map(|(_, output)| output.as_ref()).collect(),
            _ => Vec::new(),
        }
    }

    /// The stdout of all, one after the other.
    fn joined(&self) -> Vec<u8> {
        let texts = self.parts().into_iter().filter_map(|output| output.text("stdout").ok());
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(&b'\n')
    }

    fn is_truncated(&self) -> bool {
        match &self.kind {
            OutputKind::Command(said) => said.truncated,
            _ => self.parts().into_iter().any(Self::is_truncated),
        }
    }

    pub(super) fn json(&self) -> Json {
        self.told(true)
    }

    /// As scripts see it; with its stdout as JSON, where that is wanted and it is.
    pub(super) fn told(&self, parse: bool) -> Json {
        let mut value = json!({ "ok": self.ok(), "exit_code": self.exit_code, "skipped": self.exit_code.is_none() });
        if let Some(attempts) = self.attempts {
            value["attempts"] = attempts.into();
        }
        match &self.kind {
            OutputKind::Command(said) => {
                let stdout = String::from_utf8_lossy(trimmed(&said.stdout)).into_owned();
                if let Some(parsed) = parse.then(|| serde_json::from_str(&stdout).ok()).flatten() {
                    value["json"] = parsed;
                }
                value["stderr"] = String::from_utf8_lossy(trimmed(&said.stderr)).into();
                self.tell_stdout(&mut value, stdout);
            }
            OutputKind::Script(result) | OutputKind::Call(result) => value["value"] = result.clone(),
            OutputKind::Each(all) => {
                value["items"] = all.iter().map(|output| output.told(parse)).collect();
                self.tell_stdout(&mut value, String::from_utf8_lossy(&self.joined()).into_owned());
            }
            OutputKind::Inside(all) => {
                value["targets"] = all.iter().map(|(name, output)| (name.clone(), output.told(parse))).collect();
                self.tell_stdout(&mut value, String::from_utf8_lossy(&self.joined()).into_owned());
            }
        }
        value
    }

    fn tell_stdout(&self, value: &mut Json, stdout: String) {
        value["lines"] = stdout.lines().take(LINES).collect();
        value["truncated"] = (self.is_truncated() || stdout.lines().nth(LINES).is_some()).into();
        value["stdout"] = stdout.into();
    }
}

/// A value as a command gets it: text as it is, nothing as nothing, all else as JSON.
pub(super) fn text_of(value: &Json) -> Vec<u8> {
    match value {
        Json::Null => Vec::new(),
        Json::String(text) => text.clone().into_bytes(),
        value => value.to_string().into_bytes(),
    }
}

/// Without the newlines at the end, as `$(…)` has it.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != b'\n').map_or(0, |last| last + 1);
    &bytes[..end]
}
