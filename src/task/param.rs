//! A task's parameter and its values.

use std::fmt;

use serde_json::Value as Json;

use super::schema::ParamKind;

#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    pub name: String,
    pub description: Option<String>,
    pub kind: ParamKind,
    pub required: bool,
    pub default: Option<ParamValue>,
}

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
        })
    }
}

impl ParamKind {
    /// Reads a text as this type; nothing is guessed.
    pub(super) fn read(self, text: &str) -> Result<ParamValue, String> {
        let json = match self {
            Self::String => Some(Json::from(text)),
            Self::Int => text.parse::<i64>().ok().map(Json::from),
            Self::Float => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Json::from),
            Self::Bool => text.parse::<bool>().ok().map(Json::from),
        };
        let wanted = match self {
            Self::String => "a string",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Bool => "true or false",
        };
        match json {
            Some(json) => Ok(ParamValue { text: text.to_owned(), json }),
            None => Err(format!("expected {wanted}, found \"{}\"", text.escape_debug())),
        }
    }
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
    fn only_the_declared_type_decides() {
        assert_eq!(ParamKind::String.read("1.10").unwrap().json, Json::from("1.10"));
        assert_eq!(ParamKind::Float.read("1.10").unwrap(), ParamValue { text: "1.10".into(), json: Json::from(1.1) });
        assert_eq!(ParamKind::Int.read("-3").unwrap().json, Json::from(-3));
        assert!(ParamKind::Int.read("3.0").is_err());
        assert!(ParamKind::Bool.read("yes").is_err());
        assert!(ParamKind::Float.read("inf").is_err());
        assert_eq!(variable("my-net.1"), "XNET_PARAM_MY_NET_1");
    }
}
