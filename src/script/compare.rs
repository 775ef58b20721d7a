//! Comparisons of values of different types. Rhai answers them with false, which makes `params.n > 3` of a text silently
//! skip a step: in tasks they are errors, as `Comparisons` says. Nothing else of the language changes.

use std::any::TypeId;
use std::sync::Arc;

use rhai::{
    ASTNode, Array, Dynamic, Engine, Expr, FnCallExpr, ImmutableString, Map, NativeCallContext, Position, Stmt,
};

use super::fault::Fault;
use super::source::{Comparisons, Source};

/// What a value is, as far as comparisons are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Nothing,
    Bool,
    Whole,
    Real,
    Text,
    List,
    Map,
}

const OPERATORS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];
const KINDS: [Kind; 7] = [Kind::Nothing, Kind::Bool, Kind::Whole, Kind::Real, Kind::Text, Kind::List, Kind::Map];

impl Kind {
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "a missing value",
            Self::Bool => "true or false",
            Self::Whole | Self::Real => "a number",
            Self::Text => "a string",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }

    fn id(self) -> TypeId {
        match self {
            Self::Nothing => TypeId::of::<()>(),
            Self::Bool => TypeId::of::<bool>(),
            Self::Whole => TypeId::of::<i64>(),
            Self::Real => TypeId::of::<f64>(),
            Self::Text => TypeId::of::<ImmutableString>(),
            Self::List => TypeId::of::<Array>(),
            Self::Map => TypeId::of::<Map>(),
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Whole | Self::Real)
    }

    /// What a literal is, or the length of something.
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        match expr {
            Expr::BoolConstant(..) => Some(Self::Bool),
            Expr::IntegerConstant(..) => Some(Self::Whole),
            Expr::FloatConstant(..) => Some(Self::Real),
            Expr::StringConstant(..) | Expr::InterpolatedString(..) => Some(Self::Text),
            Expr::Unit(..) => Some(Self::Nothing),
            Expr::Array(..) => Some(Self::List),
            Expr::Map(..) => Some(Self::Map),
            Expr::Dot(pair, ..) => match &pair.rhs {
                Expr::MethodCall(call, _) if call.name == "len" && call.args.is_empty() => Some(Self::Whole),
                _ => None,
            },
            _ => None,
        }
    }
}

/// What is compared by a call, if it is a comparison: its operator and both sides.
pub(super) fn sides(call: &FnCallExpr) -> Option<(&'static str, &Expr, &Expr)> {
    let operator = OPERATORS.into_iter().find(|operator| *operator == call.name.as_str())?;
    match call.args.as_slice() {
        [left, right] if call.op_token.is_some() => Some((operator, left, right)),
        _ => None,
    }
}

/// Why two values cannot be compared: words, and what to write instead. Whether something is there may always be asked.
pub(super) fn mismatch(operator: &str, left: Kind, right: Kind) -> Option<(String, Option<String>)> {
    let equality = matches!(operator, "==" | "!=");
    let missing = left == Kind::Nothing || right == Kind::Nothing;
    if missing && equality || !missing && (left == right || left.is_number() && right.is_number()) {
        return None;
    }
    let message = format!("{} cannot be compared with {} by `{operator}`", left.words(), right.words());
    let among = |kind: Kind| left == kind || right == kind;
    let hint = if missing {
        "ask first whether it is there: `x != () && x > 3`"
    } else if among(Kind::Text) && (left.is_number() || right.is_number()) {
        "`parse_int(x)` makes a number of a string; a parameter with `type: int` is one"
    } else if among(Kind::Text) && among(Kind::Bool) {
        "a parameter with `type: bool` is true or false; the string is written \"true\""
    } else if among(Kind::List) {
        "`x in list` asks what a list holds, `list.len()` how much"
    } else {
        return Some((message, None));
    };
    Some((message, Some(hint.to_owned())))
}

/// Makes such comparisons errors in scripts that this engine runs. Where equal values of different types are an error too,
/// only those are that are written: `in`, `contains` and what compares lists and maps ask of each element.
pub(super) fn refuse(engine: &mut Engine, source: &Source) {
    let (operators, written) = match source.comparisons {
        Comparisons::Any => return,
        Comparisons::Ordered => (&OPERATORS[2..], None),
        Comparisons::Alike => (&OPERATORS[..], Some(Arc::new(written(engine, &source.code)))),
    };
    // Otherwise what is built in is asked first.
    engine.set_fast_operators(false);
    for operator in operators.iter().copied() {
        for (left, right) in KINDS.into_iter().flat_map(|left| KINDS.into_iter().map(move |right| (left, right))) {
            let Some((message, hint)) = mismatch(operator, left, right) else { continue };
            let fault = Fault { hint, process_code: Some(2), ..Fault::new("comparison", message) };
            let written = written.clone();
            let refused = move |context: NativeCallContext, _: &mut [&mut Dynamic]| {
                if written.as_ref().is_some_and(|written| !written.contains(&context.call_position())) {
                    return Ok(operator == "!=");
                }
                Err::<bool, _>(fault.clone().into())
            };
            #[allow(deprecated, reason = "Rhai marks the call as volatile, not as going away")]
            engine.register_raw_fn(operator, [left.id(), right.id()], refused);
        }
    }
    if written.is_some() {
        for (operator, wanted) in [("==", true), ("!=", false)] {
            engine.register_fn(operator, move |context: NativeCallContext, left: &mut Array, right: Array| {
                same_lists(&context, left, &right) == wanted
            });
            engine.register_fn(operator, move |context: NativeCallContext, left: &mut Map, right: Map| {
                same_maps(&context, left, &right) == wanted
            });
        }
    }
}

/// Where comparisons are written.
fn written(engine: &Engine, code: &str) -> Vec<Position> {
    let mut found = Vec::new();
    // One that cannot be read is told when it is run.
    let Ok(ast) = engine.compile(code) else { return found };
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at))) = path.last()
            && sides(call).is_some()
        {
            found.push(*at);
        }
        true
    });
    found
}

/// Whether two elements are the same; what cannot be compared is not.
fn same(context: &NativeCallContext, left: &Dynamic, right: &Dynamic) -> bool {
    let (mut left, mut right) = (left.clone(), right.clone());
    let answer = context.call_native_fn_raw("==", true, &mut [&mut left, &mut right]);
    answer.ok().and_then(|answer| answer.as_bool().ok()).unwrap_or(false)
}

fn same_lists(context: &NativeCallContext, left: &Array, right: &Array) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(context, left, right))
}

fn same_maps(context: &NativeCallContext, left: &Map, right: &Map) -> bool {
    let known = |(key, value): (_, &Dynamic)| right.get::<str>(key).is_some_and(|other| same(context, value, other));
    left.len() == right.len() && left.iter().map(|(key, value)| (key.as_str(), value)).all(known)
}
