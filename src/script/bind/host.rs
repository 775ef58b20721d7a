//! The machine that xnet runs on: `sh`, `quote`, `env`, `sleep`.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::{Entry, World};
use crate::model::duration::Span;
use crate::runtime;
use crate::script::fault::Fault;
use crate::script::values;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "quote",
        signature: "(text)",
        doc: "The text as one word of a POSIX shell, whatever it holds.",
        example: "print(quote(\"it's; $(id)\"));",
    },
    Entry {
        owner: "",
        name: "env",
        signature: "(name, default?)",
        doc: "An environment variable, or the default, or () when it is not set. `env` is also a map of all of them.",
        example: "print(env(\"NO_SUCH_VARIABLE\", \"none\"));",
    },
    Entry {
        owner: "",
        name: "sleep",
        signature: "(time)",
        doc: "Waits: a number of seconds, or \"250ms\", \"5s\", \"2m\". Ctrl-C ends it.",
        example: "sleep(\"10ms\");",
    },
    Entry {
        owner: "",
        name: "exit",
        signature: "(code)",
        doc: "Ends the script; xnet exits with the code.",
        example: "",
    },
];

fn quote(text: &str) -> Answer<String> {
    match shlex::try_quote(text) {
        Ok(word) => Ok(word.into_owned()),
        Err(_) => Err(Fault::invalid("a NUL byte cannot stand in a word of a shell").into()),
    }
}

fn sleep(world: &Arc<World>, time: &Dynamic) -> Answer<()> {
    let span: Span = crate::config::read(&values::to_node(time)?).map_err(Fault::from)?;
    runtime::wait(&world.cancel(), async { tokio::time::sleep(span.0).await }).map_err(Fault::from)?;
    Ok(())
}

fn variable(name: &str) -> Dynamic {
    std::env::var_os(name).map_or(Dynamic::UNIT, |value| value.to_string_lossy().into_owned().into())
}

pub(super) fn register(engine: &mut Engine, module: &mut Module, world: &Arc<World>) {
    engine.register_fn("quote", quote);
    let sleeping = world.clone();
    engine.register_fn("sleep", move |time: Dynamic| sleep(&sleeping, &time));
    // Rhai's own take exact types, and would win over ours; they cannot be interrupted.
    let sleeping = world.clone();
    engine.register_fn("sleep", move |seconds: i64| sleep(&sleeping, &seconds.into()));
    let sleeping = world.clone();
    engine.register_fn("sleep", move |seconds: f64| sleep(&sleeping, &seconds.into()));
    engine.register_fn("env", variable);
    engine.register_fn("env", |name: &str, default: Dynamic| {
        let value = variable(name);
        if value.is_unit() { default } else { value }
    });
    let all: Map = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().as_ref().into(), value.to_string_lossy().into_owned().into()))
        .collect();
    module.set_var("env", all);
}
