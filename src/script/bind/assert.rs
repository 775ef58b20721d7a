//! Tests in scripts: `test`, and what holds or throws.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, FnPtr, Map, Module, NativeCallContext};

use super::{Entry, World};
use crate::model::test::TestSpec;
use crate::script::case::{Case, Unnoted};
use crate::script::fault::Fault;
use crate::script::flow::Closure;
use crate::script::values::{self, shown};

type Answer<T> = Result<T, Box<EvalAltResult>>;
type Context<'a> = NativeCallContext<'a>;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "test",
        signature: "(name, options?, function)",
        doc: "Notes a test, which passes unless its function throws. Tests run one after another once the rest of the script has; \
              `xnet test` runs those of many files and reports them. What a test defers is done when it ends. Options: timeout \
              (for each try), retries (tried again when it fails; one that passes then is told as flaky), skip (why it is not \
              run).",
        example: "test(\"numbers add up\", || assert_eq(1 + 1, 2));",
    },
    Entry {
        owner: "",
        name: "assert",
        signature: "(condition, message?)",
        doc: "Throws an error of kind \"assertion\" unless the condition is true.",
        example: "assert(2 > 1, \"numbers are in order\");",
    },
    Entry {
        owner: "",
        name: "assert_eq",
        signature: "(found, expected, message?)",
        doc: "Throws an error of kind \"assertion\", which shows both values, unless they are equal.",
        example: "assert_eq([1, 2].len(), 2);",
    },
];

impl From<Unnoted> for Fault {
    fn from(unnoted: Unnoted) -> Self {
        Self::invalid(unnoted.to_string())
    }
}

fn note(world: &World, context: &Context, name: &str, options: &Map, function: FnPtr) -> Answer<()> {
    let spec: TestSpec = values::options(options, "test")?;
    let case = Case { name: name.to_owned(), spec, body: Closure::new(context, function) };
    Ok(world.cases().note(case).map_err(Fault::from)?)
}

fn assert(condition: &Dynamic, message: &str) -> Answer<()> {
    match condition.as_bool() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Fault::new("assertion", message).into()),
        Err(_) => {
            let fault = Fault::invalid(format!("assert: expected true or false, found {}", values::a_kind(condition)));
            Err(fault.hint("compare it: assert(value == wanted), or assert(result.ok)").into())
        }
    }
}

fn assert_eq(context: &Context, found: Dynamic, expected: Dynamic, message: Option<&str>) -> Answer<()> {
    let (found, expected) = (found.flatten(), expected.flatten());
    let equal = context.call_native_fn_raw("==", false, &mut [&mut found.clone(), &mut expected.clone()])?;
    if equal.as_bool().unwrap_or(false) {
        return Ok(());
    }
    let lead = message.map_or(String::new(), |message| format!("{message}: "));
    let kinds = match (values::kind(&found), values::kind(&expected)) {
        (one, other) if one != other => format!(" ({one} and {other})"),
        _ => String::new(),
    };
    let message = format!("{lead}found {}, expected {}{kinds}", shown(&found), shown(&expected));
    Err(Fault::new("assertion", message).into())
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, world: &Arc<World>) {
    let own = world.clone();
    engine.register_fn("test", move |context: Context, name: &str, function: FnPtr| {
        note(&own, &context, name, &Map::new(), function)
    });
    let own = world.clone();
    engine.register_fn("test", move |context: Context, name: &str, options: Map, function: FnPtr| {
        note(&own, &context, name, &options, function)
    });
    engine.register_fn("assert", |condition: Dynamic| assert(&condition, "the condition is false"));
    engine.register_fn("assert", |condition: Dynamic, message: &str| assert(&condition, message));
    engine.register_fn("assert_eq", |context: Context, found: Dynamic, expected: Dynamic| {
        assert_eq(&context, found, expected, None)
    });
    engine.register_fn("assert_eq", |context: Context, found: Dynamic, expected: Dynamic, message: &str| {
        assert_eq(&context, found, expected, Some(message))
    });
}
