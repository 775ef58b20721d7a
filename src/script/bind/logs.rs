//! `docker.logs`: what a container wrote, at once or line by line.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, FnPtr, Map, Module, NativeCallContext};

use super::container::ContainerHandle;
use super::docker::Docker;
use super::{Entry, World};
use crate::engine::Stream;
use crate::model::logs::{LogsFault, LogsSpec};
use crate::script::fault::Fault;
use crate::script::flow::Taker;
use crate::script::values;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker",
        name: "logs",
        signature: "(container, options?, function?)",
        doc: "What the container's process wrote, as a map with `stdout` and `stderr`. Options: tail (lines), since and before \
              (\"10m\" for ten minutes ago, an RFC 3339 time, or seconds since 1970), timestamps, stdout and stderr (`false` \
              leaves it out). With a function `|line, stream|` the lines are handed to it one by one, without their ends; \
              `stream` is \"stdout\" or \"stderr\" and may be left out. `follow: true` goes on with what is written from now on, \
              until the function answers `false`, the container ends, `timeout` is over, or Ctrl-C. A line of more than 1 MiB \
              comes in pieces.",
        example: "let c = docker.run(\"$image\", #{name: \"doc-logs\", command: [\"sh\", \"-c\", \"echo up; sleep 60\"]});\n\
                  docker.logs(c, #{follow: true, timeout: \"10s\"}, |line| { print(line); false });\n\
                  print(c.logs(#{tail: 1}).stdout);\nc.remove();",
    },
    Entry {
        owner: "Container",
        name: "logs",
        signature: "(options?, function?)",
        doc: "As docker.logs. A function that uses the handle itself goes with docker.logs(c, …): a handle cannot be used \
              while one of its own calls is under way.",
        example: "",
    },
];

impl From<LogsFault> for Fault {
    fn from(fault: LogsFault) -> Self {
        Self::invalid(format!("docker.logs: {fault}")).hint(fault.hint())
    }
}

fn logs(world: &World, name: &Dynamic, options: &Map) -> Answer<Dynamic> {
    let spec: LogsSpec = values::options(options, "docker.logs")?;
    spec.check(false).map_err(Fault::from)?;
    let name = values::subject(name, "container")?;
    let engine = world.engine()?;
    let logs = world.about(&[&name], engine.logs(&name.id, &spec))?;
    let text = |bytes: Vec<u8>| Dynamic::from(String::from_utf8_lossy(&bytes).into_owned());
    let map = Map::from([("stdout".into(), text(logs.stdout)), ("stderr".into(), text(logs.stderr))]);
    Ok(map.into())
}

fn lines(world: &World, name: &Dynamic, options: &Map, mut taker: Taker) -> Answer<()> {
    let spec: LogsSpec = values::options(options, "docker.logs")?;
    spec.check(true).map_err(Fault::from)?;
    let name = values::subject(name, "container")?;
    let engine = world.engine()?;
    let lines = world.about(&[&name], engine.log_lines(&name.id, &spec))?;
    world.each(
        lines,
        spec.timeout.map(|span| span.0),
        |fault| name.told(fault),
        |line| {
            let stream = if line.stream == Stream::Stdout { "stdout" } else { "stderr" };
            taker.goes_on(&[String::from_utf8_lossy(&line.text).into_owned().into(), stream.into()])
        },
    )
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    type Handle = ContainerHandle;
    engine.register_fn("logs", |docker: &mut Docker, name: Dynamic, options: Map| logs(&docker.0, &name, &options));
    engine.register_fn("logs", |docker: &mut Docker, name: Dynamic| logs(&docker.0, &name, &Map::new()));
    engine.register_fn("logs", |context: NativeCallContext, docker: &mut Docker, name: Dynamic, function: FnPtr| {
        lines(&docker.0, &name, &Map::new(), Taker::new(&context, function))
    });
    engine.register_fn(
        "logs",
        |context: NativeCallContext, docker: &mut Docker, name: Dynamic, options: Map, function: FnPtr| {
            lines(&docker.0, &name, &options, Taker::new(&context, function))
        },
    );
    engine.register_fn("logs", |c: &mut Handle, options: Map| logs(c.world(), &Dynamic::from(c.clone()), &options));
    engine.register_fn("logs", |c: &mut Handle| logs(c.world(), &Dynamic::from(c.clone()), &Map::new()));
    engine.register_fn("logs", |context: NativeCallContext, c: &mut Handle, function: FnPtr| {
        lines(c.world(), &Dynamic::from(c.clone()), &Map::new(), Taker::new(&context, function))
    });
    engine.register_fn("logs", |context: NativeCallContext, c: &mut Handle, options: Map, function: FnPtr| {
        lines(c.world(), &Dynamic::from(c.clone()), &options, Taker::new(&context, function))
    });
}
