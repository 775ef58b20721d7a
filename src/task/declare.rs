//! From the declaration of a parameter to a parameter: what its keys mean together, and what contradicts.

use std::path::Path;

use super::kind::{ParamValue, joined};
use super::param::{Bound, Param, Pattern};
use super::schema::{ParamKind, ParamSpec};
use crate::config::{Node, Value};

/// What is wrong, and the key it stands under.
pub(super) struct Fault {
    pub(super) key: &'static str,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

fn fault<T>(key: &'static str, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { key, message: message.into(), hint: None })
}

/// A relative default path begins at `base`.
pub(super) fn param(spec: ParamSpec, node: &Node, base: &Path) -> Result<Param, Fault> {
    let pattern = pattern(&spec)?;
    let (min, max) = bounds(&spec)?;
    let default = default(&spec, node)?;
    if let Some(env) = &spec.env
        && !is_variable(env)
    {
        return fault("env", format!("`{env}` cannot be the name of an environment variable"));
    }
    let required = default.is_none() && spec.required.unwrap_or(true);
    let mut param = Param {
        name: spec.name,
        description: spec.description,
        kind: spec.kind,
        required,
        default: None,
        values: Vec::new(),
        env: spec.env,
        secret: spec.secret,
        pattern,
        min,
        max,
    };
    param.values = values(spec.values, &param, base)?;
    if default.is_some() && spec.required == Some(true) {
        let message = format!("`{}` has a default, so it is never missing", param.name);
        let hint = Some(String::from("leave `required` or `default` out"));
        return Err(Fault { key: "required", message, hint });
    }
    param.default = default.map(|text| read(&param, &text, base)).transpose()?;
    Ok(param)
}

fn read(param: &Param, text: &str, base: &Path) -> Result<ParamValue, Fault> {
    param.read(text, base).map_err(|refused| Fault {
        key: "default",
        message: format!("default of `{}`: {}", param.name, refused.message),
        hint: refused.hint,
    })
}

/// The default as text. The tree is asked, for it knows what was typed.
fn default(spec: &ParamSpec, node: &Node) -> Result<Option<String>, Fault> {
    let Some(node) = node.get("default").filter(|_| spec.default.is_some()) else { return Ok(None) };
    match &node.value {
        Value::Null => Ok(None),
        Value::List(items) if spec.kind == ParamKind::List => {
            let texts: Option<Vec<String>> = items.iter().map(Node::scalar).collect();
            match texts {
                Some(texts) => Ok(Some(joined(texts.iter().map(String::as_str)))),
                None => fault("default", "`default`: expected a list of strings"),
            }
        }
        Value::List(_) | Value::Map(_) => {
            fault("default", format!("`default`: expected a string, found {}", node.kind()))
        }
        _ => Ok(node.scalar()),
    }
}

fn pattern(spec: &ParamSpec) -> Result<Option<Pattern>, Fault> {
    let Some(text) = &spec.pattern else { return Ok(None) };
    if !spec.kind.takes_pattern() {
        return fault("pattern", format!("`pattern` says nothing of type {}", spec.kind));
    }
    match Pattern::new(text) {
        Ok(pattern) => Ok(Some(pattern)),
        Err(message) => fault("pattern", format!("`pattern` is no regular expression: {message}")),
    }
}

fn bounds(spec: &ParamSpec) -> Result<(Option<Bound>, Option<Bound>), Fault> {
    let bound =
        |key: &'static str, text: &Option<String>| match text.as_deref().map(|text| Bound::read(spec.kind, text)) {
            None => Ok(None),
            Some(Some(Ok(bound))) => Ok(Some(bound)),
            Some(Some(Err(message))) => fault(key, format!("`{key}`: {message}")),
            Some(None) => fault(key, format!("`{key}` says nothing of type {}", spec.kind)),
        };
    let (min, max) = (bound("min", &spec.min)?, bound("max", &spec.max)?);
    match (&min, &max) {
        (Some(low), Some(high)) if low.exceeds(high) => {
            fault("min", format!("`min` is {} and `max` is {}: no value is between them", low.text, high.text))
        }
        _ => Ok((min, max)),
    }
}

/// The values, each of which must itself be allowed.
fn values(values: Option<Vec<String>>, param: &Param, base: &Path) -> Result<Vec<String>, Fault> {
    let Some(values) = values else {
        if param.kind == ParamKind::Enum {
            return fault("type", format!("`{}` is an enum: `values` must say of which values", param.name));
        }
        return Ok(Vec::new());
    };
    if !param.kind.takes_values() {
        return fault("values", format!("`values` says nothing of type {}", param.kind));
    }
    if values.is_empty() {
        return fault("values", "`values` is empty: no value is allowed");
    }
    for (index, value) in values.iter().enumerate() {
        if values[..index].contains(value) {
            let shown = if param.secret { "***" } else { value };
            return fault("values", format!("`values` holds `{shown}` twice"));
        }
        // How many elements a list has is not for one of them to meet.
        let alone = Param { min: None, max: None, ..param.clone() };
        let (judge, text) =
            if param.kind == ParamKind::List { (&alone, joined([value.as_str()])) } else { (param, value.clone()) };
        if let Err(refused) = judge.read(&text, base) {
            return fault("values", format!("`values`: {}", refused.message));
        }
    }
    Ok(values)
}

/// Whether a command can be given a variable of this name.
pub(super) fn is_variable(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
