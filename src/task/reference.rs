//! One `${…}` that xnet resolves: `params.x`, `env.X`, `vars.x`, `secrets.x`, `steps.NAME.FIELD`, `REGISTERED.FIELD`, each
//! with an optional `:-default`. Everything else in `${…}` is the shell's.

use std::collections::BTreeSet;

use super::model::alone;
use crate::model::names;

const ROOTS: [&str; 5] = ["params", "env", "vars", "secrets", "steps"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) target: Target,
    /// Stands in when the value is empty or not there, as in the shell.
    pub(super) default: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Param(String),
    Env(String),
    Var(String),
    Secret(String),
    /// A step's result, by the step's name or by the name it was registered under.
    Step {
        name: String,
        field: String,
        registered: bool,
    },
}

/// What is wrong at some offset of a text, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) len: usize,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Reference {
    /// The reference that begins at `offset`, where `${` stands, and its length; `None` when it is not ours.
    pub(super) fn at(text: &str, offset: usize, registered: &BTreeSet<String>) -> Result<Option<(Self, usize)>, Fault> {
        let Some(rest) = text.get(offset..).and_then(|rest| rest.strip_prefix("${")) else { return Ok(None) };
        let root_len = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let root = &rest[..root_len];
        let ours = ROOTS.contains(&root) || registered.contains(root);
        let is_alone = registered.contains(&alone(root));
        if is_alone && let Some(found) = whole(root, &rest[root_len..]) {
            return Ok(Some(found));
        }
        if let Some(fault) = misused(rest, offset, registered) {
            return Err(fault);
        }
        if !ours && let Some(fault) = foreign(rest, root, offset, registered) {
            return Err(fault);
        }
        if !ours || rest.as_bytes().get(root_len) != Some(&b'.') {
            return Ok(None);
        }
        let line = rest.split('\n').next().unwrap_or(rest);
        let fault = |len, message: String, hint: Option<&str>| {
            Err(Fault { offset, len, message, hint: hint.map(str::to_owned) })
        };
        let Some(close) = line.find('}') else {
            return fault(root_len + 2, format!("`${{{root}.` is not closed"), Some("a `}` is missing"));
        };
        let inner = &rest[..close];
        let len = close + 3;
        let (path, default) = match inner.split_once(":-") {
            Some((path, default)) => (path, Some(default)),
            None => (inner, None),
        };
        if default.is_some_and(|default| default.contains(['$', '`', '\\'])) {
            return fault(
                len,
                format!("the default in `${{{inner}}}` is not plain text"),
                Some("nothing is expanded in it"),
            );
        }
        match target(root, &path[(root_len + 1).min(path.len())..], registered.contains(root)) {
            Ok(target) => Ok(Some((Self { target, default: default.map(str::to_owned) }, len))),
            Err(message) => fault(
                len,
                message,
                Some("`${params.x}`, `${params.x:-default}` and `${steps.x.stdout}` are understood"),
            ),
        }
    }
}

/// A value that has a name of its own: `${item}`, `${item:-default}`.
fn whole(name: &str, rest: &str) -> Option<(Reference, usize)> {
    let target = Target::Step { name: name.to_owned(), field: String::new(), registered: true };
    if rest.starts_with('}') {
        return Some((Reference { target, default: None }, name.len() + 3));
    }
    let (default, _) = rest.strip_prefix(":-")?.split_once('}')?;
    let plain = !default.contains(['$', '`', '\\', '\n']);
    plain.then(|| (Reference { target, default: Some(default.to_owned()) }, name.len() + default.len() + 5))
}

/// What would go to the shell although its name is ours: `${item%.txt}`, `${#item}`, `${item:-$HOME}`.
fn misused(rest: &str, offset: usize, registered: &BTreeSet<String>) -> Option<Fault> {
    let bare = rest.strip_prefix(['#', '!']).unwrap_or(rest);
    let len = bare.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let name = &bare[..len];
    // A field of it, and what is not closed on its line, is judged elsewhere.
    let dotted = bare.len() == rest.len() && bare[len..].starts_with('.');
    if !registered.contains(&alone(name)) || dotted {
        return None;
    }
    let close = rest.split('\n').next().unwrap_or(rest).find('}').map_or(rest.len().min(len + 1), |close| close + 1);
    let shown = rest.get(..close).unwrap_or(name);
    Some(Fault {
        offset,
        len: shown.len() + 2,
        message: format!("`${{{shown}` is not understood: `{name}` is no variable of the shell"),
        hint: Some(format!("`${{{name}}}` and `${{{name}:-default}}` are; set a variable to it for more")),
    })
}

/// Roots of other tools, and of places where they are not known, with what to write here.
const FOREIGN: [(&[&str], &str); 9] = [
    (&["param", "parameter", "parameters", "arg", "args", "input", "inputs"], "a parameter is `${params.NAME}`"),
    (&["environment", "environ", "envs"], "a variable of the environment is `${env.NAME}`"),
    (&["var", "variable", "variables"], "a text of `vars:` is `${vars.NAME}`"),
    (&["secret"], "a secret is `${secrets.NAME}`"),
    (&["step", "needs", "jobs"], "the result of a step is `${steps.NAME.stdout}`"),
    (&["matrix"], "the task has no `matrix:`, which would give it values"),
    (&["item", "each"], "a step with `foreach:` has `${item}`, and this one has none of that name"),
    (&["task"], "only steps of `on_error` and `finally` know how the task went"),
    (&["result"], "a condition of `retry` knows `result`; a text has what `register:` names"),
];

