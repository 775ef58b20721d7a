//! What can be known to be wrong before anything runs: cycles of tasks, unknown tasks, parameters and names, texts that
//! are not expressions.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use super::confirm;
use super::environment::{environment, lacks_a_file};
use super::error::Error;
use super::evaluates::Evaluated;
use super::interpolate::{Part, in_shell, parts};
use super::model::{Action, Call, ExecCommand, INDEX, Items, MATRIX, OnFailure, Step, TASK, Target, Task, is_path};
use super::params;
use super::read::RESERVED;
use super::reference::{Fault, Reference, Target as Refers};
use super::schema::ParamKind;
use super::script_text::{self, source};
use super::text::Text;
use crate::model::names;
use crate::script::Interpreter;
use crate::view::Diagnostic;

/// Checks a task and all it calls.
/// `yes` is whether questions are answered already.
pub(super) fn check(task: &Task, catalogue: &Catalogue, interpreter: &Interpreter, yes: bool) -> Result<(), Error> {
    let mut checker = Checker { catalogue, interpreter, yes, path: Vec::new(), seen: BTreeSet::new(), found: None };
    checker.task(task, &BTreeSet::new())
}

/// All that is wrong with a task and what it calls. What depends on where and when it runs is not asked: the environment,
/// secrets, whether somebody can confirm it.
pub(super) fn all(task: &Task, catalogue: &Catalogue, interpreter: &Interpreter) -> Vec<Error> {
    let found = RefCell::new(Vec::new());
    let mut checker =
        Checker { catalogue, interpreter, yes: true, path: Vec::new(), seen: BTreeSet::new(), found: Some(&found) };
    if let Err(error) = checker.task(task, &BTreeSet::new()) {
        found.borrow_mut().push(error);
    }
    found.into_inner()
}

/// Puts a fault of a text where it stands in the file.
pub(super) fn placed(fault: Fault, text: &Text) -> Error {
    let place = text.place(fault.offset, fault.len);
    Error::Invalid(Box::new(Diagnostic::new(fault.message).at(Some(place)).hint(fault.hint)))
}

struct Checker<'a> {
    catalogue: &'a Catalogue,
    interpreter: &'a Interpreter,
    yes: bool,
    path: Vec<&'a str>,
    seen: BTreeSet<(String, Vec<String>)>,
    /// Where faults go when all are asked for; the first ends the check otherwise.
    found: Option<&'a RefCell<Vec<Error>>>,
}

/// How deep tasks may call each other.
const DEEPEST: usize = 100;

/// Shells that read `"${NAME}"` as POSIX says.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "busybox"];

/// Shells that evaluate what `[` compares as numbers.
const KORN: [&str; 3] = ["zsh", "ksh", "mksh"];

/// What a text of a task may refer to.
#[derive(Clone)]
struct Known<'a> {
    task: &'a Task,
    registered: BTreeSet<String>,
    env: BTreeSet<String>,
    /// Set by dotenv files, which those it calls do not see.
    dotenv: BTreeSet<String>,
    /// How many of `vars` are set.
    vars: usize,
    /// Whether it is about to run here: then its environment must be whole.
    live: bool,
    /// The steps whose results are there.
    earlier: Vec<&'a Step>,
    /// What a loop binds, and whether how the task went is known.
    locals: BTreeSet<String>,
}

impl<'a> Checker<'a> {
    /// Takes note of a fault and goes on, when all are asked for.
    fn noted(&self, outcome: Result<(), Error>) -> Result<(), Error> {
        match (outcome, self.found) {
            (Err(error), Some(found)) => {
                found.borrow_mut().push(error);
                Ok(())
            }
            (outcome, _) => outcome,
        }
    }

