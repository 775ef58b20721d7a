//! A task's parameter and its values.

use std::fmt;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use regex_lite::Regex;
use serde_json::Value as Json;

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

/// A value: as typed for commands, as declared for scripts and conditions.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamValue {
    pub text: String,
    pub json: Json,
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

impl ParamValue {
    /// The value of what was not given.
    pub(super) fn absent() -> Self {
        Self { text: String::new(), json: Json::Null }
    }
}

impl fmt::Display for ParamKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::Enum => "enum",
            Self::List => "list",
            Self::Path => "path",
            Self::Port => "port",
            Self::Cidr => "cidr",
            Self::Container => "container",
            Self::Network => "network",
        })
    }
}

impl ParamKind {
    /// Reads a text as this type; nothing is guessed. A relative path begins at `base`.
    fn read(self, text: &str, base: &Path) -> Option<ParamValue> {
        let json = match self {
            Self::String | Self::Enum => Json::from(text),
            Self::Int => Json::from(text.parse::<i64>().ok()?),
            Self::Float => Json::from(text.parse::<f64>().ok().filter(|number| number.is_finite())?),
            Self::Bool => Json::from(text.parse::<bool>().ok()?),
            Self::List => elements(text).into(),
            Self::Port => Json::from(text.parse::<u16>().ok().filter(|port| *port > 0)?),
            Self::Cidr => Json::from(text.parse::<IpNet>().ok().filter(|net| net.trunc() == *net)?.to_string()),
            Self::Container | Self::Network => Json::from(Some(text).filter(|name| !name.is_empty())?),
            Self::Path => {
                let path = absolute(text, base)?;
                return Some(ParamValue { json: Json::from(path.as_str()), text: path });
            }
        };
        Some(ParamValue { text: text.to_owned(), json })
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::String | Self::Enum => "a string",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Bool => "true or false",
            Self::List => "a list",
            Self::Path => "a path",
            Self::Port => "a port from 1 to 65535",
            Self::Cidr => "a subnet such as 10.0.0.0/24",
            Self::Container => "the name of a container",
            Self::Network => "the name of a network",
        }
    }

    /// Whether `min` and `max` are lengths, numbers with a fraction or whole ones; `None` when there is nothing to measure.
    pub(super) fn bound(self, text: &str) -> Option<Result<Bound, String>> {
        let measure = match self {
            Self::String | Self::List => text.parse::<u32>().ok().map(|length| Measure::Whole(length.into())),
            Self::Int | Self::Port => text.parse::<i64>().ok().map(|number| Measure::Whole(number.into())),
            Self::Float => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Measure::Real),
            _ => return None,
        };
        let wanted = match self {
            Self::String => "a length in characters",
            Self::List => "a number of elements",
            other => other.wanted(),
        };
        let bound = measure.map(|measure| Bound { text: text.to_owned(), measure });
        Some(bound.ok_or_else(|| format!("expected {wanted}, found \"{}\"", text.escape_debug())))
    }

    /// Whether a pattern says anything of such values.
    pub(super) fn takes_pattern(self) -> bool {
        matches!(self, Self::String | Self::List | Self::Path | Self::Container | Self::Network)
    }

    /// Whether such values can be told one by one.
    pub(super) fn takes_values(self) -> bool {
        !matches!(self, Self::Bool | Self::Path)
    }
}

impl Bound {
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
            let hint = if self.kind == ParamKind::Cidr { without_host_bits(text) } else { None };
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
            let near = names::nearest(part, self.values.iter().map(String::as_str));
            let near = near.filter(|_| !self.secret).map(|near| format!("did you mean `{near}`?"));
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
        if !self.values.is_empty() {
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

/// The path as it is from everywhere. `~/` is the home folder.
fn absolute(text: &str, base: &Path) -> Option<String> {
    if text.is_empty() || text.contains('\0') {
        return None;
    }
    let path = match text.strip_prefix("~/") {
        Some(rest) => PathBuf::from(std::env::var_os("HOME")?).join(rest),
        None => base.join(text),
    };
    path.into_os_string().into_string().ok()
}

/// The elements of a list as it is typed: commas stand between them, `\,` is a comma and `\\` a backslash.
pub(super) fn elements(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut all = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next_if(|next| matches!(next, ',' | '\\')) } else { None };
        match (escaped, c, all.last_mut()) {
            (None, ',', _) => all.push(String::new()),
            (escaped, c, Some(last)) => last.push(escaped.unwrap_or(c)),
            (_, _, None) => {}
        }
    }
    all
}

