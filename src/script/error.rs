//! Why a script did not end well, with the place, the way there, and what to do.

use rhai::{Dynamic, EvalAltResult, Map, ParseError, Position};

use super::caret;
use super::fault::{ExitCode, Fault};
use super::hints::{self, Known};
use super::source::{Source, Sources};
use crate::model::names;
use crate::runtime::Reason;
use crate::view::{Diagnostic, Place};

/// A script that failed, was stopped, or could not be read.
#[derive(Debug, Clone)]
pub struct Error {
    kind: String,
    code: u8,
    diagnostic: Diagnostic,
    stopped: Option<Reason>,
    exited: bool,
}

impl Error {
    /// What xnet ends with: 1 thrown by the script, 2 a bad script, 3 to 5 and 130 as documented, or a command's own code.
    pub fn exit_code(&self) -> u8 {
        self.code
    }

    pub fn diagnostic(&self) -> Diagnostic {
        self.diagnostic.clone()
    }

    /// A test that did not pass, for another reason than an error of its own.
    pub fn failed(message: String) -> Self {
        Self::plain("assertion", 1, Diagnostic::new(message))
    }

    /// A file that is not what it should be.
    pub fn bad_file(message: String, hint: &str) -> Self {
        Self::plain("bad_file", 2, Diagnostic::new(message).hint(Some(hint.to_owned())))
    }

    #[must_use]
    pub(super) fn at(mut self, place: Option<Place>) -> Self {
        self.diagnostic = self.diagnostic.at(place);
        self
    }

    /// What was under way when its time was over.
    #[must_use]
    pub fn outlasted(self, message: String, hint: &str) -> Self {
        let diagnostic = Diagnostic { message, hint: Some(hint.to_owned()), ..self.diagnostic };
        Self { kind: "timeout".into(), code: 1, diagnostic, stopped: None, ..self }
    }

    #[must_use]
    pub(super) fn note(mut self, note: &str) -> Self {
        self.diagnostic = self.diagnostic.note(note);
        self
    }

    pub fn kind(&self) -> &str {
        &self.kind
    }

    pub fn message(&self) -> &str {
        &self.diagnostic.message
    }

    /// Why the script was told to stop, if it was.
    pub fn stopped(&self) -> Option<Reason> {
        self.stopped
    }

    /// Whether the script ended itself by `exit(code)`: nothing needs to be said.
    pub fn exited(&self) -> bool {
        self.exited
    }

    pub(super) fn unreadable(path: &str, why: &str) -> Self {
        let hint = (!std::path::Path::new(path).exists()).then(|| "check the path; scripts end in .rhai".to_owned());
        Self::plain("unreadable", 2, Diagnostic::new(format!("{path} cannot be read: {why}")).hint(hint))
    }

    pub(super) fn fault(fault: &Fault) -> Self {
        if let Some(reason) = fault.stopped {
            return Self::stop(reason, None);
        }
        let diagnostic = Diagnostic::new(&fault.message).hint(fault.hint.clone());
        Self::plain(&fault.kind, fault_code(fault), diagnostic)
    }

    fn plain(kind: &str, code: u8, diagnostic: Diagnostic) -> Self {
        Self { kind: kind.to_owned(), code, diagnostic, stopped: None, exited: false }
    }

    fn stop(reason: Reason, place: Option<Place>) -> Self {
        let (code, message) = match reason {
            Reason::Interrupted => (130, "interrupted"),
            Reason::TimedOut => (5, "timed out"),
            Reason::PipeClosed => (141, "the reader of the output went away"),
        };
        let plain = Self::plain("stopped", code, Diagnostic::new(message).at(place));
        Self { stopped: Some(reason), ..plain }
    }

    /// A text that does not parse, `before` lines after where the interpreter began to count.
    pub(super) fn syntax(error: &ParseError, source: &Source, before: usize) -> Self {
        let place = source.place_of_word(error.position(), before);
        let message = words(&error.err_type().to_string());
        let hint = hints::for_syntax(error.err_type());
        Self::plain("syntax", 2, Diagnostic::new(message).at(place).hint(hint))
    }

