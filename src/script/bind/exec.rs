//! `exec`: a command inside a running container.

use std::sync::Arc;
use std::time::Duration;

use rhai::{Array, Dynamic, Engine, EvalAltResult, Map, Module};

use super::container::ContainerHandle;
use super::{Entry, World};
use crate::engine::Stream;
use crate::model::container::ExecSpec;
use crate::model::text::CommandLine;
use crate::script::fault::Fault;
use crate::script::values;
use crate::view::Sink;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) const ENTRIES: &[Entry] = &[Entry {
    owner: "",
    name: "exec",
    signature: "(container, command, options?)",
    doc: "Runs a command in a running container: a string through the container's shell, a list as it is, without any shell. \
          Returns a map with stdout, stderr, exit_code, ok, duration_ms and lines (of stdout). A non-zero exit throws, kind \
          \"command\", unless `check: false`. Options: env, user, working_dir, stdin (text or a blob), timeout, stream, check, tty \
          (with a terminal: all output is stdout, its lines end in CR LF), bytes (stdout and stderr are blobs; otherwise what is \
          not UTF-8 is replaced).",
    example: "let c = docker.run(\"$image\", #{name: \"doc-exec\", command: [\"sleep\", \"60\"]});\n\
              let told = exec(c, [\"echo\", \"one; two\"]);\nprint(told.stdout);\n\
              print(exec(c, \"exit 4\", #{check: false}).exit_code);\nc.remove();",
}];

pub(super) fn register(engine: &mut Engine, _module: &mut Module, world: &Arc<World>) {
    let full = world.clone();
    engine.register_fn("exec", move |container: Dynamic, command: Dynamic, options: Map| {
        exec(&full, &container, &command, &options)
    });
    let short = world.clone();
    engine.register_fn("exec", move |container: Dynamic, command: Dynamic| {
        exec(&short, &container, &command, &Map::new())
    });
    engine.register_fn("exec", |c: &mut ContainerHandle, command: Dynamic| {
        exec(c.world(), &Dynamic::from(c.clone()), &command, &Map::new())
    });
    engine.register_fn("exec", |c: &mut ContainerHandle, command: Dynamic, options: Map| {
        exec(c.world(), &Dynamic::from(c.clone()), &command, &options)
    });
}

/// A command as typed: text, or a list whose elements become arguments.
pub(super) fn command_line(value: &Dynamic) -> Result<CommandLine, Fault> {
    let line: CommandLine = crate::config::read(&values::to_node(value)?)?;
    match &line {
        CommandLine::Text(text) if text.trim().is_empty() => Err(Fault::invalid("the command is empty")),
        CommandLine::Arguments(list) if list.is_empty() => Err(Fault::invalid("the command is an empty list")),
        _ => Ok(line),
    }
}

fn exec(here: &Arc<World>, container: &Dynamic, command: &Dynamic, options: &Map) -> Answer<Map> {
    let world = values::world_of(container, here);
    let spec: ExecSpec = values::options(options, "exec")?;
    let container = values::subject(container, "container")?;
    let command = command_line(command)?;
    let engine = world.engine()?;
    let shown = Sink::new(&world.printer());
    let sink = |stream: Stream, bytes: &[u8]| match stream {
        _ if !spec.stream => {}
        Stream::Stdout => shown.stdout(bytes),
        Stream::Stderr => shown.stderr(bytes),
    };
    let output = world.about(&[&container], engine.exec(&container.id, &command, &spec, &sink))?;
    if spec.check && output.exit_code != 0 {
        let name = container.name;
        return Err(failed(&format!("command in {name}"), output.exit_code, &output.stderr, &name).into());
    }
    let mut told = result(&output.stdout, &output.stderr, output.exit_code, output.duration);
    if spec.bytes {
        told.insert("stdout".into(), Dynamic::from_blob(output.stdout));
        told.insert("stderr".into(), Dynamic::from_blob(output.stderr));
    }
    Ok(told)
}

/// The error of a command that exited non-zero: its last lines of stderr are in the message.
pub(super) fn failed(what: &str, exit_code: i64, stderr: &[u8], resource: &str) -> Fault {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let last = lines[lines.len().saturating_sub(5)..].join("\n");
    let mut message = format!("{what} exited with {exit_code}");
    if !last.is_empty() {
        message = format!("{message}: {last}");
    }
    let fault = Fault::new("command", message).hint("say `check: false` to get the exit code instead of an error");
    Fault { exit_code: Some(exit_code), resource: Some(resource.to_owned()), ..fault }
}

/// The result of a command, inside a container or on the host.
pub(super) fn result(stdout: &[u8], stderr: &[u8], exit_code: i64, duration: Duration) -> Map {
    let stdout = String::from_utf8_lossy(stdout).into_owned();
    let lines: Array = stdout.lines().map(|line| Dynamic::from(line.to_owned())).collect();
    let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    Map::from([
        ("stderr".into(), String::from_utf8_lossy(stderr).into_owned().into()),
        ("lines".into(), lines.into()),
        ("stdout".into(), stdout.into()),
        ("exit_code".into(), Dynamic::from_int(exit_code)),
        ("ok".into(), (exit_code == 0).into()),
        ("duration_ms".into(), Dynamic::from_int(millis)),
    ])
}
