//! Script values to and from trees and JSON; what counts as the name of a network or container.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use rhai::{Array, Blob, Dynamic, FnPtr, Map};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::bind::{ContainerHandle, NetworkHandle, ServiceHandle, Subnet};
use super::context::World;
use super::fault::{Fault, Subject};
use crate::config::{self, Key, Node, Value};
use crate::forward::Forward;

/// Levels of nesting that values may have on their way out of a script: recursion follows them.
const DEEPEST: usize = 256;

/// A script value as a tree. Handles become their names; closures and the like are refused.
pub(super) fn to_node(value: &Dynamic) -> Result<Node, Fault> {
    node_within(value, DEEPEST)
}

fn node_within(value: &Dynamic, levels: usize) -> Result<Node, Fault> {
    let Some(levels) = levels.checked_sub(1) else { return Err(too_deep()) };
    let tree = if value.is_unit() {
        Value::Null
    } else if let Ok(flag) = value.as_bool() {
        Value::Bool(flag)
    } else if let Ok(number) = value.as_int() {
        Value::Int(number)
    } else if let Ok(number) = value.as_float() {
        Value::Float(number)
    } else if let Some(list) = value.read_lock::<Array>() {
        Value::List(list.iter().map(|item| node_within(item, levels)).collect::<Result<_, _>>()?)
    } else if let Some(bytes) = value.read_lock::<Blob>() {
        Value::List(bytes.iter().map(|byte| Node::bare(Value::Int((*byte).into()))).collect())
    } else if let Some(map) = value.read_lock::<Map>() {
        return map_within(&map, levels);
    } else if let Some(text) = text_of(value) {
        Value::Text(text)
    } else {
        return Err(Fault::invalid(format!("a {} cannot stand here", value.type_name())));
    };
    Ok(Node::bare(tree))
}

pub(super) fn map_to_node(map: &Map) -> Result<Node, Fault> {
    map_within(map, DEEPEST)
}

fn too_deep() -> Fault {
    Fault::invalid(format!("the value is nested more than {DEEPEST} levels deep"))
}

fn map_within(map: &Map, levels: usize) -> Result<Node, Fault> {
    let entry = |(name, value): (&rhai::Identifier, &Dynamic)| {
        Ok((Key { name: name.to_string(), span: None }, node_within(value, levels)?))
    };
    Ok(Node::bare(Value::Map(map.iter().map(entry).collect::<Result<_, Fault>>()?)))
}

/// The text of a string, a character, or a value that stands for its name.
fn text_of(value: &Dynamic) -> Option<String> {
    if value.is_string() || value.is_char() {
        return Some(value.to_string());
    }
    handle_name(value).or_else(|| value.read_lock::<Subnet>().map(|subnet| subnet.to_string()))
}

fn handle_name(value: &Dynamic) -> Option<String> {
    if let Some(network) = value.read_lock::<NetworkHandle>() {
        return Some(network.name.clone());
    }
    if let Some(service) = value.read_lock::<ServiceHandle>() {
        return Some(service.name.clone());
    }
    value.read_lock::<ContainerHandle>().map(|container| container.name.clone())
}

/// Calls that know `force` beside the options of what they ensure.
const ENSURING: &[&str] = &["docker.network.ensure", "docker.ensure_container"];

/// Reads an option map into its request type. `call` is the function it was given to.
pub(super) fn options<T: DeserializeOwned>(map: &Map, call: &str) -> Result<T, Fault> {
    let node = map_to_node(map)?;
    config::read(&node).map_err(|fault| {
        let unknown = matches!(fault.problem, config::Problem::UnknownKey { .. });
        let more: &[&str] = if ENSURING.contains(&call) { &["force"] } else { &[] };
        let hint = fault.hint_with(more);
        let fault = Fault::from(fault);
        let hint = hint.or_else(|| unknown.then(|| format!("`xnet doc {call}` tells its options")));
        Fault { message: format!("{call}: {}", fault.message), hint, ..fault }
    })
}

