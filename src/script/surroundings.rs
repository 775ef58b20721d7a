//! What is known of the names around a script before it runs: variables that are not there, members that a value has not,
//! values that cannot be compared.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Expr, Position, Stmt};

use super::bind;
use super::compare::{self, Kind};
use super::error::Error;
use super::lint::{Bound, own};
use super::source::Source;
use crate::model::names;

/// The names that a script sees besides its own and those of the language.
pub trait Surroundings {
    /// The variable of this name: what it holds, as far as that is known.
    fn variable(&self, name: &str) -> Result<Option<Kind>, Unknown>;
    /// What a member of such a variable holds.
    fn member(&self, variable: &str, name: &str) -> Result<Option<Kind>, Unknown>;
    /// What to write where a member, which is of this kind, is compared with another kind.
    fn instead(&self, variable: &str, name: &str, wanted: Kind) -> Option<String>;
    /// Whether the script may give a value of this kind.
    fn gives(&self, kind: Kind) -> Result<(), Unknown>;
}

/// A name that is not there: words, and what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    pub message: String,
    pub hint: Option<String>,
}

/// A script that is run by itself: nobody gives it names.
struct Alone;

impl Surroundings for Alone {
    fn variable(&self, name: &str) -> Result<Option<Kind>, Unknown> {
        if bind::GLOBALS.contains(&name) {
            return Ok(None);
        }
        let hint = names::nearest(name, bind::GLOBALS.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let hint =
            hint.or_else(|| Some(String::from("unless a task gives it: there a script sees what was registered")));
        Err(Unknown { message: format!("there is no variable `{name}`"), hint })
    }

    fn member(&self, _: &str, _: &str) -> Result<Option<Kind>, Unknown> {
        Ok(None)
    }

    fn instead(&self, _: &str, _: &str, _: Kind) -> Option<String> {
        None
    }

    fn gives(&self, _: Kind) -> Result<(), Unknown> {
        Ok(())
    }
}

/// The variables of a script that is run by itself which nothing sets.
pub(super) fn unset(ast: &AST, source: &Source) -> Vec<Error> {
    let found = judge(ast, source, &Alone);
    found.into_iter().filter(|error| error.kind() == "unknown-variable").collect()
}

/// All that is wrong, in the order of the script.
pub(super) fn judge(ast: &AST, source: &Source, around: &dyn Surroundings) -> Vec<Error> {
    let mut judge = Judge {
        source,
        around,
        bound: Bound::declared(ast),
        own: BTreeSet::new(),
        texts: texts(ast),
        evaluates: calls(ast, "eval"),
        asks: calls(ast, "is_def_var"),
        tries: false,
        found: Vec::new(),
    };
    judge.own.extend(own(ast).into_iter().map(|(name, _)| name));
    ast.walk(&mut |path| {
        judge.tries = path.iter().any(|node| matches!(node, ASTNode::Stmt(Stmt::TryCatch(..))));
        match path.last() {
            Some(ASTNode::Expr(expr @ Expr::Variable(..))) => judge.variable(expr),
            Some(ASTNode::Expr(expr @ Expr::Dot(..))) => judge.member(expr),
            Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at))) => {
                if let Some((operator, left, right)) = compare::sides(call) {
                    judge.comparison(operator, left, right, *at);
                }
            }
            _ => {}
        }
        true
    });
    judge.ending(ast);
    judge.found
}

/// The strings of a script: a member whose name is one of them may have been asked for before.
fn texts(ast: &AST) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::StringConstant(text, _))) = path.last() {
            texts.insert(text.to_string());
        }
        true
    });
    texts
}

/// Whether a script calls a function of this name.
fn calls(ast: &AST, name: &str) -> bool {
    let mut found = false;
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) = path.last() {
            found |= call.name == name;
        }
        !found
    });
    found
}

struct Judge<'a> {
    source: &'a Source,
    around: &'a dyn Surroundings,
    bound: Bound,
    own: BTreeSet<String>,
    texts: BTreeSet<String>,
    /// It makes variables of text.
    evaluates: bool,
    /// It asks whether there are variables.
    asks: bool,
    /// What is looked at stands in a `try`, whose `catch` handles it.
    tries: bool,
    found: Vec<Error>,
}

impl Judge<'_> {
    /// The name of a variable that the script has not made itself.
    fn outer<'e>(&self, expr: &'e Expr) -> Option<&'e str> {
        let Expr::Variable(variable, ..) = expr else { return None };
        let name = variable.1.as_str();
        let outer = variable.2.is_empty() && self.bound.times(name) == 0 && !self.own.contains(name);
        outer.then_some(name)
    }

    /// The member of such a variable that an expression names, and where.
    fn named<'e>(&self, expr: &'e Expr) -> Option<(&'e str, &'e str, Position, bool)> {
        let Expr::Dot(pair, ..) = expr else { return None };
        let variable = self.outer(&pair.lhs)?;
        match &pair.rhs {
            Expr::Property(property, at) => Some((variable, property.2.as_str(), *at, true)),
            Expr::Dot(rest, ..) | Expr::Index(rest, ..) => match &rest.lhs {
                Expr::Property(property, at) => Some((variable, property.2.as_str(), *at, false)),
                _ => None,
            },
            _ => None,
        }
    }

    fn variable(&mut self, expr: &Expr) {
        let Some(name) = self.outer(expr) else { return };
        if self.evaluates || self.tries || self.asks && self.texts.contains(name) {
            return;
        }
        if let Err(unknown) = self.around.variable(name) {
            self.tell("unknown-variable", unknown.message, unknown.hint, expr.position());
        }
    }

    fn member(&mut self, expr: &Expr) {
        let Some((variable, name, at, _)) = self.named(expr) else { return };
        if self.around.variable(variable).is_ok()
            && !self.tries
            && !self.texts.contains(name)
            && let Err(unknown) = self.around.member(variable, name)
        {
            self.tell("unknown-member", unknown.message, unknown.hint, at);
        }
    }

    fn comparison(&mut self, operator: &str, left: &Expr, right: &Expr, at: Position) {
        let (Some(one), Some(other)) = (self.kind(left), self.kind(right)) else { return };
        let Some((message, hint)) = compare::mismatch(operator, one, other) else { return };
        let instead = |expr: &Expr, wanted| {
            let (variable, name, _, true) = self.named(expr)? else { return None };
            self.around.instead(variable, name, wanted)
        };
        let hint = instead(left, other).or_else(|| instead(right, one)).or(hint);
        self.tell("comparison", message, hint, at);
    }

    /// What it gives, where it is one expression.
    fn ending(&mut self, ast: &AST) {
        let [statement] = ast.statements() else { return };
        let given = match statement {
            Stmt::Expr(expr) => self.kind(expr).map(|kind| (kind, expr.position())),
            Stmt::Assignment(parts) => Some((Kind::Nothing, parts.1.lhs.position())),
            _ => None,
        };
        if let Some((kind, at)) = given
            && let Err(unknown) = self.around.gives(kind)
        {
            self.tell("value", unknown.message, unknown.hint, at);
        }
    }

    fn kind(&self, expr: &Expr) -> Option<Kind> {
        if let Some(name) = self.outer(expr) {
            return self.around.variable(name).ok().flatten();
        }
        match self.named(expr) {
            Some((variable, name, _, true)) => self.around.member(variable, name).ok().flatten(),
            _ => Kind::of(expr),
        }
    }

    fn tell(&mut self, kind: &'static str, message: String, hint: Option<String>, at: Position) {
        self.found.push(Error::foreseen(kind, message, hint, at, self.source));
    }
}
