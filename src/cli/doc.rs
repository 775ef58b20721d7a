//! `xnet doc [NAME]`: what scripts can use, from the entries beside the functions.

use clap::Args;
use serde_json::{Value, json};

use super::failure::Failure;
use super::invocation::Invocation;
use crate::script::reference;
use crate::view::{Diagnostic, Table};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Function, property or object, such as docker.network.create, Container or std/debug
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
        let near = reference::nearest(name).map(|near| format!("did you mean `{near}`?"));
        let hint = near.or_else(|| Some("`xnet doc` without a name lists all there is".into()));
        return Err(Failure::usage(Diagnostic::new(format!("nothing is called `{name}`")).hint(hint)));
    }
    if printer.json() {
        let rows: Vec<Value> = found
            .iter()
            .map(|entry| json!({"name": entry.path(), "usage": entry.usage(), "doc": entry.doc, "example": reference::example(entry)}))
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
