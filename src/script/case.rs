//! The tests of a script, noted by `test`, and those that can be told from its text.

use rhai::{AST, ASTNode, Expr, Position, Stmt};

use super::flow::Closure;
use super::source::Source;
use crate::model::test::TestSpec;
use crate::view::Place;

/// A test that a script has noted.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) spec: TestSpec,
    pub(super) body: Closure,
}

/// The tests of one script.
#[derive(Debug, Default)]
pub(super) struct Cases {
    all: Vec<Case>,
    /// From the first test on, no other can be noted: it would not run.
    begun: bool,
}

/// Why a test cannot be noted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unnoted {
    #[error("test: another test is called \"{0}\"")]
    Twice(String),
    #[error("test: the test \"{0}\" stands in another test, and would not run")]
    Within(String),
    #[error("test: a test needs a name")]
    Nameless,
}

impl Cases {
    pub(super) fn note(&mut self, case: Case) -> Result<(), Unnoted> {
        if case.name.trim().is_empty() {
            return Err(Unnoted::Nameless);
        }
        if self.begun {
            return Err(Unnoted::Within(case.name));
        }
        if self.all.iter().any(|other| other.name == case.name) {
            return Err(Unnoted::Twice(case.name));
        }
        self.all.push(case);
        Ok(())
    }

    pub(super) fn begin(&mut self) {
        self.begun = true;
    }

    pub(super) fn all(&self) -> &[Case] {
        &self.all
    }
}

/// A call of `test` in the text of a script.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Not known before the script runs when it is no plain text.
    pub name: Option<String>,
    pub place: Option<Place>,
}

/// The tests of a script, as far as they can be told without running it.
pub(super) fn written(ast: &AST, source: &Source) -> Vec<Written> {
    let mut all: Vec<(Position, Option<String>)> = Vec::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at))) = path.last()
            && call.name == "test"
            && call.namespace.is_empty()
            && (2..=3).contains(&call.args.len())
        {
            // In a loop, or in a function, it may be several.
            let once = path.len() <= 2;
            let name = match &call.args[0] {
                Expr::StringConstant(name, _) if once => Some(name.to_string()),
                _ => None,
            };
            all.push((*at, name));
        }
        true
    });
    all.sort_by_key(|(at, _)| *at);
    all.dedup_by_key(|(at, _)| *at);
    let written = |(at, name)| Written { name, place: source.place_of_word(at, 0) };
    all.into_iter().map(written).collect()
}