/// Takes a function out of the options, where there is one: the rest is read as a request.
pub(super) fn take_function(options: &mut Map, name: &str, call: &str) -> Result<Option<FnPtr>, Fault> {
    let Some(value) = options.remove(name) else { return Ok(None) };
    let kind = kind(&value);
    let function = value.flatten().try_cast::<FnPtr>();
    function.map(Some).ok_or_else(|| Fault::invalid(format!("{call}: `{name}`: expected a function, found {kind}")))
}

/// The elements of a list or of a range of numbers.
pub(super) fn list(value: &Dynamic, call: &str) -> Result<Array, Fault> {
    if let Some(list) = value.read_lock::<Array>() {
        return Ok(list.clone());
    }
    let range =
        numbers(value).ok_or_else(|| Fault::invalid(format!("{call}: expected a list, found {}", a_kind(value))))?;
    match usize::try_from(range.end.saturating_sub(range.start)) {
        Ok(MOST..) => Err(Fault::invalid(format!("{call}: a range of more than {MOST} numbers"))),
        _ => Ok(range.map(Dynamic::from_int).collect()),
    }
}

/// What is meant by a string, a handle, or an entry of `list()`.
pub(super) fn subject(value: &Dynamic, what: &str) -> Result<Subject, Fault> {
    if let Some(other) = kind_of_handle(value).filter(|kind| *kind != what && KINDS.contains(&what)) {
        let name = handle_name(value).unwrap_or_default();
        return Err(Fault::invalid(format!("expected a {what}, found the {other} \"{name}\""))
            .hint(format!("the {what} stands where the {other} is now: arguments may be swapped")));
    }
    if let Some(subject) = handle(value) {
        return Ok(subject);
    }
    name(value, what).map(|name| Subject { id: name.clone(), name, home: None })
}

const KINDS: &[&str] = &["network", "container", "service"];

fn kind_of_handle(value: &Dynamic) -> Option<&'static str> {
    let network = value.read_lock::<NetworkHandle>().map(|_| "network");
    let container = || value.read_lock::<ContainerHandle>().map(|_| "container");
    network.or_else(container).or_else(|| value.read_lock::<ServiceHandle>().map(|_| "service"))
}

/// What a handle stands for.
fn handle(value: &Dynamic) -> Option<Subject> {
    let of = |id: &str, name: &str, world: &World| Subject {
        id: id.to_owned(),
        name: name.to_owned(),
        home: world.address(),
    };
    let network = value.read_lock::<NetworkHandle>().map(|net| of(&net.id, &net.name, net.world()));
    let container = || value.read_lock::<ContainerHandle>().map(|c| of(&c.id, &c.name, c.world()));
    let service = || value.read_lock::<ServiceHandle>().map(|s| of(&s.id, &s.name, s.world()));
    network.or_else(container).or_else(service)
}

/// The engine that a value belongs to: its own when it is a handle, else this one.
pub(super) fn world_of(value: &Dynamic, here: &Arc<World>) -> Arc<World> {
    value.read_lock::<ContainerHandle>().map_or_else(|| here.clone(), |container| container.world().clone())
}

/// Refuses options that hold a handle of another engine: its name would mean something else here.
pub(super) fn at_home(options: &Map, here: &str) -> Result<(), Fault> {
    options.values().try_for_each(|value| home_within(value, here, DEEPEST))
}

fn home_within(value: &Dynamic, here: &str, levels: usize) -> Result<(), Fault> {
    let Some(levels) = levels.checked_sub(1) else { return Err(too_deep()) };
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().try_for_each(|item| home_within(item, here, levels));
    }
    if let Some(map) = value.read_lock::<Map>() {
        return map.values().try_for_each(|item| home_within(item, here, levels));
    }
    handle(value).map_or(Ok(()), |subject| subject.is_at(here))
}

