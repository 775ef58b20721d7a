//! What functions that run at the same time have of the variables around them.
//!
//! The language shares a captured variable, and holds its lock for as long as a method of it runs: two threads that call
//! `web.exec(…)` would fail for each other. So a handle, a list or a map is copied to each, unless one of the functions changes
//! it; then all of them see the one.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Dynamic, Expr, FnPtr, Module, NativeCallContext, ScriptFuncDef, Shared, Stmt};

/// Methods of the language that change what they are called on.
const CHANGES: &[&str] = &[
    "push",
    "append",
    "insert",
    "pop",
    "shift",
    "remove",
    "truncate",
    "chop",
    "clear",
    "retain",
    "drain",
    "splice",
    "extend",
    "sort",
    "sort_by",
    "sort_desc",
    "order",
    "order_by",
    "order_desc",
    "reverse",
    "dedup",
    "pad",
    "mixin",
    "fill_with",
    "set",
    "crop",
    "replace",
    "trim",
    "make_upper",
    "make_lower",
    "write_utf8",
    "write_ascii",
];

/// Takes the captured variables that only are read out of the functions' common hold.
pub(super) fn part(context: &NativeCallContext, functions: &mut [FnPtr]) {
    let libraries = context.global_runtime_state().lib.to_vec();
    let mut known = Known { libraries, changed: BTreeSet::new(), seen: BTreeSet::new() };
    functions.iter().for_each(|function| known.learn(function.fn_name()));
    for function in functions {
        let Some(definition) = known.find(function.fn_name()) else { continue };
        let shared: Vec<bool> = definition.params.iter().map(|name| known.changed.contains(name.as_str())).collect();
        for (value, shared) in function.iter_curry_mut().zip(shared) {
            if value.is_shared() && !shared && !is_plain(value) {
                *value = value.flatten_clone();
            }
        }
    }
}

/// Numbers, texts and the like are read at once: they stay shared, so that one function sees what another sets.
fn is_plain(value: &Dynamic) -> bool {
    value.is_unit() || value.is_bool() || value.is_int() || value.is_float() || value.is_string() || value.is_char()
}

struct Known {
    libraries: Vec<Shared<Module>>,
    /// Variables that some function changes.
    changed: BTreeSet<String>,
    /// Functions that were looked at.
    seen: BTreeSet<String>,
}

impl Known {
    fn find(&self, name: &str) -> Option<Shared<ScriptFuncDef>> {
        let all = self.libraries.iter().rev().flat_map(|library| library.iter_script_fn_info());
        all.into_iter().find(|(_, _, known, ..)| *known == name).map(|(.., definition)| definition.clone())
    }

    /// Notes what a function changes, and the functions that are made in it.
    fn learn(&mut self, name: &str) {
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        let (mut changed, mut within) = (Vec::new(), Vec::new());
        for library in &self.libraries {
            // The body of one function cannot be had but as that of a script which has no other.
            let whole = AST::new([], library.clone());
            let body = whole.clone_functions_only_filtered(|_, _, _, known, _| known == name);
            body.walk(&mut |path| {
                match path.last() {
                    Some(ASTNode::Stmt(Stmt::Assignment(parts))) => changed.extend(root(&parts.1.lhs)),
                    Some(ASTNode::Expr(chain @ (Expr::Dot(..) | Expr::Index(..)))) if self.changes(chain) => {
                        changed.extend(root(chain));
                    }
                    Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _)))
                        if CHANGES.contains(&call.name.as_str()) =>
                    {
                        changed.extend(call.args.first().and_then(root));
                    }
                    Some(ASTNode::Expr(Expr::DynamicConstant(value, _))) => {
                        within.extend(value.read_lock::<FnPtr>().map(|function| function.fn_name().to_owned()));
                    }
                    _ => {}
                }
                true
            });
        }
        self.changed.extend(changed);
        within.iter().for_each(|name| self.learn(name));
    }

    /// Whether a method in a chain changes its root: one of the language, or the script's own, which may.
    fn changes(&self, chain: &Expr) -> bool {
        match chain {
            Expr::Dot(pair, ..) | Expr::Index(pair, ..) => self.changes(&pair.lhs) || self.changes(&pair.rhs),
            Expr::MethodCall(call, _) => CHANGES.contains(&call.name.as_str()) || self.find(&call.name).is_some(),
            _ => false,
        }
    }
}

/// The variable that a chain begins with.
fn root(chain: &Expr) -> Option<String> {
    match chain {
        Expr::Variable(variable, ..) => Some(variable.1.to_string()),
        Expr::Dot(pair, ..) | Expr::Index(pair, ..) => root(&pair.lhs),
        _ => None,
    }
}
