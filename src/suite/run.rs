//! Runs what was found: files at the same time, the tests of one file one after another.

use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use super::course::{Options, Run};
use super::declared;
use super::event::{Sink, Tally};
use super::file::FileOfTests;
use super::find::{Declared, Found};
use crate::runtime::pool::{Width, each};
use crate::script::{Context, Error, Interpreter, Source};

/// What is run by itself.
enum Unit<'a> {
    File(&'a PathBuf),
    Declared(&'a Declared),
}

/// Bytes of stack, for values that are nested deeply.
const STACK: usize = 64 << 20;

/// Runs what was found, and tells the sinks of each test as it ends.
pub fn run(found: &Found, context: &Context, options: &Options, sinks: &[&dyn Sink]) -> io::Result<Tally> {
    let begun = Instant::now();
    let run = Run::new(context, options, sinks);
    let files = found.files.iter().map(Unit::File);
    let units: Vec<Unit> = files.chain(found.declared.iter().map(Unit::Declared)).collect();
    let work = |index: usize| match units[index] {
        Unit::File(path) => FileOfTests::new(&run, path).run(),
        Unit::Declared(declared) => declared::run(&run, declared),
    };
    thread::scope(|scope| {
        let width = Width { most: options.jobs, stack: Some(STACK) };
        let (units, work) = (&units, &work);
        let whole = move || each(width, units.len(), work);
        let thread = thread::Builder::new().name("xnet-tests".into()).stack_size(STACK).spawn_scoped(scope, whole)?;
        thread.join().map_err(|_| io::Error::other("a thread that ran tests panicked"))
    })?;
    let tally = run.tally();
    sinks.iter().for_each(|sink| sink.end(&tally, begun.elapsed()));
    Ok(tally)
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
pub fn list(found: &Found, context: &Context, options: &Options) -> Result<Vec<Listed>, Error> {
    let interpreter = Interpreter::new(context.clone());
    let mut all = Vec::new();
    for path in &found.files {
        let file = path.display().to_string();
        let source = Source::file(path)?;
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
