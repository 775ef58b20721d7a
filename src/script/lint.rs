//! What is wrong with a script and can be known without running it: functions and members that are not there, options that
//! no call has. What depends on a value is not told.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, ASTNode, Expr, FnCallExpr, Position, Stmt};

use super::bind::{self, Entry};
use super::modules;
use super::options;
use super::signatures::Signatures;
use super::source::Source;
use crate::config::{Key, Node, Span, Value};
use crate::model::names;
use crate::view::Diagnostic;

/// All that can be told of a parsed script.
pub(super) fn lint(ast: &AST, source: &Source, signatures: &Signatures) -> Vec<Diagnostic> {
    let bound = Bound::of(ast);
    let (own, kinds, modules) = (own(ast), BTreeMap::new(), imports(ast));
    let mut linter = Linter { source, signatures, own, kinds, bound, modules, found: Vec::new() };
    linter.learn(ast);
    ast.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Expr(Expr::Dot(pair, ..))) => {
                if let Some(kind) = linter.kind(&pair.lhs) {
                    linter.chain(kind, &pair.rhs);
                }
            }
            Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at))) => {
                linter.function(call, *at);
            }
            _ => {}
        }
        true
    });
    linter.found
}

/// The modules of the standard library that a script imports: alias and path.
fn imports(ast: &AST) -> BTreeMap<String, String> {
    let mut modules = BTreeMap::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::Import(import, ..))) = path.last()
            && let Expr::StringConstant(path, _) = &import.0
            && path.starts_with("std/")
        {
            modules.insert(import.1.name.to_string(), path.to_string());
        }
        true
    });
    modules
}

/// The functions of the script: name and number of parameters.
pub(super) fn own(ast: &AST) -> BTreeSet<(String, usize)> {
    ast.iter_functions().map(|function| (function.name.to_owned(), function.params.len())).collect()
}

/// The names that a script gives to values, each with how often it does.
#[derive(Default)]
pub(super) struct Bound(BTreeMap<String, usize>);

impl Bound {
    /// Those that are set, and those that are set anew.
    fn of(ast: &AST) -> Self {
        let mut bound = Self::declared(ast);
        ast.walk(&mut |path| {
            if let Some(ASTNode::Stmt(Stmt::Assignment(parts))) = path.last()
                && let Expr::Variable(variable, ..) = &parts.1.lhs
            {
                bound.add(&variable.1);
            }
            true
        });
        bound
    }

    pub(super) fn declared(ast: &AST) -> Self {
        let mut bound = Self::default();
        ast.walk(&mut |path| {
            match path.last() {
                Some(ASTNode::Stmt(Stmt::Var(var, ..))) => bound.add(&var.0.name),
                Some(ASTNode::Stmt(Stmt::For(parts, ..))) => {
                    bound.add(&parts.0.name);
                    parts.1.iter().for_each(|counter| bound.add(&counter.name));
                }
                Some(ASTNode::Stmt(Stmt::TryCatch(flow, ..))) => {
                    if let Expr::Variable(variable, ..) = &flow.expr {
                        bound.add(&variable.1);
                    }
                }
                Some(ASTNode::Stmt(Stmt::Import(import, ..))) => bound.add(&import.1.name),
                _ => {}
            }
            true
        });
        for function in ast.iter_functions() {
            // What a closure captures becomes a parameter of it; a global is no less global for that.
            let captured = |name: &&&str| function.name.starts_with("anon$") && bind::GLOBALS.contains(*name);
            function.params.iter().filter(|name| !captured(name)).for_each(|name| bound.add(name));
        }
        bound
    }

    fn add(&mut self, name: &str) {
        *self.0.entry(name.to_owned()).or_default() += 1;
    }

    pub(super) fn times(&self, name: &str) -> usize {
        self.0.get(name).copied().unwrap_or_default()
    }
}

struct Linter<'a> {
    source: &'a Source,
    signatures: &'a Signatures,
    own: BTreeSet<(String, usize)>,
    /// The kinds of the variables that are set once.
    kinds: BTreeMap<String, String>,
    bound: Bound,
    modules: BTreeMap<String, String>,
    found: Vec<Diagnostic>,
}