/// The name of a network or container: a string, a handle, or an entry of `list()`.
pub(super) fn name(value: &Dynamic, what: &str) -> Result<String, Fault> {
    if value.is_string() {
        let name = value.to_string();
        return if name.is_empty() {
            Err(Fault::invalid(format!("the name of the {what} is empty")))
        } else {
            Ok(name)
        };
    }
    if let Some(name) = handle_name(value) {
        return Ok(name);
    }
    if let Some(map) = value.read_lock::<Map>()
        && let Some(id) = map.get("Id").or_else(|| map.get("ID")).filter(|id| id.is_string())
    {
        return Ok(id.to_string());
    }
    Err(Fault::invalid(format!("expected a {what}: its name or a handle, found {}", a_kind(value)))
        .hint(format!("write the {what}'s name as a string")))
}

/// What a value is, with its article.
pub(super) fn a_kind(value: &Dynamic) -> String {
    match kind(value) {
        "()" => "()".to_owned(),
        kind if kind.starts_with(['a', 'i']) => format!("an {kind}"),
        kind => format!("a {kind}"),
    }
}

/// A value as a script would write it, shortened.
pub(super) fn shown(value: &Dynamic) -> String {
    const LONGEST: usize = 400;
    let text = to_json(value).map_or_else(|_| value.to_string(), |json| json.to_string());
    let text = if value.is_unit() { "()".to_owned() } else { text };
    if text.chars().count() > LONGEST { text.chars().take(LONGEST).chain(['…']).collect() } else { text }
}

/// What a value is, in the words of the script language.
pub(super) fn kind(value: &Dynamic) -> &'static str {
    if value.is_unit() {
        "()"
    } else if value.is_bool() {
        "bool"
    } else if value.is_int() {
        "int"
    } else if value.is_float() {
        "float"
    } else if value.is_string() {
        "string"
    } else if value.is_array() {
        "array"
    } else if value.is_map() {
        "map"
    } else if value.is_fnptr() {
        "function"
    } else {
        "value of another kind"
    }
}

/// JSON as a script value.
pub fn from_json(json: Json) -> Dynamic {
    match json {
        Json::Null => Dynamic::UNIT,
        Json::Bool(flag) => flag.into(),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Dynamic::from_int(number),
            None => Dynamic::from_float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => items.into_iter().map(from_json).collect::<Array>().into(),
        Json::Object(entries) => {
            entries.into_iter().map(|(key, value)| (key.into(), from_json(value))).collect::<Map>().into()
        }
    }
}

/// A script value as JSON. What JSON has no form for becomes its printed form; too deep a nesting is refused.
pub fn to_json(value: &Dynamic) -> Result<Json, Fault> {
    json_within(value, DEEPEST)
}

/// Numbers of a range that a list may hold.
const MOST: usize = 1_000_000;

/// The numbers that a range goes over.
fn numbers(value: &Dynamic) -> Option<Range<i64>> {
    let inclusive =
        || value.read_lock::<RangeInclusive<i64>>().map(|range| *range.start()..range.end().saturating_add(1));
    value.read_lock::<Range<i64>>().map(|range| range.clone()).or_else(inclusive)
}

fn json_within(value: &Dynamic, levels: usize) -> Result<Json, Fault> {
    let Some(levels) = levels.checked_sub(1) else { return Err(too_deep()) };
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().map(|item| json_within(item, levels)).collect();
    }
    if let Some(map) = value.read_lock::<Map>() {
        let entry = |(key, value): (&rhai::Identifier, &Dynamic)| Ok((key.to_string(), json_within(value, levels)?));
        return map.iter().map(entry).collect::<Result<_, Fault>>().map(Json::Object);
    }
    if let Some(range) = numbers(value) {
        return match usize::try_from(range.end.saturating_sub(range.start)) {
            Ok(MOST..) => Err(Fault::invalid(format!("a range of more than {MOST} numbers"))),
            _ => Ok(range.map(Json::from).collect()),
        };
    }
    Ok(match to_node(value) {
        Ok(node) => Json::from(&node),
        Err(_) => match value.read_lock::<Forward>() {
            Some(forward) => Json::String(forward.local().to_string()),
            None => Json::String(value.to_string()),
        },
    })
}
