//! `xnet doc [NAME]`: what scripts can use, from the entries beside the functions.

use clap::Args;
use serde_json::{Value, json};

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::names;
use crate::script::reference;
use crate::view::{Diagnostic, Table};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Function, property or object, such as docker.network.create or Container
    name: Option<String>,
    /// The whole reference as Markdown
    #[arg(long, conflicts_with = "name")]
    markdown: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let printer = &invocation.printer;
    if arguments.markdown {
        printer.bytes(reference::markdown().as_bytes());
        return Ok(());
    }
    let name = arguments.name.as_deref().unwrap_or_default();
    let found = reference::find(name);
    if found.is_empty() {
        let all: Vec<String> = reference::find("").iter().map(|entry| entry.path()).collect();
        let hint = names::nearest(name, all.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
        return Err(Failure::usage(Diagnostic::new(format!("nothing is called `{name}`")).hint(hint)));
    }
    if printer.json() {
        let rows: Vec<Value> = found
            .iter()
            .map(|entry| json!({"name": entry.path(), "usage": entry.usage(), "doc": entry.doc, "example": entry.example}))
            .collect();
        printer.value(&rows.into());
    } else if let [entry] = found[..] {
        printer.data(&reference::explain(entry));
    } else {
        let mut table = Table::new(["NAME", "WHAT IT DOES"]);
        for entry in found {
            table.row([entry.usage(), reference::first_sentence(entry.doc).to_owned()]);
        }
        printer.data(&table.render());
    }
    Ok(())
}
