//! What is known of a value without holding it: enough to complete what follows it.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, Engine, Map};

use super::bind;

/// What can follow a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// An object of ours, by the owner of its entries: `docker.network`, `Container`.
    Object(String),
    Map(BTreeMap<String, Shape>),
    /// A list, by its first element.
    List(Box<Shape>),
    /// Anything else, by the name of its kind.
    Plain(&'static str),
}

impl Shape {
    /// The kind, for people.
    pub fn kind(&self) -> &str {
        match self {
            Self::Object(owner) => owner,
            Self::Map(_) => "map",
            Self::List(_) => "array",
            Self::Plain(kind) => kind,
        }
    }
}

/// Levels that are looked into: what the engine says of a network is six deep.
const DEPTH: usize = 6;

pub(super) fn of(value: &Dynamic, engine: &Engine) -> Shape {
    below(value, engine, 0)
}

fn below(value: &Dynamic, engine: &Engine, depth: usize) -> Shape {
    if let Some(map) = value.read_lock::<Map>() {
        let entries = map.iter().filter(|_| depth < DEPTH);
        return Shape::Map(entries.map(|(key, value)| (key.to_string(), below(value, engine, depth + 1))).collect());
    }
    if let Some(list) = value.read_lock::<Array>() {
        let first = list.first().filter(|_| depth < DEPTH);
        return Shape::List(Box::new(first.map_or(Shape::Plain("()"), |first| below(first, engine, depth + 1))));
    }
    let name = engine.map_type_name(value.type_name());
    if bind::entries().any(|entry| entry.owner == name) {
        return Shape::Object(name.to_owned());
    }
    Shape::Plain(super::values::kind(value))
}
