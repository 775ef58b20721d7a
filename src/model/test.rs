//! Tests as they are declared: the options of `test` in scripts, and what stands under `tests:` in the config file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::duration::Span;
use super::probe::expect::Expectation;
use super::probe::timeout::Timeout;

/// What `test` takes besides a name and a function.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TestSpec {
    /// How long each try may take.
    pub timeout: Option<Span>,
    /// How often it is tried again when it fails.
    pub retries: Option<u16>,
    /// Why it is not run.
    pub skip: Option<String>,
}

/// A test of the config file: one probe and what it must find.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclaredTest {
    /// Shown in results; `FROM -> TO` when it is left out.
    pub name: Option<String>,
    /// The container that the probe starts in, or `host`.
    pub from: String,
    /// Where it goes: `db:5432`, `db:53/udp`, `10.0.0.2:80`, `internet`, `host:8080`.
    pub to: String,
    /// What it must find: `reach` (which it is when left out), `no_reach`, or the very cause.
    #[serde(default)]
    pub expect: Expectation,
    /// How long one probe may take; at least 10ms.
    pub timeout: Option<Timeout>,
    /// How often it is tried again when it finds something else.
    pub retries: Option<u16>,
}

impl DeclaredTest {
    /// What it is called.
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| match self.expect {
            Expectation::Reach => format!("{} -> {}", self.from, self.to),
            other => format!("{} -> {}: {other}", self.from, self.to),
        })
    }
}