    /// `env` are the variables set by callers.
    fn task(&mut self, task: &'a Task, env: &BTreeSet<String>) -> Result<(), Error> {
        if !self.seen.insert((task.name.clone(), env.iter().cloned().collect())) {
            return Ok(());
        }
        self.path.push(&task.name);
        let (registered, env) = (task.registered(), env.clone());
        let live = self.found.is_none();
        let mut known = Known {
            task,
            registered,
            env,
            dotenv: BTreeSet::new(),
            vars: 0,
            live,
            earlier: Vec::new(),
            locals: BTreeSet::new(),
        };
        match environment(task) {
            Ok(environment) => known.dotenv.extend(environment.into_keys()),
            Err(_) if !live && lacks_a_file(task) => {}
            Err(error) => self.noted(Err(error))?,
        }
        for (_, text) in task.vars() {
            self.noted(known.plain(text))?;
            known.vars += 1;
        }
        if let Some(question) = &task.about.confirm {
            self.noted(known.plain(question))?;
            confirm::check(task, self.path.first().unwrap_or(&task.name.as_str()), self.yes)?;
        }
        for need in &task.needs {
            let outcome = self.call(need, &Known { env: BTreeSet::new(), ..known.clone() });
            self.noted(outcome)?;
        }
        for text in task.env.iter().map(|(_, text)| text).chain(task.matrix.iter().flat_map(|(_, texts)| texts)) {
            self.noted(known.plain(text))?;
        }
        known.env.extend(task.env.iter().map(|(name, _)| name.clone()));
        task.workdir.iter().try_for_each(|text| self.noted(known.plain(text)))?;
        known.locals.extend((!task.matrix.is_empty()).then(|| MATRIX.to_owned()));
        for step in &task.steps {
            self.step(step, &mut known)?;
            if !task.parallel || !task.matrix.is_empty() {
                known.earlier.push(step);
            }
        }
        known.earlier = if task.matrix.is_empty() { task.steps.iter().collect() } else { Vec::new() };
        known.locals = BTreeSet::from([TASK.to_owned()]);
        known.registered.insert(TASK.to_owned());
        task.returns.iter().try_for_each(|text| self.noted(self.expression(text, &known, &[])))?;
        for steps in [&task.on_error, &task.last] {
            let before = known.earlier.len();
            for step in steps {
                self.step(step, &mut known)?;
                known.earlier.push(step);
            }
            // Whether `on_error` has run is not known to `finally`.
            known.earlier.truncate(before);
        }
        self.path.pop();
        Ok(())
    }

    fn step(&mut self, step: &'a Step, known: &mut Known<'a>) -> Result<(), Error> {
        let bound: Vec<String> = step.bound().collect();
        let bound: Vec<&str> = bound.iter().map(String::as_str).collect();
        for text in step.retry.iter().filter_map(|retry| retry.when.as_ref()) {
            self.noted(self.expression(text, known, &[&bound[..], &["result", "attempt"]].concat()))?;
        }
        if let Some(text) = &step.when {
            self.noted(self.expression(text, known, &bound))?;
        }
        match step.each.as_ref().map(|each| &each.items) {
            Some(Items::Expression(text)) => self.noted(self.expression(text, known, &[]))?,
            Some(Items::List(list)) => list.iter().try_for_each(|text| self.noted(known.plain(text)))?,
            None => {}
        }
        let outer = known.clone();
        known.registered.extend(step.bound());
        known.locals.extend(step.bound());
        for (_, text) in &step.env {
            self.noted(known.plain(text))?;
        }
        known.env.extend(step.env.iter().map(|(name, _)| name.clone()));
        step.workdir
            .iter()
            .chain(step.targets.iter().map(Target::text))
            .try_for_each(|text| self.noted(known.plain(text)))?;
        step.targets.iter().try_for_each(|target| self.noted(self.target(target)))?;
        let outcome = self.action(&step.action, step, known);
        self.noted(outcome)?;
        known.earlier.push(step);
        let outcome = match &step.on_failure {
            OnFailure::Abort | OnFailure::Continue => Ok(()),
            OnFailure::Command(text) => known.command(text).and_then(|()| known.shell(step, text)),
            OnFailure::Call(call) => self.call(call, known),
        };
        self.noted(outcome)?;
        *known = outer;
        Ok(())
    }

