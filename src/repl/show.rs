//! How a result prints: nothing for `()`, objects with their kind, tables for lists of networks and containers.

use std::slice;

use rhai::{Array, Dynamic};

use crate::script::{Session, values};
use crate::view::{Printer, inventory, printable};

/// Prints the result of an input. On a terminal a string of one line is quoted, so that "80" is told from 80.
pub(super) fn result(value: &Dynamic, session: &Session, printer: &Printer, terminal: bool) {
    if value.is_unit() {
        return;
    }
    let json = match values::to_json(value) {
        Ok(json) => json,
        Err(fault) => return printer.warn(&fault.message),
    };
    if printer.json() {
        printer.value(&json);
        return;
    }
    let text = match (described(value, session), json.as_str()) {
        (Some(name), _) => name,
        (None, Some(text)) if terminal && value.is_string() && !text.contains('\n') => json.to_string(),
        _ => inventory::value(&json),
    };
    printer.data(&if terminal { printable(text.trim_end_matches('\n')) } else { text });
}

/// An object of ours, or a list of them with each on a line of its own.
fn described(value: &Dynamic, session: &Session) -> Option<String> {
    if let Some(list) = value.read_lock::<Array>().filter(|list| !list.is_empty()) {
        return session.describe_whole(&list).map(|lines| lines.join("\n"));
    }
    session.describe_whole(slice::from_ref(value))?.pop()
}

/// A value on one line of at most so many characters.
pub(super) fn brief(value: &Dynamic, session: &Session, width: usize) -> String {
    let text = session.describe(value).unwrap_or_else(|| match values::to_json(value) {
        Ok(json) => json.to_string(),
        Err(fault) => fault.message,
    });
    if text.chars().count() <= width {
        return text;
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}
