//! What is found when what is there is compared with what is asked for.

use std::fmt;

use serde_json::Value;

/// One point in which what is there is not what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub what: String,
    pub has: String,
    pub wanted: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: has {}, wanted {}", self.what, self.has, self.wanted)
    }
}

#[derive(Default)]
pub(super) struct Findings(pub(super) Vec<Difference>);

impl Findings {
    pub(super) fn expect(&mut self, what: impl Into<String>, has: &dyn ToString, wanted: &dyn ToString) {
        let (has, wanted) = (has.to_string(), wanted.to_string());
        if has != wanted {
            let has = if has.is_empty() { "none".into() } else { has };
            let wanted = if wanted.is_empty() { "none".into() } else { wanted };
            self.0.push(Difference { what: what.into(), has, wanted });
        }
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