    fn action(&mut self, action: &'a Action, step: &Step, known: &Known) -> Result<(), Error> {
        match action {
            Action::Command(text) => self.noted(known.command(text)).and_then(|()| known.shell(step, text)),
            Action::Script(text) => self.script(text),
            Action::Call(call) => self.call(call, known),
            Action::Exec(exec) => {
                exec.plain().try_for_each(|text| self.noted(known.plain(text)))?;
                match &exec.command {
                    ExecCommand::Shell(text) => known.command(text),
                    ExecCommand::List(list) => known.code(list),
                }
            }
        }
    }

    /// A declared container must be declared.
    fn target(&self, target: &Target) -> Result<(), Error> {
        let Target::Declared(text) = target else { return Ok(()) };
        if text.value.contains('$') || !self.catalogue.declared(&text.value).is_empty() {
            return Ok(());
        }
        let known = &self.catalogue.containers;
        let name = text.value.strip_prefix("containers.").unwrap_or(&text.value);
        let hint = names::suggestion(name, known.keys().map(String::as_str));
        let hint = hint.or_else(|| Some(String::from("they stand under `targets: containers:` in the config file")));
        Err(Error::at(format!("no container is declared as `{name}`"), text, hint))
    }

    /// `bound` are names that only this expression knows.
    fn expression(&self, text: &Text, known: &Known, bound: &[&str]) -> Result<(), Error> {
        let registered = known.registered.iter().map(String::as_str);
        let names: Vec<&str> = registered.chain(bound.iter().copied()).filter(|name| !name.ends_with('}')).collect();
        let of_language = |name: &str| RESERVED.contains(&name);
        let checked = self.interpreter.check_names(&source(text), &names, &of_language);
        checked.map_err(|error| script_text::broken(error, text))
    }

    fn script(&self, text: &Text) -> Result<(), Error> {
        if !is_path(&text.value) {
            let failed = |error| Error::Script { error: Box::new(error), notes: Vec::new() };
            return self.interpreter.check(&source(text)).map_err(failed);
        }
        if let Some(offset) = text.value.find("${") {
            let message = String::from("the path of a script cannot hold a value: it would choose what runs");
            let hint = Some(String::from("give the value to the script, which reads `params`"));
            return Err(placed(Fault { offset, len: 2, message, hint }, text));
        }
        let source = script_text::file(text, &text.value)?;
        let failed = |error| Error::Script { error: Box::new(error), notes: Vec::new() };
        self.interpreter.check(&source).map_err(failed)
    }

    fn call(&mut self, call: &'a Call, known: &Known) -> Result<(), Error> {
        let callee = self.catalogue.get(&call.task.value).map_err(|error| match error {
            Error::Invalid(mut diagnostic) if diagnostic.place.is_none() => {
                diagnostic.place = Some(call.task.whole());
                Error::Invalid(diagnostic)
            }
            error => error.note(format!("called by task `{}`", known.task.name)),
        })?;
        // By its own name: it may have been called by another.
        let name = callee.name.as_str();
        if let Some(begin) = self.path.iter().position(|task| *task == name) {
            let cycle: Vec<&str> = self.path[begin..].iter().copied().chain([name]).collect();
            let message = format!("tasks call each other in a circle: {}", cycle.join(" → "));
            return Err(Error::at(message, &call.task, None));
        }
        if self.path.len() >= DEEPEST {
            let message = format!("tasks call each other more than {DEEPEST} deep");
            return Err(Error::at(message, &call.task, None));
        }
        let mut lacks = false;
        for (name, text) in &call.with {
            self.noted(known.plain(text))?;
            if callee.param(name).is_none() {
                let message = format!("task `{}` has no parameter `{name}`", callee.name);
                self.noted(Err(Error::at(message, text, names::suggestion(name, callee.param_names()))))?;
                lacks = true;
            }
        }
        if lacks {
            return Ok(());
        }
        let given = call.with.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
        params::complete(callee, &given).map_err(|error| match error {
            Error::Invalid(diagnostic) => {
                Error::at(diagnostic.message, &call.task, Some(String::from("give it under `with:`")))
            }
            error => error,
        })?;
        literals(call, callee)?;
        self.task(callee, &known.env)
    }
}

