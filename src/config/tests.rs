//! The tests that a config file declares under `tests:`.

use std::collections::BTreeSet;

use super::faults::faults;
use super::node::{Node, Span, Value};
use super::read::{Fault, Problem, read};
use crate::model::probe::place::Destination;
use crate::model::test::DeclaredTest;

/// The tests, each with its place, or all that is wrong with them.
pub fn declared_tests(root: &Node) -> Result<Vec<(DeclaredTest, Option<Span>)>, Vec<Fault>> {
    let Some(node) = root.get("tests").filter(|node| node.value != Value::Null) else { return Ok(Vec::new()) };
    let found = faults::<Vec<DeclaredTest>>(node, &|_| false);
    if !found.is_empty() {
        return Err(found.into_iter().map(within).collect());
    }
    let tests: Vec<DeclaredTest> = read(node).map_err(|fault| vec![within(fault)])?;
    let spans = match &node.value {
        Value::List(items) => items.iter().map(|item| item.span).collect(),
        _ => Vec::new(),
    };
    let found: Vec<Fault> = tests.iter().enumerate().filter_map(|(at, test)| misdirected(node, at, test)).collect();
    if !found.is_empty() {
        return Err(found);
    }
    let mut names = BTreeSet::new();
    let twice = tests.iter().zip(&spans).filter(|(test, _)| !names.insert(test.title()));
    let problem =
        |test: &DeclaredTest| Problem::Invalid { message: format!("another test is called \"{}\"", test.title()) };
    let found: Vec<Fault> =
        twice.map(|(test, span)| Fault { path: "tests".into(), span: *span, problem: problem(test) }).collect();
    if found.is_empty() { Ok(tests.into_iter().zip(spans).collect()) } else { Err(found) }
}

/// What is wrong with where a test goes.
fn misdirected(list: &Node, at: usize, test: &DeclaredTest) -> Option<Fault> {
    let message = test.to.parse::<Destination>().err()?.to_string();
    let item = if let Value::List(items) = &list.value { items.get(at) } else { None };
    let span = item.and_then(|item| item.get("to")).and_then(|to| to.span);
    Some(Fault { path: format!("tests[{at}].to"), span, problem: Problem::Invalid { message } })
}

fn within(fault: Fault) -> Fault {
    let path =
        if fault.path.starts_with('[') || fault.path.is_empty() { fault.path } else { format!(".{}", fault.path) };
    Fault { path: format!("tests{path}"), ..fault }
}