/// What no shell reads and looks like a value: `${param.x}`, `${{ inputs.x }}`.
fn foreign(rest: &str, root: &str, offset: usize, registered: &BTreeSet<String>) -> Option<Fault> {
    let line = rest.split('\n').next().unwrap_or(rest);
    let is_double = rest.starts_with('{');
    let end = if is_double { line.find("}}").map(|at| at + 2) } else { line.find('}').map(|at| at + 1) };
    let shown = format!("${{{}", &line[..end.unwrap_or(root.len())]);
    let known = || ROOTS.into_iter().chain(registered.iter().map(String::as_str).filter(|name| !name.ends_with('}')));
    let meant = if is_double {
        String::from("a value is written `${params.NAME}`")
    } else if !rest[root.len()..].starts_with('.') {
        return None;
    } else if let Some((_, meant)) = FOREIGN.iter().find(|(roots, _)| roots.contains(&root)) {
        (*meant).to_owned()
    } else {
        format!("did you mean `${{{}.…}}`?", names::nearest(root, known())?)
    };
    let hint = Some(format!("{meant}; where the text itself is meant, write `\\{shown}`"));
    Some(Fault {
        offset,
        len: shown.len(),
        message: format!("`{shown}` is no value here, and no shell reads it"),
        hint,
    })
}

fn target(root: &str, name: &str, registered: bool) -> Result<Target, String> {
    let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let refuse = || Err(format!("`${{{root}.{name}}}` is not understood"));
    match root {
        _ if registered && plain(name) => {
            Ok(Target::Step { name: root.to_owned(), field: name.to_owned(), registered: true })
        }
        _ if registered => refuse(),
        "steps" => match name.rsplit_once('.') {
            Some((step, field)) if !step.is_empty() && plain(field) => {
                Ok(Target::Step { name: step.to_owned(), field: field.to_owned(), registered: false })
            }
            _ => refuse(),
        },
        _ if !plain(name) => refuse(),
        "params" => Ok(Target::Param(name.to_owned())),
        "vars" => Ok(Target::Var(name.to_owned())),
        "secrets" => Ok(Target::Secret(name.to_owned())),
        _ => Ok(Target::Env(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<(Reference, usize)>, Fault> {
        Reference::at(text, 0, &BTreeSet::from([String::from("built")]))
    }

    #[test]
    fn every_form_is_read() {
        let target = |text: &str| read(text).unwrap().unwrap().0.target;
        assert_eq!(target("${params.a-b}"), Target::Param("a-b".into()));
        assert_eq!(target("${env.HOME}"), Target::Env("HOME".into()));
        let step = Target::Step { name: "make it".into(), field: "stdout".into(), registered: false };
        assert_eq!(target("${steps.make it.stdout}"), step);
        let step = Target::Step { name: "built".into(), field: "ok".into(), registered: true };
        assert_eq!(target("${built.ok}"), step);
        let (reference, len) = read("${params.x:-a b} tail").unwrap().unwrap();
        assert_eq!((reference.default.as_deref(), len), (Some("a b"), 16));
    }

    #[test]
    fn the_shells_own_are_left_alone() {
        for text in ["${HOME}", "${x:-1}", "${params}", "${other.x}", "${#x}", "$params.x", "${ params.x }"] {
            assert_eq!(read(text).unwrap(), None, "{text}");
        }
    }

    #[test]
    fn what_other_tools_write_is_pointed_to_ours() {
        for text in ["${param.x}", "${{ inputs.x }}", "${secret.x}", "${buit.stdout}", "${matrix.os}", "${{"] {
            let fault = read(text).unwrap_err();
            assert!(fault.hint.unwrap().contains("\\${"), "{text}");
        }
        for text in ["${param}", "${user.name}", "${args:-x}", "${matrix}"] {
            assert_eq!(read(text).unwrap(), None, "{text}");
        }
    }

    #[test]
    fn a_name_that_stands_alone_is_not_left_to_the_shell() {
        let names = BTreeSet::from([String::from("item"), alone("item")]);
        let read = |text: &str| Reference::at(text, 0, &names);
        for text in ["${item%.txt}", "${#item}", "${item:-$HOME}", "${item:=x}", "${item", "${!item}", "${item/a/b}"] {
            assert!(read(text).is_err(), "{text}");
        }
        for text in ["${item}", "${item:-a}", "${item.key}", "${item.key:-a}"] {
            assert!(read(text).unwrap().is_some(), "{text}");
        }
        assert_eq!(read("${items%x}").unwrap(), None);
    }

    #[test]
    fn what_only_looks_like_ours_is_refused() {
        for text in ["${params.x", "${params.}", "${params.x%y}", "${steps.x}", "${params.x:-$HOME}", "${env.A:=b}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
