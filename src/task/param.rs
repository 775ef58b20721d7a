//! A task's parameter and its values.

use std::path::Path;

use ipnet::IpNet;
use regex_lite::Regex;

use super::kind::{ParamValue, elements};
use super::schema::ParamKind;
use crate::model::names;

#[derive(Debug, Clone)]
pub struct Param {
    pub name: String,
    pub description: Option<String>,
    pub kind: ParamKind,
    pub required: bool,
    pub default: Option<ParamValue>,
    /// The only values there are, or elements of a list; any when empty.
    pub values: Vec<String>,
    /// The variable that gives the value when nothing else does.
    pub env: Option<String>,
    /// Never shown.
    pub secret: bool,
    pub(super) pattern: Option<Pattern>,
    pub(super) min: Option<Bound>,
    pub(super) max: Option<Bound>,
}

/// What the whole of a text must match.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) text: String,
    whole: Regex,
}

/// One end of what numbers, or lengths, may be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bound {
    pub(super) text: String,
    measure: Measure,
}

/// Of two of one kind the larger is known.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Measure {
    Whole(i128),
    Real(f64),
}

/// Why a text is no value, and what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Bound {
    /// A length or a number, as the type has it; `None` when there is nothing to measure.
    pub(super) fn read(kind: ParamKind, text: &str) -> Option<Result<Self, String>> {
        let measure = match kind {
            ParamKind::String | ParamKind::List => text.parse::<u32>().ok().map(|length| Measure::Whole(length.into())),
            ParamKind::Int | ParamKind::Port => text.parse::<i64>().ok().map(|number| Measure::Whole(number.into())),
            ParamKind::Float => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Measure::Real),
            _ => return None,
        };
        let wanted = match kind {
            ParamKind::String => "a length in characters",
            ParamKind::List => "a number of elements",
            other => other.wanted(),
        };
        let bound = measure.map(|measure| Self { text: text.to_owned(), measure });
        Some(bound.ok_or_else(|| format!("expected {wanted}, found \"{}\"", text.escape_debug())))
    }

    pub(super) fn exceeds(&self, other: &Self) -> bool {
        self.measure > other.measure
    }
}

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, String> {
        // Alone first: a text that is no pattern must not become one by what is put around it.
        Regex::new(text).map_err(|error| error.to_string())?;
        let whole = Regex::new(&format!("^(?:{text})$")).map_err(|error| error.to_string())?;
        Ok(Self { text: text.to_owned(), whole })
    }
}

impl Param {
    /// Reads a text as a value that the declaration allows. A relative path begins at `base`.
    pub(super) fn read(&self, text: &str, base: &Path) -> Result<ParamValue, Refused> {
        let Some(value) = self.kind.read(text, base) else {
            let hint = if self.kind == ParamKind::Cidr && !self.secret { without_host_bits(text) } else { None };
            return Err(self.refuse(self.kind.wanted(), text, hint));
        };
        for part in self.parts(&value) {
            self.allows(&part, base)?;
        }
        let measured = self.measure(&value);
        let above = |bound: &Bound| measured.is_some_and(|measured| measured < bound.measure);
        let below = |bound: &Bound| measured.is_some_and(|measured| measured > bound.measure);
        if self.min.as_ref().is_some_and(above) || self.max.as_ref().is_some_and(below) {
            return Err(self.refuse(&self.range(), text, None));
        }
        Ok(value)
    }

    /// What `values` and `pattern` speak of: the elements of a list, or the value.
    fn parts(&self, value: &ParamValue) -> Vec<String> {
        if self.kind == ParamKind::List { elements(&value.text) } else { vec![value.text.clone()] }
    }

    fn allows(&self, part: &str, base: &Path) -> Result<(), Refused> {
        let json = |text: &str| self.kind.read(text, base).map(|value| value.json);
        if !self.values.is_empty() && !self.values.iter().any(|known| json(known) == json(part)) {
            let names = self.values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
            if self.secret {
                return Err(self.refuse("one of its `values`", part, None));
            }
            let near = names::nearest(part, self.values.iter().map(String::as_str));
            let near = near.map(|near| format!("did you mean `{near}`?"));
            return Err(self.refuse(&format!("one of {names}"), part, near));
        }
        match &self.pattern {
            Some(pattern) if !pattern.whole.is_match(part) => {
                Err(self.refuse(&format!("text that matches `{}`", pattern.text), part, None))
            }
            _ => Ok(()),
        }
    }

    fn measure(&self, value: &ParamValue) -> Option<Measure> {
        let length = |length: usize| Some(Measure::Whole(i128::try_from(length).ok()?));
        match self.kind {
            ParamKind::String => length(value.text.chars().count()),
            ParamKind::List => length(value.json.as_array()?.len()),
            ParamKind::Int | ParamKind::Port => Some(Measure::Whole(value.json.as_i64()?.into())),
            ParamKind::Float => Some(Measure::Real(value.json.as_f64()?)),
            _ => None,
        }
    }

    /// What the bounds say, in words.
    fn range(&self) -> String {
        let (what, between, unit) = match self.kind {
            ParamKind::String => ("a string", "of", " characters"),
            ParamKind::List => ("a list", "of", " elements"),
            ParamKind::Port => ("a port", "from", ""),
            kind => (kind.wanted(), "from", ""),
        };
        match (&self.min, &self.max) {
            (Some(min), Some(max)) => format!("{what} {between} {} to {}{unit}", min.text, max.text),
            (Some(min), None) => format!("{what} of at least {}{unit}", min.text),
            (None, Some(max)) => format!("{what} of at most {}{unit}", max.text),
            (None, None) => what.to_owned(),
        }
    }

    fn refuse(&self, wanted: &str, found: &str, hint: Option<String>) -> Refused {
        let found = if self.secret { String::from("***") } else { format!("\"{}\"", found.escape_debug()) };
        Refused { message: format!("expected {wanted}, found {found}"), hint }
    }

    /// What is known of the values besides the type, for people.
    pub(super) fn limits(&self) -> Vec<String> {
        let mut limits = Vec::new();
        if !self.values.is_empty() && !self.secret {
            limits.push(format!("one of {}", self.values.join(", ")));
        }
        if self.min.is_some() || self.max.is_some() {
            limits.push(self.range());
        }
        limits.extend(self.pattern.as_ref().map(|pattern| format!("matches {}", pattern.text)));
        limits.extend(self.env.as_ref().map(|name| format!("or ${name}")));
        if self.secret {
            limits.push(String::from("secret"));
        }
        limits
    }
}

fn without_host_bits(text: &str) -> Option<String> {
    let net = text.parse::<IpNet>().ok()?;
    Some(format!("the subnet of that address is {}", net.trunc()))
}

/// The variable by which a command finds a parameter of its task.
pub(super) fn variable(name: &str) -> String {
    let name = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    format!("XNET_PARAM_{}", name.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_of_the_whole_text() {
        let pattern = Pattern::new("a|b").unwrap();
        assert!(pattern.whole.is_match("a") && !pattern.whole.is_match("ab") && !pattern.whole.is_match("a\n"));
        for bad in ["(", "a)(?:b", "*"] {
            assert!(Pattern::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_parameter_has_one_variable() {
        assert_eq!(variable("my-net.1"), "XNET_PARAM_MY_NET_1");
    }
}
