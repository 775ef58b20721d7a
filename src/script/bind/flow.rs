//! What governs other calls: `parallel`, `retry`, `wait_for`, `defer`.

use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, Map, Module, NativeCallContext};

use super::{Entry, World};
use crate::model::flow::{ParallelSpec, RetrySpec, WaitSpec};
use crate::script::flow::{self, Closure};
use crate::script::values;

type Answer<T> = Result<T, Box<EvalAltResult>>;
type Context<'a> = NativeCallContext<'a>;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "parallel",
        signature: "(list, function?, options?)",
        doc: "Calls each function of the list at the same time, or one function `|element, index|` with each element, on threads, \
              and returns the values in the order of the list. Options: limit (how many at a time: 16 elements, or all of the \
              functions), fail_fast (default true: after an error nothing more begins; what has begun comes to its end). The \
              first error is thrown with its place, the others are told. Variables around a function are shared when one of the \
              functions changes them; handles, lists and maps that they only read are copied to each. A call that is nested in \
              others shares their 256 threads and never waits for one.",
        example: "let squares = parallel([1, 2, 3], |n| n * n, #{limit: 2});\nprint(squares);\n\
                  print(parallel([|| quote(\"a b\"), || 1 + 1]));",
    },
    Entry {
        owner: "",
        name: "retry",
        signature: "(options, function)",
        doc: "Calls the function until it throws nothing, and returns its value; after the last try its error is thrown, with the \
              number of tries. The function may take the number of the try, from 1. A mistake in the script or in an option is \
              thrown at once. Options: times (tries in all, default 3), delay (default \"1s\"), backoff (a factor from 1, \
              \"constant\" or \"exponential\"), max_delay, when (a function `|error, try|` that says whether to try again).",
        example: "let got = retry(#{times: 5, delay: \"10ms\", backoff: 2}, |n| if n < 3 { throw \"not yet\" } else { n });\n\
                  print(got);",
    },
    Entry {
        owner: "",
        name: "wait_for",
        signature: "(options, function)",
        doc: "Calls the function until it answers true, or a map whose `ok` is true (a probe's result), and returns that answer. \
              `false`, `()` and an error mean: not yet. When the time is over it throws an error of kind \"timeout\" with the \
              last answer or error, and ends a call that is still under way. Options: timeout (default \"30s\"), every (the \
              pause between two calls, default \"250ms\").",
        example: "wait_for(#{timeout: \"10s\", every: \"10ms\"}, |n| n > 2);",
    },
    Entry {
        owner: "",
        name: "defer",
        signature: "(function)",
        doc: "Has the function called when the script ends, well or with an error or by Ctrl-C; in the REPL when the session ends. \
              What was deferred last is done first. Ctrl-C does not stop it, a second Ctrl-C does. An error in it fails the \
              script, unless that has failed already: then it is told beside the first. What it needs must be there before it: \
              defer the removal right after what is made.",
        example: "let net = docker.network.create(\"doc-defer\");\ndefer(|| net.remove());\nprint(net.exists());",
    },
];

fn parallel(world: &World, context: &Context, list: &Dynamic, function: Option<FnPtr>, options: &Map) -> Answer<Array> {
    let spec: ParallelSpec = values::options(options, "parallel")?;
    flow::parallel(world, context, &values::list(list, "parallel")?, function.as_ref(), spec)
}

fn retry(world: &World, context: &Context, mut options: Map, function: FnPtr) -> Answer<Dynamic> {
    let when = values::take_function(&mut options, "when", "retry")?;
    let spec: RetrySpec = values::options(&options, "retry")?;
    flow::retry(world, context, spec, when, function)
}

fn wait_for(world: &World, context: &Context, options: &Map, function: FnPtr) -> Answer<Dynamic> {
    let spec: WaitSpec = values::options(options, "wait_for")?;
    flow::wait_for(world, context, spec, function)
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, world: &Arc<World>) {
    let own = world.clone();
    engine.register_fn("parallel", move |context: Context, list: Dynamic| {
        parallel(&own, &context, &list, None, &Map::new())
    });
    let own = world.clone();
    engine.register_fn("parallel", move |context: Context, list: Dynamic, options: Map| {
        parallel(&own, &context, &list, None, &options)
    });
    let own = world.clone();
    engine.register_fn("parallel", move |context: Context, list: Dynamic, function: FnPtr| {
        parallel(&own, &context, &list, Some(function), &Map::new())
    });
    let own = world.clone();
    engine.register_fn("parallel", move |context: Context, list: Dynamic, function: FnPtr, options: Map| {
        parallel(&own, &context, &list, Some(function), &options)
    });
    let own = world.clone();
    engine.register_fn("retry", move |context: Context, options: Map, function: FnPtr| {
        retry(&own, &context, options, function)
    });
    let own = world.clone();
    engine.register_fn("wait_for", move |context: Context, options: Map, function: FnPtr| {
        wait_for(&own, &context, &options, function)
    });
    let own = world.clone();
    engine.register_fn("defer", move |context: Context, function: FnPtr| {
        own.defer(Closure::new(&context, function));
    });
}
