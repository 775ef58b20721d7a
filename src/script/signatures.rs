//! The functions that scripts can call, by name: what each takes and gives, as the interpreter knows it.

use std::collections::{BTreeMap, BTreeSet};

use rhai::Engine;

/// Words of the language that are called like functions.
const LANGUAGE: [&str; 11] =
    ["Fn", "call", "curry", "eval", "type_of", "is_def_var", "is_def_fn", "is_def_type", "is_shared", "print", "debug"];

#[derive(Debug, Default)]
pub(super) struct Signatures {
    functions: BTreeMap<String, Vec<Signature>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    /// Types; `None` for what may be any.
    params: Vec<Option<String>>,
    returns: Option<String>,
}

impl Signatures {
    pub(super) fn of(engine: &Engine) -> Self {
        let mut functions = BTreeMap::<String, Vec<Signature>>::new();
        for text in engine.gen_fn_signatures(true) {
            if let Some((name, signature)) = parse(&text, engine) {
                functions.entry(name).or_default().push(signature);
            }
        }
        Self { functions }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let plain = |name: &&str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
        self.functions.keys().map(String::as_str).filter(plain)
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.functions.contains_key(name) || LANGUAGE.contains(&name)
    }

    /// Whether something of this name takes so many arguments, the first of this kind (`None` when it is not known).
    pub(super) fn takes(&self, name: &str, kind: Option<&str>, count: usize) -> bool {
        let fits = |signature: &Signature| {
            let first = signature.params.first().and_then(Option::as_deref);
            signature.params.len() == count && (kind.is_none() || first.is_none() || first == kind)
        };
        LANGUAGE.contains(&name) || self.all(name).any(fits)
    }

    /// What a function gives, when all that it could be give the same.
    pub(super) fn returns(&self, name: &str, kind: Option<&str>, count: usize) -> Option<&str> {
        let mut found = BTreeSet::new();
        for signature in self.all(name).filter(|signature| signature.params.len() == count) {
            let first = signature.params.first().and_then(Option::as_deref);
            if kind.is_none() || first == kind {
                found.insert(signature.returns.as_deref()?);
            }
        }
        let one = found.pop_first()?;
        found.is_empty().then_some(one)
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &Signature> {
        self.functions.get(name).into_iter().flatten()
    }
}

/// `name(a: A, B) -> C`, as the interpreter writes it.
fn parse(text: &str, engine: &Engine) -> Option<(String, Signature)> {
    let (head, returns) = match text.rsplit_once(") -> ") {
        Some((head, returns)) => (head, Some(returns)),
        None => (text.strip_suffix(')')?, None),
    };
    let (name, params) = head.split_once('(')?;
    let params = split(params).into_iter().map(|param| {
        let kind = param.rsplit_once(": ").map_or(param, |(_, kind)| kind);
        known(kind.trim_start_matches("&mut ").trim_start_matches('&'))
    });
    let returns = returns.and_then(|kind| {
        let inner = kind.split_once("Result<").map_or(kind, |(_, rest)| rest);
        known(engine.map_type_name(inner.split(",alloc::").next().unwrap_or(inner)))
    });
    Some((name.to_owned(), Signature { params: params.collect(), returns }))
}

/// A type, unless it may be any.
fn known(kind: &str) -> Option<String> {
    let any = matches!(kind, "?" | "T" | "_" | "") || kind.ends_with("Dynamic");
    (!any).then(|| kind.to_owned())
}

/// The parameters between the commas that stand in no brackets.
fn split(params: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut found) = (0usize, 0, Vec::new());
    for (at, c) in params.char_indices() {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.push(params[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    let last = params[begin..].trim();
    if !last.is_empty() {
        found.push(last);
    }
    found
}
