//! What `addresses`, `routes`, `listening`, `neighbours` and `sockets` share: a list asked for, told as JSON or as a table.

use serde::Serialize;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::probe::{Error, Prober};
use crate::view::Table;

/// A list with one row for each of its entries.
pub(super) fn look<T: Serialize, const N: usize>(
    invocation: &Invocation,
    asked: impl AsyncFnOnce(Prober) -> Result<Vec<T>, Error>,
    heads: [&str; N],
    row: impl Fn(&T) -> [String; N],
) -> Result<Vec<T>, Failure> {
    let found = invocation.probe(asked)?;
    if invocation.printer.json() {
        invocation.printer.value(&json!(found));
    } else {
        let mut table = Table::new(heads);
        found.iter().for_each(|one| table.row(row(one)));
        invocation.printer.data(&table.render());
    }
    Ok(found)
}

/// A cell of what is not known, or is not there.
pub(super) fn or_none<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
