//! The machine that xnet runs on: `sh`, `quote`, `env`, `sleep`.

use std::path::PathBuf;
use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};
use serde::Deserialize;

use super::exec::{command_line, failed, result};
use super::{Entry, World};
use crate::model::duration::Span;
use crate::model::text::{self, CommandLine, Pairs};
use crate::runtime;
use crate::runtime::process::{Output, Process, Unfinished};
use crate::script::fault::Fault;
use crate::script::values;
use crate::view::Sink;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "sh",
        signature: "(command, options?)",
        doc: "Runs a command on this machine: a string through /bin/sh, a list as it is. Output is shown as it comes, and \
              returned as by exec: stdout, stderr (its last 64 KiB), exit_code, ok, duration_ms, lines. A non-zero exit throws \
              unless `check: false`. Options: env, working_dir, stdin, timeout, stream (default true), check.",
        example: "let told = sh([\"echo\", \"a b\"], #{stream: false});\nprint(told.lines[0]);",
    },
    Entry {
        owner: "",
        name: "print",
        signature: "(value)",
        doc: "Prints a value on a line of stdout. `debug(value)` prints it to stderr, with its place.",
        example: "print(\"hello\");",
    },
    Entry {
        owner: "",
        name: "params",
        signature: "",
        doc: "A map of the `name=value` words of the command line, or of the parameters of the task.",
        example: "print(params.get(\"image\", \"busybox\"));",
    },
    Entry {
        owner: "",
        name: "args",
        signature: "",
        doc: "A list of all words after the script on the command line.",
        example: "for word in args { print(word); }",
    },
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::script) struct ShellOptions {
    #[serde(deserialize_with = "text::environment")]
    env: Pairs,
    #[serde(alias = "workdir", alias = "workingDir")]
    working_dir: Option<PathBuf>,
    stdin: Option<String>,
    timeout: Option<Span>,
    stream: bool,
    check: bool,
}

impl Default for ShellOptions {
    fn default() -> Self {
        Self { env: Pairs::default(), working_dir: None, stdin: None, timeout: None, stream: true, check: true }
    }
}

fn sh(world: &Arc<World>, command: &Dynamic, options: &Map) -> Answer<Map> {
    let options: ShellOptions = values::options(options, "sh")?;
    let process = match command_line(command)? {
        CommandLine::Text(text) => Process::shell(&text),
        CommandLine::Arguments(words) => {
            Process { arguments: words.into_iter().map(Into::into).collect(), ..Process::default() }
        }
    };
    let program = process.arguments[0].to_string_lossy().into_owned();
    let process = Process {
        env: world
            .context()
            .env
            .into_iter()
            .chain(options.env.0)
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        folder: folder(world.context().folder, options.working_dir),
        stdin: options.stdin.map(String::into_bytes),
        capture: true,
        timeout: options.timeout.map(|span| span.0),
        ..process
    };
    let shown = Sink::new(&world.printer());
    let sink = |output: Output, bytes: &[u8]| match output {
        _ if !options.stream => {}
        Output::Stdout => shown.stdout(bytes),
        Output::Stderr => shown.stderr(bytes),
    };
    let ended = process.run(&world.cancel(), &sink).map_err(Fault::from)?;
    let code = i64::from(ended.exit_code);
    if options.check && code != 0 {
        return Err(failed("the command", code, &ended.stderr, &program).into());
    }
    Ok(result(&ended.stdout, &ended.stderr, code, ended.duration))
}

/// A task's folder may be made by its own scripts: until then these run where they would without.
fn folder(here: Option<PathBuf>, own: Option<PathBuf>) -> Option<PathBuf> {
    match (here.filter(|here| here.is_dir()), own) {
        (Some(here), Some(own)) => Some(here.join(own)),
        (here, own) => own.or(here),
    }
}

impl From<Unfinished> for Fault {
    fn from(unfinished: Unfinished) -> Self {
        match unfinished {
            Unfinished::Stopped(stopped) => stopped.into(),
            Unfinished::TimedOut { .. } => Self::new("timeout", unfinished.to_string()),
            Unfinished::NotStarted { .. } | Unfinished::NoFolder { .. } => {
                Self { exit_code: Some(127), ..Self::new("command", unfinished.to_string()) }
            }
            Unfinished::TooMuch => Self::new("command", unfinished.to_string()).hint("send it to a file"),
        }
    }
}

fn sleep(world: &Arc<World>, time: &Dynamic) -> Answer<()> {
    let span: Span = crate::config::read(&values::to_node(time)?).map_err(Fault::from)?;
    runtime::wait(&world.cancel(), async { tokio::time::sleep(span.0).await }).map_err(Fault::from)?;
    Ok(())
}

/// The environment of this process, with what a task's step sets over it.
fn environment(world: &World) -> Map {
    let inherited = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
    let all = inherited.chain(world.context().env);
    all.map(|(name, value)| (name.into(), value.into())).collect()
}

pub(super) fn register(engine: &mut Engine, module: &mut Module, world: &Arc<World>) {
    engine.register_fn("quote", quote);
    let full = world.clone();
    engine.register_fn("sh", move |command: Dynamic, options: Map| sh(&full, &command, &options));
    let short = world.clone();
    engine.register_fn("sh", move |command: Dynamic| sh(&short, &command, &Map::new()));
    let sleeping = world.clone();
    engine.register_fn("sleep", move |time: Dynamic| sleep(&sleeping, &time));
    // Rhai's own take exact types, and would win over ours; they cannot be interrupted.
    let sleeping = world.clone();
    engine.register_fn("sleep", move |seconds: i64| sleep(&sleeping, &seconds.into()));
    let sleeping = world.clone();
    engine.register_fn("sleep", move |seconds: f64| sleep(&sleeping, &seconds.into()));
    let all = environment(world);
    module.set_var("env", all.clone());
    let one = all.clone();
    engine.register_fn("env", move |name: &str| one.get(name).cloned().unwrap_or(Dynamic::UNIT));
    engine.register_fn("env", move |name: &str, default: Dynamic| all.get(name).cloned().unwrap_or(default));
}
