//! How the tests of a script run: one after another, once the rest of the script has.

use std::time::{Duration, Instant};

use super::case::{Case, Cases};
use super::error::Error;
use super::interpreter::Session;
use crate::model::duration::seconds;
use crate::runtime::{self, Reason};
use crate::view::Diagnostic;

/// What holds for tests that say nothing of it themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Patience {
    /// For each try.
    pub timeout: Option<Duration>,
    pub retries: u16,
}

/// How a test ended.
#[derive(Debug, Clone)]
pub struct Ran {
    pub name: String,
    pub outcome: Outcome,
    /// All tries together.
    pub duration: Duration,
    pub tries: u32,
}

#[derive(Debug, Clone)]
pub enum Outcome {
    Passed,
    /// It passed when it was tried again; why it failed first.
    Flaky(Box<Diagnostic>),
    Failed(Box<Error>),
    Skipped(String),
}

impl Session {
    /// The names of the tests that have been noted, in their order.
    pub fn cases(&self) -> Vec<String> {
        self.world().cases().all().iter().map(|case| case.name.clone()).collect()
    }

    /// Runs the test of this name, with what it deferred. `None` when there is none.
    pub fn run_case(&mut self, name: &str, patience: Patience) -> Option<Ran> {
        let case = {
            let mut cases = self.world().cases();
            cases.begin();
            cases.all().iter().find(|case| case.name == name)?.clone()
        };
        let begun = Instant::now();
        let ran = |outcome, tries| Ran { name: case.name.clone(), outcome, duration: begun.elapsed(), tries };
        if let Some(why) = &case.spec.skip {
            return Some(ran(Outcome::Skipped(why.clone()), 0));
        }
        let timeout = case.spec.timeout.map(|span| span.0).or(patience.timeout);
        let retries = u32::from(case.spec.retries.unwrap_or(patience.retries));
        let mut first: Option<Error> = None;
        for attempt in 1..=retries + 1 {
            match self.try_case(&case, timeout) {
                Ok(()) => {
                    let outcome = match first {
                        Some(first) => Outcome::Flaky(Box::new(first.diagnostic())),
                        None => Outcome::Passed,
                    };
                    return Some(ran(outcome, attempt));
                }
                Err(error) if attempt > retries || error.stopped() == Some(Reason::Interrupted) => {
                    return Some(ran(Outcome::Failed(Box::new(error)), attempt));
                }
                Err(error) => first = first.or(Some(error)),
            }
        }
        None
    }

    fn try_case(&mut self, case: &Case, timeout: Option<Duration>) -> Result<(), Error> {
        let (mark, outer) = (self.world().count_deferred(), self.world().session_cancel());
        let limited = runtime::limited(&outer, timeout, |cancel| self.call(&case.body, cancel));
        let (answer, tripped) = limited.map_err(|error| Error::failed(format!("no thread for a timeout: {error}")))?;
        let answer = answer.map(|_| ()).map_err(|error| match timeout {
            Some(limit) if tripped && error.stopped() == Some(Reason::TimedOut) => {
                let message = format!("the test did not end within {}", seconds(limit));
                error.outlasted(message, "test(name, #{timeout: \"1m\"}, …) gives it more")
            }
            _ if error.exited() => {
                let message = format!("the test called exit({})", error.exit_code());
                Error::failed(message).at(self.place(&case.body))
            }
            _ => error,
        });
        self.end_to(mark, answer)
    }

    /// Runs all tests of a script that was started by itself, and prints how each ended.
    pub fn run_cases(&mut self) -> Result<(), Error> {
        let names = self.cases();
        if names.is_empty() {
            return Ok(());
        }
        let printer = self.world().printer();
        let (mut failed, all) = (0, names.len());
        for name in names {
            let Some(ran) = self.run_case(&name, Patience::default()) else { continue };
            let time = seconds(Duration::from_millis(u64::try_from(ran.duration.as_millis()).unwrap_or(u64::MAX)));
            match ran.outcome {
                Outcome::Passed => printer.data(&format!("✓ {name} ({time})")),
                Outcome::Flaky(_) => printer.data(&format!("✓ {name} ({time}, passed at try {})", ran.tries)),
                Outcome::Skipped(why) => printer.data(&format!("- {name} (skipped: {why})")),
                Outcome::Failed(error) if error.stopped().is_some() => return Err(*error),
                Outcome::Failed(error) => {
                    failed += 1;
                    printer.data(&format!("✗ {name} ({time})"));
                    printer.error(&error.diagnostic());
                }
            }
        }
        *self.world().cases() = Cases::default();
        if failed > 0 {
            return Err(Error::failed(format!("{failed} of {all} test{} failed", if all == 1 { "" } else { "s" })));
        }
        Ok(())
    }
}
