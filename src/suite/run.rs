//! A run of tests: files at the same time, the tests of one file one after another.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::event::{Ending, Finished, Sink, Tally};
use super::file::FileOfTests;
use super::find::{Declared, Found};
use crate::runtime::pool::{Width, each};
use crate::script::{Context, Patience};

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files at a time.
    pub jobs: usize,
    /// Only tests whose `FILE: NAME` holds this text.
    pub filter: Option<String>,
    pub patience: Patience,
    /// Whether nothing more begins after a failure.
    pub fail_fast: bool,
}

/// What is run by itself.
enum Unit<'a> {
    File(&'a PathBuf),
    Declared(&'a Declared),
}

/// What the units of a run share.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context,
    pub(super) options: &'a Options,
    sinks: &'a [&'a dyn Sink],
    tally: Mutex<Tally>,
    failed: AtomicBool,
}

/// Bytes of stack, for values that are nested deeply.
const STACK: usize = 64 << 20;

/// Runs what was found, and tells the sinks of each test as it ends.
pub fn run(found: &Found, context: &Context, options: &Options, sinks: &[&dyn Sink]) -> io::Result<Tally> {
    let begun = Instant::now();
    let run = Run { context, options, sinks, tally: Mutex::default(), failed: AtomicBool::new(false) };
    let files = found.files.iter().map(Unit::File);
    let units: Vec<Unit> = files.chain(found.declared.iter().map(Unit::Declared)).collect();
    let work = |index: usize| match units[index] {
        Unit::File(path) => FileOfTests::new(&run, path).run(),
        Unit::Declared(declared) => super::declared::run(&run, declared),
    };
    thread::scope(|scope| {
        let width = Width { most: options.jobs, stack: Some(STACK) };
        let (units, work) = (&units, &work);
        let whole = move || each(width, units.len(), work);
        let thread = thread::Builder::new().name("xnet-tests".into()).stack_size(STACK).spawn_scoped(scope, whole)?;
        thread.join().map_err(|_| io::Error::other("a thread that ran tests panicked"))
    })?;
    let tally = run.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    sinks.iter().for_each(|sink| sink.end(&tally, begun.elapsed()));
    Ok(tally)
}

impl Run<'_> {
    pub(super) fn tell(&self, finished: &Finished) {
        if matches!(finished.ending, Ending::Failed(_)) {
            self.failed.store(true, Ordering::SeqCst);
        }
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).count(finished);
        self.sinks.iter().for_each(|sink| sink.tell(finished));
    }

    /// Whether another test is to begin.
    pub(super) fn goes_on(&self) -> bool {
        let stopped = self.options.fail_fast && self.failed.load(Ordering::SeqCst);
        !stopped && self.context.cancel.reason().is_none()
    }

    pub(super) fn not_run(&self, file: &str, name: &str) {
        self.tell(&Finished {
            file: file.to_owned(),
            name: name.to_owned(),
            ending: Ending::NotRun,
            duration: Duration::ZERO,
            tries: 0,
            output: String::new(),
        });
    }

    pub(super) fn wants(&self, file: &str, name: &str) -> bool {
        self.options.wants(file, name)
    }
}

impl Options {
    fn wants(&self, file: &str, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|text| format!("{file}: {name}").contains(text.as_str()))
    }
}

/// A test that would run.
#[derive(Debug)]
pub struct Listed {
    pub file: String,
    /// Not known before the file runs where it is no plain text.
    pub name: Option<String>,
    pub line: Option<usize>,
}

/// The tests that would run, as far as the texts tell: nothing of them runs.
pub fn list(found: &Found, context: &Context, options: &Options) -> Result<Vec<Listed>, crate::script::Error> {
    let interpreter = crate::script::Interpreter::new(context.clone());
    let mut all = Vec::new();
    for path in &found.files {
        let file = path.display().to_string();
        let source = crate::script::Source::file(path)?;
        let tests = interpreter.tests(&source)?.into_iter();
        let wanted = tests.filter(|test| test.name.as_ref().is_none_or(|name| options.wants(&file, name)));
        all.extend(wanted.map(|test| Listed {
            file: file.clone(),
            name: test.name,
            line: test.place.map(|place| place.line),
        }));
    }
    let declared = found.declared.iter().filter(|declared| options.wants(&declared.file, &declared.test.title()));
    all.extend(declared.map(|declared| Listed {
        file: declared.file.clone(),
        name: Some(declared.test.title()),
        line: declared.place.as_ref().map(|place| place.line),
    }));
    Ok(all)
}
