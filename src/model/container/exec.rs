//! The options of `exec`.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

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
    /// Given to the process, then its stdin is closed; at a terminal, Ctrl-D is typed after it.
    pub stdin: Option<Input>,
    /// The process is abandoned and the call fails after this long.
    pub timeout: Option<Span>,
    /// Copy output to xnet's own as it comes, besides collecting it.
    pub stream: bool,
    /// Give it a terminal: its output is one stream, all of it `stdout`, with lines that end in CR LF.
    pub tty: bool,
    /// The result's `stdout` and `stderr` are bytes as they came, rather than text.
    pub bytes: bool,
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
            bytes: false,
            check: true,
            keep: true,
        }
    }
}

/// What a process reads: text, or bytes as a list of numbers, which is what a blob of a script is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input(pub Vec<u8>);

impl<'de> Deserialize<'de> for Input {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InputVisitor;
        impl<'de> Visitor<'de> for InputVisitor {
            type Value = Input;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string, or bytes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Input, E> {
                Ok(Input(text.as_bytes().to_vec()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Input, E> {
                Ok(Input(number.to_string().into_bytes()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Input, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = seq.next_element::<i64>()? {
                    bytes.push(u8::try_from(byte).map_err(|_| A::Error::custom(format!("{byte} is not a byte")))?);
                }
                Ok(Input(bytes))
            }
        }
        deserializer.deserialize_any(InputVisitor)
    }
}
