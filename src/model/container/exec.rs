//! The options of `exec`.

use serde::Deserialize;

use crate::model::duration::Span;
use crate::model::text::{self, Pairs};

/// The options of `exec`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExecSpec {
    #[serde(deserialize_with = "text::environment")]
    pub env: Pairs,
    pub user: Option<String>,
    #[serde(alias = "workingDir", alias = "workdir")]
    pub working_dir: Option<String>,
    /// Bytes given to the process, then its stdin is closed.
    pub stdin: Option<String>,
    /// The process is abandoned and the call fails after this long.
    pub timeout: Option<Span>,
    /// Copy output to xnet's own as it comes, besides collecting it.
    pub stream: bool,
    /// Give it a terminal: its output is one stream, all of it `stdout`, with lines that end in CR LF.
    pub tty: bool,
    /// A non-zero exit throws.
    pub check: bool,
    /// Keep the output for the result; without it, output without end needs no memory.
    #[serde(skip)]
    pub keep: bool,
}

impl Default for ExecSpec {
    fn default() -> Self {
        Self {
            env: Pairs::default(),
            user: None,
            working_dir: None,
            stdin: None,
            timeout: None,
            stream: false,
            tty: false,
            check: true,
            keep: true,
        }
    }
}