    /// A variable that is not there.
    pub(super) fn unknown(name: &str, at: Position, source: &Source, known: &[&str]) -> Self {
        let all = ["params", "env", "vars", "secrets", "steps"].into_iter().chain(known.iter().copied());
        let hint = names::suggestion(name, all);
        let message = format!("there is no variable `{name}`");
        Self::plain("unknown-variable", 2, Diagnostic::new(message).at(source.place_of_word(at, 0)).hint(hint))
    }

    /// An error of a running script, told at its innermost place, with the calls that led there.
    pub(super) fn runtime(error: EvalAltResult, source: &str, sources: &Sources, known: &Known) -> Self {
        let mut trace = Vec::new();
        let mut here = source.to_owned();
        let mut error = error;
        loop {
            error = match error {
                EvalAltResult::ErrorInFunctionCall(name, within, inner, position) => {
                    let label = if name.is_empty() || name.starts_with("anon$") {
                        "called from a closure here".to_owned()
                    } else {
                        format!("in `{name}`, called here")
                    };
                    trace.extend(sources.place(&here, position).map(|place| (label, place)));
                    if sources.get(&within).is_some() {
                        here = within;
                    }
                    *inner
                }
                EvalAltResult::ErrorInModule(path, inner, position) => {
                    trace.extend(
                        sources
                            .place(&here, position)
                            .map(|place| (format!("in module \"{path}\", imported here"), place)),
                    );
                    if sources.get(&path).is_some() {
                        here.clone_from(&path);
                    }
                    *inner
                }
                other => {
                    let place = sources.place(&here, other.position());
                    break Self::innermost(other, place, known, trace);
                }
            };
        }
    }

    fn innermost(error: EvalAltResult, place: Option<Place>, known: &Known, mut trace: Vec<(String, Place)>) -> Self {
        trace.reverse();
        match error {
            EvalAltResult::ErrorTerminated(token, _) => {
                if let Some(ExitCode(code)) = token.clone().try_cast::<ExitCode>() {
                    return Self { exited: true, ..Self::plain("exit", code, Diagnostic::new(format!("exit {code}"))) };
                }
                Self::stop(token.try_cast::<Reason>().unwrap_or(Reason::Interrupted), place)
            }
            EvalAltResult::ErrorRuntime(value, _) => {
                let thrown = thrown(&value);
                let place = place.map(|place| match thrown.kind.as_str() {
                    "invalid" => caret::option(place, &thrown.message),
                    _ => caret::property(place),
                });
                let diagnostic = Diagnostic::new(thrown.message.clone()).at(place).hint(thrown.hint.clone());
                Self::plain(&thrown.kind, fault_code(&thrown), Diagnostic { trace, ..diagnostic })
            }
            EvalAltResult::ErrorParsing(kind, _) => {
                let diagnostic = Diagnostic::new(words(&kind.to_string())).at(place).hint(hints::for_syntax(&kind));
                Self::plain("syntax", 2, Diagnostic { trace, ..diagnostic })
            }
            other => {
                let (message, mut hint) = hints::for_runtime(&other, known);
                let mut place = place;
                if let EvalAltResult::ErrorPropertyNotFound(name, _) = &other {
                    place = place.map(caret::property);
                    if place.as_ref().and_then(caret::owner).as_deref() == Some("env") {
                        hint = Some(format!("the variable is not set: env(\"{name}\", default) gives a default then"));
                    }
                }
                let diagnostic = Diagnostic::new(message).at(place).hint(hint);
                Self::plain("script", 2, Diagnostic { trace, ..diagnostic })
            }
        }
    }
}

/// Rhai's words, in the manner of ours: no capital at the start.
fn words(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// What was thrown: one of our maps, a map of the script's own, or any other value.
fn thrown(value: &Dynamic) -> Fault {
    if let Some(fault) = value.read_lock::<Map>().and_then(|map| Fault::from_map(&map)) {
        return fault;
    }
    Fault::new("thrown", value.to_string())
}

fn fault_code(fault: &Fault) -> u8 {
    // A container's exit code is not xnet's: only that of a command is.
    if let Some(code) = fault.exit_code.filter(|code| *code != 0 && fault.kind != "ended") {
        return u8::try_from(code).unwrap_or(1);
    }
    fault.process_code.unwrap_or(match fault.kind.as_str() {
        "invalid" | "script" => 2,
        "timeout" => 5,
        _ => 1,
    })
}
