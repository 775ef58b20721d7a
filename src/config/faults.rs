//! All that is wrong with a tree, where reading it tells only the first.

use serde::de::DeserializeOwned;

use super::node::{Node, Span, Value};
use super::read::{Fault, Problem, read};

/// More are not told of one tree: nobody reads them at once.
const MOST: usize = 50;

/// Every fault of a tree that is read as a `T`, each told once: what holds it is left out for the next. `open` says of a
/// place that its value is not known yet; what is wrong with such a value is not told.
pub fn faults<T: DeserializeOwned>(node: &Node, open: &dyn Fn(Span) -> bool) -> Vec<Fault> {
    let mut tree = node.clone();
    let mut found = Vec::new();
    let mut whole = !holds_open(node, open);
    while found.len() < MOST {
        let Err(fault) = read::<T>(&tree) else { break };
        let (taken, culprit) = match fault.span {
            Some(span) => take(&mut tree, span),
            None => (false, None),
        };
        // What is not known may hold what is missing, or may be right.
        let unsure = match &fault.problem {
            Problem::UnknownKey { .. } => false,
            Problem::MissingKey { .. } => !whole,
            _ => culprit.is_some_and(|node| holds_open(&node, open)),
        };
        if !unsure {
            found.push(fault);
        }
        if !taken {
            break;
        }
        whole = false;
    }
    found
}

fn holds_open(node: &Node, open: &dyn Fn(Span) -> bool) -> bool {
    node.span.is_some_and(open)
        || match &node.value {
            Value::List(items) => items.iter().any(|item| holds_open(item, open)),
            Value::Map(entries) => entries.iter().any(|(_, node)| holds_open(node, open)),
            _ => false,
        }
}

/// Takes the innermost entry or element at a place out of a tree: whether there was one, and its value.
fn take(tree: &mut Node, span: Span) -> (bool, Option<Node>) {
    let deeper = |node: &mut Node| {
        let (taken, node) = take(node, span);
        taken.then_some(node)
    };
    match &mut tree.value {
        Value::List(items) => {
            if let Some(node) = items.iter_mut().find_map(deeper) {
                return (true, node);
            }
            let at = items.iter().position(|item| item.span == Some(span));
            (at.is_some(), at.map(|at| items.remove(at)))
        }
        Value::Map(entries) => {
            if let Some(node) = entries.iter_mut().find_map(|(_, node)| deeper(node)) {
                return (true, node);
            }
            let at = entries.iter().position(|(key, node)| key.span == Some(span) || node.span == Some(span));
            (at.is_some(), at.map(|at| entries.remove(at).1))
        }
        _ => (false, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::model::network::NetworkSpec;

    fn told(yaml: &str) -> Vec<String> {
        let open = |span: Span| yaml.get(span.start..).is_some_and(|rest| rest.starts_with("later"));
        faults::<NetworkSpec>(&parse(yaml).unwrap(), &open).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_fault_is_told_once_and_none_of_what_is_not_known() {
        assert_eq!(told("internal: true"), [""; 0]);
        assert_eq!(
            told("drivr: x\ninternal: 3\nipam:\n  config:\n    - {gatway: 1}\n"),
            [
                "unknown option `drivr`",
                "`internal`: expected true or false, found a number",
                "unknown option `gatway` in `ipam.config[0]`"
            ]
        );
        assert_eq!(told("internal: later\nattachble: later\n"), ["unknown option `attachble`"]);
    }
}
