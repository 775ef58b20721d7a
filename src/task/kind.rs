//! The types of parameters: how each reads a text. Nothing is guessed.

use std::fmt;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde_json::Value as Json;

use super::schema::ParamKind;

/// A value: as typed for commands, as declared for scripts and conditions.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamValue {
    pub text: String,
    pub json: Json,
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
    pub(super) fn read(self, text: &str, base: &Path) -> Option<ParamValue> {
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

    pub(super) fn wanted(self) -> &'static str {
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

    /// Whether a pattern says anything of such values.
    pub(super) fn takes_pattern(self) -> bool {
        matches!(self, Self::String | Self::List | Self::Path | Self::Container | Self::Network)
    }

    /// Whether such values can be told one by one.
    pub(super) fn takes_values(self) -> bool {
        !matches!(self, Self::Bool | Self::Path)
    }
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
