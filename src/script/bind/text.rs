//! JSON and YAML, and what else turns text into values and back.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::{Entry, World};
use crate::config;
use crate::script::fault::Fault;
use crate::script::values::{from_json, to_json};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "parse_json",
        signature: "(text)",
        doc: "The value that a JSON text stands for.",
        example: "print(parse_json(\"[1, {\\\"a\\\": true}]\")[1].a);",
    },
    Entry {
        owner: "",
        name: "to_json",
        signature: "(value)",
        doc: "The value as JSON on one line; `to_json_pretty` indents it.",
        example: "print(to_json(#{a: [1, 2]}));",
    },
    Entry { owner: "", name: "to_json_pretty", signature: "(value)", doc: "The value as indented JSON.", example: "" },
    Entry {
        owner: "",
        name: "parse_yaml",
        signature: "(text)",
        doc: "The value that a YAML text stands for.",
        example: "print(parse_yaml(\"a: [1, two]\").a);",
    },
    Entry {
        owner: "",
        name: "to_yaml",
        signature: "(value)",
        doc: "The value as YAML.",
        example: "print(to_yaml(#{a: 1}));",
    },
    Entry {
        owner: "Map",
        name: "get",
        signature: "(key, default?)",
        doc: "The value under a key, or the default (else ()) when there is none; a plain `map.key` throws then.",
        example: "print(#{a: 1}.get(\"b\", 2));",
    },
];

type Answer<T> = Result<T, Box<EvalAltResult>>;

fn parse_json(text: &str) -> Answer<Dynamic> {
    let json = serde_json::from_str(text).map_err(|error| Fault::invalid(format!("not JSON: {error}")))?;
    Ok(from_json(json))
}

fn parse_yaml(text: &str) -> Answer<Dynamic> {
    let node = config::parse_any(text).map_err(|fault| {
        let place = fault.span.map_or(String::new(), |span| format!(" (line {}, column {})", span.line, span.column));
        Fault::invalid(format!("not YAML: {}{place}", fault.message))
    })?;
    Ok(from_json((&node).into()))
}

fn to_yaml(value: Dynamic) -> Answer<String> {
    config::format(&to_json(&value)?).map_err(|error| Fault::invalid(error).into())
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_fn("parse_json", parse_json);
    engine.register_fn("to_json", |value: Dynamic| -> Answer<String> { Ok(to_json(&value)?.to_string()) });
    engine.register_fn("to_json", |value: Map| -> Answer<String> { Ok(to_json(&value.into())?.to_string()) });
    engine.register_fn("to_json_pretty", |value: Dynamic| -> Answer<String> { Ok(format!("{:#}", to_json(&value)?)) });
    engine.register_fn("parse_yaml", parse_yaml);
    engine.register_fn("to_yaml", to_yaml);
    engine.register_fn("get", |map: &mut Map, key: &str, default: Dynamic| map.get(key).cloned().unwrap_or(default));
}
