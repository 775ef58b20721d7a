//! The commands that begin with a colon: what was meant, and what they tell.

use std::path::PathBuf;

use super::show;
use crate::model::names;
use crate::script::{Session, reference};
use crate::view::{Diagnostic, Printer, Table};

/// What a line with a colon asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meta {
    Help,
    Doc(String),
    Vars,
    Load(PathBuf),
    Save(PathBuf),
    Quit,
}

/// Every command with what it takes and does: the help, and the names to complete.
pub(super) const COMMANDS: &[(&str, &str, &str)] = &[
    (":help", "", "what can be typed here"),
    (":doc", "[NAME]", "explain a function or object, such as docker.network.create; all of them without a name"),
    (":vars", "", "the variables, functions and modules of this session"),
    (":load", "FILE", "run a script here and keep what it defines"),
    (":save", "FILE", "write the inputs of this session that succeeded to a new script"),
    (":quit", "", "leave; Ctrl-D does the same"),
];

const KEYS: &str = "\nTab completes names, members and, in strings, networks and containers. Input goes on over several lines until it \
    is whole.\nCtrl-C clears the line, or interrupts the call that runs; the session stays. Ctrl-R searches the history.";

pub(super) fn parse(line: &str) -> Result<Meta, Diagnostic> {
    let line = line.trim();
    let (command, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let file = |make: fn(PathBuf) -> Meta| match rest {
        "" => Err(Diagnostic::new(format!("{command} needs a file")).hint(Some(format!("{command} FILE")))),
        file => Ok(make(file.into())),
    };
    let alone = |meta| match rest {
        "" => Ok(meta),
        more => Err(Diagnostic::new(format!("{command} takes nothing, found `{more}`"))),
    };
    match command {
        ":help" | ":h" | ":?" => alone(Meta::Help),
        ":doc" => Ok(Meta::Doc(rest.to_owned())),
        ":vars" => alone(Meta::Vars),
        ":load" => file(Meta::Load),
        ":save" => file(Meta::Save),
        ":quit" | ":q" | ":exit" => alone(Meta::Quit),
        other => {
            let names = COMMANDS.iter().map(|(name, ..)| *name);
            Err(Diagnostic::new(format!("unknown command `{other}`")).hint(names::suggestion(other, names)))
        }
    }
}

/// The command that is meant by a word of other shells.
pub(super) fn meant(input: &str) -> Option<&'static str> {
    match input {
        "help" | "?" => Some("write :help"),
        "quit" | "exit" | "q" => Some("write :quit, or press Ctrl-D; exit(code) ends with a code"),
        _ => None,
    }
}

pub(super) fn help() -> String {
    let width = COMMANDS.iter().map(|(name, takes, _)| name.len() + takes.len() + 1).max().unwrap_or_default();
    let rows = COMMANDS.iter().map(|(name, takes, does)| format!("{:width$}  {does}", format!("{name} {takes}")));
    rows.collect::<Vec<_>>().join("\n") + "\n" + KEYS
}

pub(super) fn doc(name: &str) -> Result<String, Diagnostic> {
    let name = name.trim_end_matches(['(', ')', '.', ';']);
    let found = reference::find(name);
    match found[..] {
        [] => {
            let near = reference::nearest(name).map(|near| format!("did you mean `{near}`?"));
            let hint = near.or_else(|| Some(":doc without a name lists all there is".to_owned()));
            Err(Diagnostic::new(format!("nothing is called `{name}`")).hint(hint))
        }
        [entry] => Ok(reference::explain(entry)),
        _ => {
            let mut table = Table::new(["NAME", "WHAT IT DOES"]);
            for entry in found {
                table.row([entry.usage(), reference::first_sentence(entry.doc).to_owned()]);
            }
            Ok(table.render())
        }
    }
}

pub(super) fn vars(session: &Session, printer: &Printer) {
    let variables = session.variables();
    let (functions, modules) = (session.functions(), session.modules());
    if variables.is_empty() && functions.is_empty() && modules.is_empty() {
        printer.talk("nothing is defined yet");
        return;
    }
    let shapes = session.shapes();
    let mut table = Table::new(["NAME", "KIND", "VALUE"]);
    for (name, value) in &variables {
        let kind = shapes.get(name).map_or("", |shape| shape.kind()).to_owned();
        table.row([name.clone(), kind, show::brief(value, session, 80)]);
    }
    for function in functions {
        table.row([function, "function".to_owned(), String::new()]);
    }
    for (alias, members) in modules {
        table.row([alias, "module".to_owned(), members.join(", ")]);
    }
    printer.data(&table.render());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        assert_eq!(parse(" :load  a b.rhai ").unwrap(), Meta::Load("a b.rhai".into()));
        assert_eq!(parse(":doc").unwrap(), Meta::Doc(String::new()));
        assert_eq!(parse(":q").unwrap(), Meta::Quit);
        assert_eq!(parse(":save").unwrap_err().message, ":save needs a file");
        assert_eq!(parse(":hlep").unwrap_err().hint.as_deref(), Some("did you mean `:help`?"));
        assert!(parse(":vars x").is_err());
    }

    #[test]
    fn names_are_explained_or_suggested() {
        assert!(doc("docker.network.create").unwrap().starts_with("docker.network.create(name, options?)"));
        assert!(doc("Network").unwrap().contains("Network.disconnect"));
        assert!(doc("cidr()").unwrap().contains("Host bits"));
        assert_eq!(
            doc("docker.network.creat").unwrap_err().hint.as_deref(),
            Some("did you mean `docker.network.create`?")
        );
    }
}
