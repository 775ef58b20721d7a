//! As much of JSON Schema 2020-12 as the schema of task files uses. A keyword that is not known here is a fault: nothing
//! passes for not having been looked at.

use serde_json::{Map, Value};

/// What is wrong with a value, by its path.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Checker { root: schema }.value("", schema, value, &mut found);
    found
}

struct Checker<'a> {
    root: &'a Value,
}

impl Checker<'_> {
    fn value(&self, path: &str, schema: &Value, value: &Value, found: &mut Vec<String>) {
        let Some(schema) = schema.as_object() else {
            if *schema != Value::Bool(true) {
                found.push(format!("{path}: nothing may stand here"));
            }
            return;
        };
        for (keyword, rule) in schema {
            if let Err(why) = self.keyword(keyword, rule, schema, path, value, found) {
                found.push(format!("{path}: {why}"));
            }
        }
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut found = Vec::new();
        self.value("", schema, value, &mut found);
        found.is_empty()
    }

    fn keyword(
        &self,
        keyword: &str,
        rule: &Value,
        schema: &Map<String, Value>,
        path: &str,
        value: &Value,
        found: &mut Vec<String>,
    ) -> Result<(), String> {
        let number = value.as_f64();
        let bound = || rule.as_f64().expect("a number");
        let all = |rule: &Value| rule.as_array().expect("a list").clone();
        let holds = match keyword {
            "$schema" | "$defs" | "title" | "description" | "default" => true,
            "$ref" => {
                let name = rule.as_str().and_then(|name| name.strip_prefix("#/$defs/")).expect("a definition");
                self.value(path, &self.root["$defs"][name], value, found);
                true
            }
            "type" => kinds(rule).iter().any(|kind| is(kind, value)),
            "enum" => all(rule).contains(value),
            "const" => rule == value,
            "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().expect("a pattern"), text)),
            "minimum" => number.is_none_or(|number| number >= bound()),
            "maximum" => number.is_none_or(|number| number <= bound()),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() >= count(rule)),
            "minItems" => value.as_array().is_none_or(|items| items.len() >= count(rule)),
            "anyOf" => all(rule).iter().any(|schema| self.fits(schema, value)),
            "oneOf" => all(rule).iter().filter(|schema| self.fits(schema, value)).count() == 1,
            "required" => {
                let names = all(rule);
                value.as_object().is_none_or(|map| names.iter().all(|name| map.contains_key(name.as_str().unwrap())))
            }
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.value(&format!("{path}[{at}]"), rule, item, found);
                }
                true
            }
            "properties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = rule.get(name) {
                        self.value(&format!("{path}.{name}"), schema, value, found);
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                for (name, value) in value.as_object().into_iter().flatten() {
                    if !known.is_some_and(|known| known.contains_key(name)) {
                        self.value(&format!("{path}.{name}"), rule, value, found);
                    }
                }
                true
            }
            other => return Err(format!("the keyword {other} is not known to this test")),
        };
        if holds { Ok(()) } else { Err(format!("{value} is not {keyword} {rule}")) }
    }
}

fn count(rule: &Value) -> usize {
    usize::try_from(rule.as_u64().expect("a count")).expect("a small one")
}

fn kinds(rule: &Value) -> Vec<&str> {
    match rule {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    regex_lite::Regex::new(pattern).expect("a regular expression").is_match(text)
}