/// The text that has these elements.
pub(super) fn joined<'a>(elements: impl IntoIterator<Item = &'a str>) -> String {
    let escaped = elements.into_iter().map(|element| element.replace('\\', "\\\\").replace(',', "\\,"));
    escaped.collect::<Vec<_>>().join(",")
}

/// The variable by which a command finds a parameter of its task.
pub(super) fn variable(name: &str) -> String {
    let name = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    format!("XNET_PARAM_{}", name.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: ParamKind, text: &str) -> Option<Json> {
        kind.read(text, Path::new("/base")).map(|value| value.json)
    }

    #[test]
    fn only_the_declared_type_decides() {
        assert_eq!(read(ParamKind::String, "1.10"), Some(Json::from("1.10")));
        assert_eq!(read(ParamKind::Float, "1.10"), Some(Json::from(1.1)));
        assert_eq!(ParamKind::Float.read("1.10", Path::new("/")).unwrap().text, "1.10");
        assert_eq!(read(ParamKind::Int, "-3"), Some(Json::from(-3)));
        for (kind, text) in [
            (ParamKind::Int, "3.0"),
            (ParamKind::Bool, "yes"),
            (ParamKind::Float, "inf"),
            (ParamKind::Port, "0"),
            (ParamKind::Port, "65536"),
            (ParamKind::Cidr, "10.0.0.0"),
            (ParamKind::Cidr, "10.0.0.1/24"),
            (ParamKind::Path, ""),
        ] {
            assert_eq!(read(kind, text), None, "{kind} {text}");
        }
        assert_eq!(read(ParamKind::Cidr, "2001:db8::/64"), Some(Json::from("2001:db8::/64")));
        assert_eq!(variable("my-net.1"), "XNET_PARAM_MY_NET_1");
    }

    #[test]
    fn a_path_begins_where_it_was_said() {
        assert_eq!(read(ParamKind::Path, "a/b"), Some(Json::from("/base/a/b")));
        assert_eq!(read(ParamKind::Path, "/a"), Some(Json::from("/a")));
        assert_eq!(read(ParamKind::Path, "a\0b"), None);
    }

    #[test]
    fn a_list_comes_back_as_it_was() {
        for (text, wanted) in [
            ("", vec![]),
            ("a,b", vec!["a", "b"]),
            ("a,,", vec!["a", "", ""]),
            ("a\\,b", vec!["a,b"]),
            ("\\n", vec!["\\n"]),
        ] {
            assert_eq!(elements(text), wanted, "{text}");
        }
        for all in [vec!["a,b", "\\", "", "\\,"], vec!["a\\", "b"], vec!["é\n"]] {
            assert_eq!(elements(&joined(all.clone())), all);
        }
    }

    #[test]
    fn a_pattern_is_of_the_whole_text() {
        let pattern = Pattern::new("a|b").unwrap();
        assert!(pattern.whole.is_match("a") && !pattern.whole.is_match("ab") && !pattern.whole.is_match("a\n"));
        for bad in ["(", "a)(?:b", "*"] {
            assert!(Pattern::new(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_list_comes_back(all in proptest::collection::vec("[a,\\\\é \n]{0,4}", 0..4)) {
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            // The text of one empty element is that of none.
            let wanted = if all == [""] { vec![] } else { all.clone() };
            assert_eq!(elements(&joined(all)), wanted);
        }
    }
}