impl Known<'_> {
    /// Texts refer to values as a POSIX shell does, so no other program can be given one that does.
    fn shell(&self, step: &Step, text: &Text) -> Result<(), Error> {
        let Some(program) = step.shell.first() else { return Ok(()) };
        let name = program.rsplit('/').next().unwrap_or(program);
        let found = in_shell(&text.value, &self.registered).map_err(|fault| placed(fault, text))?;
        if KORN.contains(&name) {
            for (reference, evaluated, offset, len) in &found {
                let judged = self.number(reference, *evaluated != Evaluated::No);
                judged.map_err(|(message, hint)| placed(Fault { offset: *offset, len: *len, message, hint }, text))?;
            }
        }
        match found.first() {
            Some((_, _, offset, len)) if !SHELLS.contains(&name) => {
                let message = format!("`{name}` is no shell that can be given a value this way");
                let hint = Some(String::from("set it under `env:`, and read the environment"));
                Err(placed(Fault { offset: *offset, len: *len, message, hint }, text))
            }
            _ => Ok(()),
        }
    }

    fn command(&self, text: &Text) -> Result<(), Error> {
        let found = in_shell(&text.value, &self.registered).map_err(|fault| placed(fault, text))?;
        for (reference, evaluated, offset, len) in found {
            let judged = self.judge(&reference).and_then(|()| self.number(&reference, evaluated == Evaluated::Yes));
            judged.map_err(|(message, hint)| placed(Fault { offset, len, message, hint }, text))?;
        }
        Ok(())
    }

    /// A shell that is given its text as a word of a list reads a value in it as code.
    fn code(&self, list: &[Text]) -> Result<(), Error> {
        let name = |text: &Text| text.value.rsplit('/').next().unwrap_or_default().to_owned();
        let mut words = list.iter().skip_while(|word| !SHELLS.contains(&name(word).as_str()));
        words.find(|word| is_option_c(&word.value));
        let Some(text) = words.next() else { return Ok(()) };
        for part in parts(&text.value, &self.registered).map_err(|fault| placed(fault, text))? {
            if let Part::Value(_, offset, len) = part {
                let message = String::from("the shell would read this value as code");
                let hint =
                    Some(String::from(r#"give it as a word of its own: `[sh, -c, 'echo "$1"', sh, '${params.x}']`"#));
                return Err(placed(Fault { offset, len, message, hint }, text));
            }
        }
        Ok(())
    }

    fn plain(&self, text: &Text) -> Result<(), Error> {
        for part in parts(&text.value, &self.registered).map_err(|fault| placed(fault, text))? {
            if let Part::Value(reference, offset, len) = part {
                let judged = self.judge(&reference);
                judged.map_err(|(message, hint)| placed(Fault { offset, len, message, hint }, text))?;
            }
        }
        Ok(())
    }

    fn judge(&self, reference: &Reference) -> Result<(), (String, Option<String>)> {
        match &reference.target {
            Refers::Param(name) if self.task.param(name).is_none() => {
                let hint = names::suggestion(name, self.task.param_names());
                let hint = hint.or_else(|| Some(String::from("what a task takes stands under its `params:`")));
                Err((format!("task `{}` has no parameter `{name}`", self.task.name), hint))
            }
            Refers::Env(name)
                if self.live
                    && reference.default.is_none()
                    && !self.env.contains(name)
                    && !self.dotenv.contains(name)
                    && std::env::var_os(name).is_none() =>
            {
                let hint = format!("`${{env.{name}:-default}}` is used when it is not set");
                Err((format!("the environment variable `{name}` is not set"), Some(hint)))
            }
            Refers::Param(_) | Refers::Env(_) => Ok(()),
            Refers::Var(name) => self.task.judge_var(name, self.vars),
            Refers::Secret(name) => self.task.judge_secret(name, !self.live || reference.default.is_some()),
            Refers::Step { name, field, registered: true } if self.locals.contains(name) => self.local(name, field),
            Refers::Step { name, field, registered } => self.result(name, field, *registered),
        }
    }

    fn local(&self, name: &str, field: &str) -> Result<(), (String, Option<String>)> {
        let known: Vec<&str> = match name {
            MATRIX => self.task.matrix.iter().map(|(name, _)| name.as_str()).collect(),
            TASK => vec!["name", "ok", "error", "exit_code"],
            _ => return Ok(()),
        };
        if known.contains(&field) {
            return Ok(());
        }
        Err((format!("`{name}` has no `{field}`"), names::suggestion(field, known)))
    }

    fn result(&self, name: &str, field: &str, registered: bool) -> Result<(), (String, Option<String>)> {
        let called = |step: &&Step| {
            if registered { step.register.as_deref() == Some(name) } else { step.names().any(|known| known == name) }
        };
        if let Some(step) = self.earlier.iter().copied().find(called) {
            let fields = step.fields();
            if fields.contains(&field) {
                return Ok(());
            }
            let message = format!("the result of `{name}` has no `{field}` that is text");
            return Err((message, names::suggestion(field, fields.iter().copied())));
        }
        if self.task.all_steps().any(|step| called(&step)) {
            return Err((
                format!("the step `{name}` has not run yet"),
                Some(String::from("results come from earlier steps")),
            ));
        }
        let known: Vec<&str> = self.earlier.iter().copied().flat_map(Step::names).collect();
        let hint = names::suggestion(name, known).or_else(|| Some(String::from("no earlier step has a name")));
        Err((format!("no step is called `{name}`"), hint))
    }

    /// A shell evaluates what stands in `$((…))` and its kin, so only numbers may.
    fn number(&self, reference: &Reference, evaluated: bool) -> Result<(), (String, Option<String>)> {
        let safe = match &reference.target {
            Refers::Param(name) => {
                let kind = self.task.param(name).map(|param| param.kind);
                matches!(kind, Some(ParamKind::Int | ParamKind::Float | ParamKind::Port)) && reference.default.is_none()
            }
            // An element of a loop and a matrix may have a field of any name.
            Refers::Step { name, field, registered: true } if self.locals.contains(name) => match name.as_str() {
                INDEX => field.is_empty(),
                name => name == TASK && field == "exit_code" && self.task.matrix.iter().all(|(key, _)| key != TASK),
            },
            Refers::Step { field, .. } => field == "exit_code" && reference.default.is_none(),
            Refers::Env(_) | Refers::Var(_) | Refers::Secret(_) => false,
        };
        if evaluated && !safe {
            let hint = String::from("only a parameter of `type: int` can stand here, as in `$((…))`");
            return Err((String::from("the shell would evaluate this value as an expression"), Some(hint)));
        }
        Ok(())
    }
}

/// Whether a word is `-c`, `-ec` and the like.
fn is_option_c(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|letters| !letters.starts_with('-') && letters.ends_with('c'))
}

/// Values without references are known already: they must be of the declared type.
fn literals(call: &Call, callee: &Task) -> Result<(), Error> {
    for (name, text) in &call.with {
        if let Some(param) = callee.param(name)
            && !text.value.contains("${")
            && (param.required || !text.value.is_empty())
            && let Err(refused) = param.read(&text.value, &callee.file.base())
        {
            let message = format!("parameter `{name}` of task `{}`: {}", callee.name, refused.message);
            return Err(Error::at(message, text, refused.hint));
        }
    }
    Ok(())
}
