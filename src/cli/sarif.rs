//! Findings in the Static Analysis Results Interchange Format (OASIS SARIF 2.1.0).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::view::{Diagnostic, Place};

pub(super) fn log(findings: &[(&'static str, &Diagnostic)]) -> Value {
    let codes: BTreeSet<&str> = findings.iter().map(|(_, fault)| fault.code).collect();
    let rules: Vec<Value> = codes.iter().map(|code| json!({"id": code})).collect();
    let results: Vec<Value> = findings.iter().map(|(severity, fault)| result(severity, fault)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "xnet", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(severity: &str, fault: &Diagnostic) -> Value {
    let words = [Some(fault.message.clone()), fault.hint.as_ref().map(|hint| format!("hint: {hint}"))];
    let text = words.into_iter().flatten().collect::<Vec<_>>().join("\n");
    let locations: Vec<Value> = fault.place.iter().map(location).collect();
    json!({"ruleId": fault.code, "level": severity, "message": {"text": text}, "locations": locations})
}

fn location(place: &Place) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&place.path)},
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endColumn": place.column + place.len.max(1),
        },
    }})
}

/// A path as a reference of RFC 3986: relative ones stay relative.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded: String = path
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    if path.starts_with('/') { format!("file://{encoded}") } else { encoded }
}
