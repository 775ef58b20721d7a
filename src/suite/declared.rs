//! A test of a config file: one probe, held against what it must find.

use std::time::Instant;

use super::course::Run;
use super::event::{Ending, Failed, Finished};
use super::find::Declared;
use crate::engine::Engine;
use crate::model::probe::place::{Destination, Source};
use crate::model::probe::reach::ReachSpec;
use crate::probe;
use crate::runtime;
use crate::view::Diagnostic;

pub(super) fn run(run: &Run, declared: &Declared) {
    let name = declared.test.title();
    if !run.wants(&declared.file, &name) {
        return;
    }
    if !run.goes_on() {
        return run.not_run(&declared.file, &name);
    }
    let begun = Instant::now();
    let retries = u32::from(declared.test.retries.unwrap_or(run.options.patience.retries));
    let (mut tries, mut first) = (1, None);
    let ending = loop {
        match attempt(run, declared) {
            Tried::Stopped => break Ending::Interrupted,
            Tried::Ended(None) => {
                break first.map_or(Ending::Passed, |first: Box<Failed>| Ending::Flaky(first.diagnostic.into()));
            }
            Tried::Ended(Some(failed)) if tries > retries => break Ending::Failed(*failed),
            Tried::Ended(Some(failed)) => first = first.or(Some(failed)),
        }
        tries += 1;
    };
    let (file, duration) = (declared.file.clone(), begun.elapsed());
    run.tell(&Finished { file, name, ending, duration, tries, output: String::new() });
}

enum Tried {
    Stopped,
    Ended(Option<Box<Failed>>),
}

fn attempt(run: &Run, declared: &Declared) -> Tried {
    let at = |diagnostic: Diagnostic, kind: &str, code: u8| {
        let diagnostic = diagnostic.at(declared.place.clone());
        Tried::Ended(Some(Box::new(Failed { diagnostic, kind: kind.to_owned(), code })))
    };
    let told = |error: &probe::Error| {
        at(Diagnostic::new(error.to_string()).hint(error.hint()), error.kind(), error.exit_code())
    };
    let test = &declared.test;
    let (Ok(from), to) = (test.from.parse::<Source>(), test.to.parse::<Destination>());
    let to = match to {
        Ok(to) => to,
        Err(fault) => return told(&fault.into()),
    };
    let spec = ReachSpec { timeout: test.timeout, ..ReachSpec::default() };
    let context = run.context;
    let work = async {
        let engine = Engine::connect(&context.target, context.ownership.clone()).await?;
        context.probers.on(&engine).expect(&from, &to, &spec, test.expect).await
    };
    match runtime::wait(&context.cancel, work) {
        Err(_) => Tried::Stopped,
        Ok(Err(error)) => told(&error),
        Ok(Ok(None)) => Tried::Ended(None),
        Ok(Ok(Some(unmet))) => at(Diagnostic::new(unmet.message).hint(unmet.hint), "assertion", 1),
    }
}
