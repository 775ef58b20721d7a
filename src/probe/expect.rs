//! A probe whose end is held against what a test expects of it.

use super::error::Error;
use super::prober::Prober;
use crate::model::probe::expect::{Expectation, Seen, judge};
use crate::model::probe::place::{Destination, Place, Source};
use crate::model::probe::reach::{Reach, ReachSpec};
use crate::model::probe::verdict::Cause;

/// Why a test does not pass: what was found, in words, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmet {
    pub message: String,
    pub hint: Option<String>,
}

impl Prober {
    /// Probes, and says what is not as expected; `None` when all is.
    pub async fn expect(
        &self,
        from: &Source,
        to: &Destination,
        spec: &ReachSpec,
        expected: Expectation,
    ) -> Result<Option<Unmet>, Error> {
        let found = self.reach(from, to, spec).await?;
        let asked: Vec<Cause> = found.tried.iter().map(|one| one.cause).collect();
        let is_container = found.cause == Cause::NameUnknown && self.is_container(&to.place).await?;
        let seen = Seen { cause: found.cause, is_container, asked: &asked, unasked: found.unasked };
        Ok(judge(expected, seen).map(|fault| unmet(&found, is_container, expected, fault)))
    }

    /// That a name is unknown in one container tells something only if it is that of another.
    async fn is_container(&self, place: &Place) -> Result<bool, Error> {
        let Place::Name(name) = place else { return Ok(false) };
        Ok(self.peer(name).await?.is_some())
    }
}

fn unmet(found: &Reach, is_container: bool, expected: Expectation, fault: &str) -> Unmet {
    let Reach { from, to, cause, message, note, .. } = found;
    let wanted = match expected {
        Expectation::Reach => format!("{from} should reach {to}, and {fault}"),
        Expectation::NoReach => format!("{from} should not reach {to}, and {fault}"),
        other => format!("{from} to {to} should end in {other}, and {fault}"),
    };
    let note = note.as_ref().map_or(String::new(), |note| format!("; {note}"));
    let hint = match (expected, cause) {
        (Expectation::NoReach, Cause::Refused) => Some(
            "start what should listen there, so that the test can tell; or expect the cause \"refused\"".to_owned(),
        ),
        (Expectation::NoReach, Cause::NameUnknown) if !is_container => {
            Some("write the name of the container; or expect the cause \"name_unknown\"".to_owned())
        }
        _ => found.hint.clone(),
    };
    Unmet { message: format!("{wanted} ({cause}): {message}{note}"), hint }
}
