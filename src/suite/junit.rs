//! Results as a `JUnit` report: a suite for each file.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::event::{Ending, Finished, Sink, Tally};
use crate::view::{Diagnostic, JunitCase, JunitEnding, JunitSuite, Printer, junit};

/// Keeps what the report needs.
pub struct Junit {
    printer: Printer,
    state: Mutex<(Vec<JunitSuite>, Duration)>,
}

impl Junit {
    pub fn new(printer: Printer) -> Self {
        Self { printer, state: Mutex::default() }
    }

    /// The report, as XML.
    pub fn text(&self) -> String {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        junit(&state.0, state.1)
    }

    fn words(&self, why: &Diagnostic) -> String {
        let hint = why.hint.as_deref().map_or(String::new(), |hint| format!("\nhint: {hint}"));
        self.printer.masked(&format!("{}{hint}", why.located())).into_owned()
    }
}

impl Sink for Junit {
    fn tell(&self, finished: &Finished) {
        let ending = match &finished.ending {
            Ending::Passed => JunitEnding::Well,
            Ending::Flaky(why) => JunitEnding::Flaky(self.words(why)),
            Ending::Failed(failed) => JunitEnding::Failed(self.words(&failed.diagnostic)),
            Ending::Skipped(why) => JunitEnding::PassedOver(why.clone()),
            Ending::Interrupted => JunitEnding::Failed("interrupted".to_owned()),
            Ending::NotRun => JunitEnding::PassedOver("not run".to_owned()),
        };
        let case = JunitCase {
            class: finished.file.clone(),
            name: self.printer.masked(&finished.name).into_owned(),
            duration: finished.duration,
            ending,
            properties: Vec::new(),
            output: finished.output.clone(),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let at = state.0.iter().position(|suite| suite.name == finished.file).unwrap_or(state.0.len());
        if at == state.0.len() {
            state.0.push(JunitSuite { name: finished.file.clone(), ..JunitSuite::default() });
        }
        state.0[at].duration += finished.duration;
        state.0[at].cases.push(case);
    }

    fn end(&self, _tally: &Tally, duration: Duration) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = duration;
    }
}