impl Linter<'_> {
    fn learn(&mut self, ast: &AST) {
        if self.bound.times("docker") == 0 {
            self.kinds.insert(String::from("docker"), String::from("docker"));
        }
        ast.walk(&mut |path| {
            if let Some(ASTNode::Stmt(Stmt::Var(var, ..))) = path.last()
                && self.bound.times(&var.0.name) == 1
                && let Some(kind) = self.kind(&var.1)
            {
                self.kinds.insert(var.0.name.to_string(), kind);
            }
            true
        });
    }

    /// The kind of object that an expression gives, where it is one of ours.
    fn kind(&self, expr: &Expr) -> Option<String> {
        let kind = match expr {
            Expr::Variable(variable, ..) if variable.2.is_empty() => self.kinds.get(variable.1.as_str()).cloned(),
            Expr::Dot(pair, ..) => self.follow(self.kind(&pair.lhs)?, &pair.rhs),
            Expr::FnCall(call, _) if !self.is_own(call) => {
                self.signatures.returns(&call.name, None, call.args.len()).map(str::to_owned)
            }
            _ => None,
        }?;
        bind::entries().any(|entry| entry.owner == kind).then_some(kind)
    }

    /// The kind of what follows a dot.
    fn follow(&self, kind: String, rest: &Expr) -> Option<String> {
        let kind = match rest {
            Expr::Property(property, _) => self.signatures.returns(&property.0.0, Some(&kind), 1),
            Expr::MethodCall(call, _) => self.signatures.returns(&call.name, Some(&kind), call.args.len() + 1),
            Expr::Dot(pair, ..) => return self.follow(self.follow(kind, &pair.lhs)?, &pair.rhs),
            _ => None,
        }?;
        bind::entries().any(|entry| entry.owner == kind).then(|| kind.to_owned())
    }

    fn is_own(&self, call: &FnCallExpr) -> bool {
        self.own.iter().any(|(name, _)| *name == call.name.as_str())
    }

    /// What follows an object of a known kind, link by link.
    fn chain(&mut self, kind: String, rest: &Expr) {
        match rest {
            Expr::Property(property, at) => self.property(&kind, &property.2, *at),
            Expr::MethodCall(call, at) => self.method(&kind, call, *at),
            Expr::Dot(pair, ..) | Expr::Index(pair, ..) => {
                self.chain(kind.clone(), &pair.lhs);
                if let (Expr::Dot(..), Some(kind)) = (rest, self.follow(kind, &pair.lhs)) {
                    self.chain(kind, &pair.rhs);
                }
            }
            _ => {}
        }
    }

    fn property(&mut self, kind: &str, name: &str, at: Position) {
        match member(kind, name) {
            Some(entry) if entry.signature.is_empty() => {}
            Some(entry) => {
                let hint = format!("it is a function: {}", entry.usage());
                self.tell("unknown-member", format!("{kind} has no property `{name}`"), Some(hint), at);
            }
            None => self.unknown_member(kind, name, at),
        }
    }

    fn method(&mut self, kind: &str, call: &FnCallExpr, at: Position) {
        let (name, count) = (call.name.as_str(), call.args.len());
        match member(kind, name) {
            Some(entry) if entry.signature.is_empty() => {
                let hint = Some(String::from("write it without `()`"));
                self.tell("unknown-member", format!("`{}` is no function", entry.path()), hint, at);
            }
            Some(entry) => {
                if self.signatures.takes(name, Some(kind), count + 1) {
                    self.options(entry, call);
                } else {
                    self.wrong_count(entry, count, at);
                }
            }
            None if self.is_own(call) || self.signatures.takes(name, Some(kind), count + 1) => {}
            None => self.unknown_member(kind, name, at),
        }
    }

    fn unknown_member(&mut self, kind: &str, name: &str, at: Position) {
        let members: Vec<&str> = bind::entries().filter(|entry| entry.owner == kind).map(|entry| entry.name).collect();
        let hint = names::suggestion(name, members);
        self.tell("unknown-member", format!("{kind} has no `{name}`"), hint, at);
    }

    /// A function of a module of the standard library.
    fn of_module(&mut self, call: &FnCallExpr, at: Position) {
        let path = call.namespace.path.first().filter(|_| call.namespace.path.len() == 1);
        let Some(module) = path.and_then(|alias| self.modules.get(alias.name.as_str())).cloned() else { return };
        let (name, count) = (call.name.as_str(), call.args.len());
        let of = || modules::members().filter(|entry| entry.owner == module);
        let Some(entry) = of().find(|entry| entry.name == name) else {
            let hint = names::suggestion(name, of().map(|entry| entry.name).collect::<Vec<_>>());
            return self.tell("unknown-member", format!("{module} has no `{name}`"), hint, at);
        };
        let params: Vec<&str> =
            entry.signature.trim_matches(['(', ')']).split(", ").filter(|param| !param.is_empty()).collect();
        let least = params.iter().filter(|param| !param.ends_with('?')).count();
        if !(least..=params.len()).contains(&count) {
            self.wrong_count(entry, count, at);
        }
    }

    fn function(&mut self, call: &FnCallExpr, at: Position) {
        let (name, count) = (call.name.as_str(), call.args.len());
        if !call.namespace.is_empty() {
            return self.of_module(call, at);
        }
        let is_word = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !call.namespace.is_empty() || call.op_token.is_some() || !is_word || self.bound.times(name) > 0 {
            return;
        }
        if self.is_own(call) {
            let takes: Vec<String> =
                self.own.iter().filter(|(own, _)| own == name).map(|(_, count)| count.to_string()).collect();
            if !takes.contains(&count.to_string()) && !self.signatures.takes(name, None, count) {
                let message = format!("`{name}` takes {} arguments here, and {count} are given", takes.join(" or "));
                self.tell("arguments", message, None, at);
            }
            return;
        }
        if !self.signatures.knows(name) {
            let own = self.own.iter().map(|(name, _)| name.as_str());
            let known: Vec<&str> = self.signatures.names().chain(own).collect();
            let hint = names::nearest(name, known).map(|near| format!("did you mean `{near}`?"));
            return self.tell("unknown-function", format!("unknown function `{name}`"), hint, at);
        }
        let Some(entry) = member("", name) else { return };
        if self.signatures.takes(name, None, count) {
            self.options(entry, call);
        } else {
            self.wrong_count(entry, count, at);
        }
    }

    fn wrong_count(&mut self, entry: &Entry, count: usize, at: Position) {
        let arguments = if count == 1 { "argument" } else { "arguments" };
        let message = format!("`{}` cannot be called with {count} {arguments}", entry.path());
        self.tell("arguments", message, Some(entry.usage()), at);
    }

    /// The options that stand in the call as a map.
    fn options(&mut self, entry: &Entry, call: &FnCallExpr) {
        let params = entry.signature.trim_matches(['(', ')']).split(", ");
        let at = params.clone().position(|param| param.trim_end_matches('?') == "options" || param == "mapping");
        let Some(map @ Expr::Map(..)) = at.and_then(|at| call.args.get(at)) else { return };
        let Some((path, judge)) = options::judge(entry.owner, entry.name) else { return };
        let mut open = Vec::new();
        let node = node(map, &mut open);
        for fault in judge(&node, &|span| open.contains(&span)) {
            let at = fault.span.map_or(Position::NONE, position);
            let code = if matches!(fault.problem, crate::config::Problem::UnknownKey { .. }) {
                "unknown-option"
            } else {
                "option"
            };
            let hint = fault.hint().or_else(|| Some(format!("`xnet doc {path}` tells its options")));
            self.tell(code, format!("{path}: {fault}"), hint, at);
        }
    }

    fn tell(&mut self, code: &'static str, message: String, hint: Option<String>, at: Position) {
        let place = self.source.place_of_word(at, 0);
        self.found.push(Diagnostic::new(message).code(code).at(place).hint(hint));
    }
}

fn member(owner: &str, name: &str) -> Option<&'static Entry> {
    bind::entries().find(|entry| entry.owner == owner && entry.name == name)
}

/// A literal as a tree. What is not known before the script runs is nothing, and its place is noted in `open`.
fn node(expr: &Expr, open: &mut Vec<Span>) -> Node {
    let span = span(expr.position());
    let value = match expr {
        Expr::BoolConstant(value, _) => Value::Bool(*value),
        Expr::IntegerConstant(value, _) => Value::Int(*value),
        Expr::FloatConstant(value, _) => Value::Float(**value),
        Expr::StringConstant(text, _) => Value::Text(text.to_string()),
        Expr::CharConstant(c, _) => Value::Text(c.to_string()),
        Expr::Unit(_) => Value::Null,
        Expr::Array(items, _) => Value::List(items.iter().map(|item| node(item, open)).collect()),
        Expr::Map(parts, _) => {
            let key = |name: &rhai::Ident| Key { name: name.name.to_string(), span: Some(self::span(name.pos)) };
            Value::Map(parts.0.iter().map(|(name, value)| (key(name), node(value, open))).collect())
        }
        _ => {
            open.push(span);
            Value::Null
        }
    };
    Node { value, span: Some(span), raw: None }
}

fn span(at: Position) -> Span {
    Span { line: at.line().unwrap_or_default(), column: at.position().unwrap_or_default(), start: 0, len: 1 }
}

fn position(span: Span) -> Position {
    let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    if span.line == 0 { Position::NONE } else { Position::new(short(span.line), short(span.column)) }
}
