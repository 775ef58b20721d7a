//! From a node of a YAML file to the steps of a task.

use std::collections::BTreeSet;
use std::time::Duration;

use super::model::{Action, Call, Each, Exec, ExecCommand, Items, OnFailure, Retry, Step};
use super::read::{Fault, RESERVED, Reader, is_name, items};
use super::schema::{HandlerSpec, OnFailureSpec, RetrySpec, StepSpec, TaskSpec, Width};
use super::shape;
use super::text::Text;
use crate::config::{self, Node, Value};
use crate::model::duration::Span;
use crate::model::flow::Backoff;
use crate::model::text::CommandLine;

/// The element of `foreach`, unless `as` calls it something else.
const ITEM: &str = "item";

impl Reader<'_> {
    pub(super) fn steps(&self, spec: &TaskSpec, node: &Node) -> Result<Vec<Step>, Fault> {
        let given = [spec.steps.is_some(), spec.command.is_some(), spec.script.is_some()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let hint = shape::example("steps");
            return Err(self.fault(
                "one of `steps`, `command` and `script` is needed, and no more than one",
                node,
                hint.as_deref(),
            ));
        }
        let Some(specs) = &spec.steps else {
            let bare = StepSpec { command: spec.command.clone(), script: spec.script.clone(), ..StepSpec::default() };
            return Ok(vec![self.bare(&bare, node)?]);
        };
        if specs.is_empty() {
            let hint = shape::example("steps");
            return Err(self.fault("there are no steps", node.get("steps").unwrap_or(node), hint.as_deref()));
        }
        self.named(specs, node, items(node, "steps"))
    }

    /// The one step of a task without `steps`: only what it does stands in the node of the task.
    fn bare(&self, spec: &StepSpec, node: &Node) -> Result<Step, Fault> {
        let keys = ["command", "script", "targets"];
        let kept = match &node.value {
            Value::Map(entries) => {
                Value::Map(entries.iter().filter(|(key, _)| keys.contains(&key.name.as_str())).cloned().collect())
            }
            _ => Value::Null,
        };
        self.step(spec, &Node { value: kept, ..node.clone() }, node)
    }

    /// Steps of `on_error` or `finally`: a list, or a command.
    pub(super) fn later_steps(&self, task: &Node, key: &str) -> Result<Vec<Step>, Fault> {
        let Some(node) = task.get(key) else { return Ok(Vec::new()) };
        match &node.value {
            Value::List(nodes) if !nodes.is_empty() => {
                let specs: Vec<StepSpec> =
                    config::read(node).map_err(|fault| self.misread(&format!("`{key}`: "), &fault))?;
                self.named(&specs, task, nodes)
            }
            Value::Text(_) => {
                let command = Node { value: map(&[("command", node.clone())]), ..node.clone() };
                let spec = StepSpec { command: node.scalar(), ..StepSpec::default() };
                Ok(vec![self.step(&spec, &command, task)?])
            }
            _ => {
                let hint = shape::example(key);
                Err(self.fault(&format!("`{key}` is a list of steps, or a command"), node, hint.as_deref()))
            }
        }
    }

    fn named(&self, specs: &[StepSpec], task: &Node, nodes: &[Node]) -> Result<Vec<Step>, Fault> {
        let mut names = BTreeSet::new();
        let mut steps = Vec::with_capacity(specs.len());
        for (spec, node) in specs.iter().zip(nodes) {
            for (name, key) in [(&spec.name, "name"), (&spec.register, "register")] {
                if let Some(name) = name
                    && !(names.insert(name.clone()) || key == "register" && spec.name.as_ref() == Some(name))
                {
                    return Err(self.fault(
                        &format!("two steps are called `{name}`"),
                        node.get(key).unwrap_or(node),
                        None,
                    ));
                }
            }
            steps.push(self.step(spec, node, task)?);
        }
        Ok(steps)
    }

    fn step(&self, spec: &StepSpec, node: &Node, task: &Node) -> Result<Step, Fault> {
        let action = self.action(spec, node)?;
        let is_command = matches!(action, Action::Command(_));
        for (key, given) in [("shell", spec.shell.is_some()), ("targets", spec.targets.is_some())] {
            if given && !is_command {
                return Err(self.misplaced(key, "a `command`", node));
            }
        }
        if spec.workdir.is_some() && !is_command {
            let hint = "an `exec` has its own `workdir` inside; scripts give paths";
            return Err(self.fault("`workdir` is for a `command`", node.get("workdir").unwrap_or(node), Some(hint)));
        }
        for (key, given) in [("as", spec.binding.is_some()), ("parallel", spec.parallel.is_some())] {
            if given && spec.foreach.is_none() {
                return Err(self.misplaced(key, "`foreach`", node));
            }
        }
        if let Some(register) = &spec.register {
            self.name(register, node.get("register").unwrap_or(node))?;
        }
        let own = self.targets(node)?;
        let targets = if own.is_empty() && is_command { self.targets(task)? } else { own };
        let shell = self.shell(spec, node)?;
        for (key, given) in [("shell", !shell.is_empty()), ("workdir", spec.workdir.is_some())] {
            if given && !targets.is_empty() {
                let message = format!("`{key}` is of this machine, and the step runs in containers");
                return Err(self.fault(&message, node.get(key).unwrap_or(node), None));
            }
        }
        let (on_failure, again) = self.on_failure(spec.on_failure.as_ref(), node)?;
        if again.is_some() && spec.retry.is_some() {
            let at = node.get("on_failure").unwrap_or(node);
            return Err(self.fault("`retry` is given twice", at, Some("leave one of them out")));
        }
        let retry = match &spec.retry {
            Some(retry) => Some(self.retry(retry, node.get("retry").unwrap_or(node))?),
            None => again,
        };
        Ok(Step {
            name: spec.name.clone(),
            action,
            when: self.text(node, "when")?,
            env: self.env(node)?,
            register: spec.register.clone(),
            on_failure,
            each: self.each(spec, node)?,
            retry,
            timeout: self.timeout(spec.timeout, node)?,
            workdir: self.text(node, "workdir")?,
            always: spec.always.unwrap_or(false),
            quiet: spec.quiet.unwrap_or(false),
            shell,
            targets,
        })
    }

    fn action(&self, spec: &StepSpec, node: &Node) -> Result<Action, Fault> {
        if spec.with.is_some() && spec.task.is_none() {
            let at = node.get("with").unwrap_or(node);
            return Err(self.fault("`with` gives values to a `task`, and this step has none", at, None));
        }
        match (&spec.command, &spec.script, &spec.task, &spec.exec) {
            (Some(_), None, None, None) => Ok(Action::Command(self.scalar(node, "command")?)),
            (None, Some(_), None, None) => Ok(Action::Script(self.scalar(node, "script")?)),
            (None, None, Some(_), None) => Ok(Action::Call(self.call(node)?)),
            (None, None, None, Some(exec)) => Ok(Action::Exec(Box::new(self.exec(&exec.command, node)?))),
            _ => {
                // Elsewhere `shell` is the command itself.
                let meant = spec.shell.is_some() && spec.command.is_none();
                let hint =
                    meant.then_some("`shell` names the program that is given the `command`: command: echo hello");
                Err(self.fault("a step has exactly one of `command`, `script`, `exec` and `task`", node, hint))
            }
        }
    }

    fn exec(&self, command: &CommandLine, node: &Node) -> Result<Exec, Fault> {
        let node = node.get("exec").unwrap_or(node);
        let command = match command {
            CommandLine::Text(_) => ExecCommand::Shell(self.scalar(node, "command")?),
            CommandLine::Arguments(_) => {
                let list = items(node, "command").iter().filter_map(|item| Text::new(item, self.file));
                ExecCommand::List(list.collect())
            }
        };
        if matches!(&command, ExecCommand::List(list) if list.first().is_none_or(|word| word.value.is_empty())) {
            return Err(self.fault("`command` is empty", node.get("command").unwrap_or(node), None));
        }
        let workdir = ["workdir", "working_dir", "workingDir"].into_iter().find(|key| node.get(key).is_some());
        Ok(Exec {
            container: self.scalar(node, "container")?,
            command,
            user: self.text(node, "user")?,
            env: self.env(node)?,
            workdir: workdir.map_or(Ok(None), |key| self.text(node, key))?,
        })
    }

    fn each(&self, spec: &StepSpec, node: &Node) -> Result<Option<Each>, Fault> {
        let Some(given) = node.get("foreach") else { return Ok(None) };
        let items = match &given.value {
            Value::List(list) => {
                let scalar = |item: &Node| {
                    let fault = || self.fault("an element of `foreach` is one value", item, Some("use an expression"));
                    Text::new(item, self.file).ok_or_else(fault)
                };
                Items::List(list.iter().map(scalar).collect::<Result<_, _>>()?)
            }
            Value::Map(_) | Value::Null => {
                let hint = Some("foreach: [a, b], or an expression: foreach: params.list");
                return Err(self.fault("`foreach` is a list, or an expression that gives one", given, hint));
            }
            _ => Items::Expression(self.scalar(node, "foreach")?),
        };
        let binding = spec.binding.clone().unwrap_or_else(|| ITEM.to_owned());
        self.name(&binding, node.get("as").unwrap_or(node))?;
        if ["index", "result", "attempt"].contains(&binding.as_str()) {
            let message = format!("`{binding}` is a name that xnet gives itself, so an element cannot have it");
            return Err(self.fault(&message, node.get("as").unwrap_or(node), None));
        }
        let width = match spec.parallel {
            None | Some(Width::Switch(false)) => None,
            Some(Width::Switch(true)) => Some(0),
            Some(Width::At(at)) => Some(usize::from(at)),
        };
        Ok(Some(Each { items, binding, width }))
    }

    fn retry(&self, spec: &RetrySpec, node: &Node) -> Result<Retry, Fault> {
        if spec.times == 0 {
            let at = node.get("times").unwrap_or(node);
            return Err(self.fault("a step runs at least once", at, Some("`times` counts the first attempt too")));
        }
        if spec.backoff.is_some() && spec.delay.is_none() {
            let at = node.get("backoff").unwrap_or(node);
            return Err(self.fault("`backoff` makes a `delay` longer, and there is none", at, None));
        }
        Ok(Retry {
            times: spec.times,
            delay: spec.delay.map_or(Duration::ZERO, |delay| delay.0),
            backoff: spec.backoff.unwrap_or(Backoff(1.0)).0,
            when: self.text(node, "when")?,
        })
    }

    fn on_failure(&self, spec: Option<&OnFailureSpec>, node: &Node) -> Result<(OnFailure, Option<Retry>), Fault> {
        let node = node.get("on_failure").unwrap_or(node);
        let handler = match spec {
            None | Some(OnFailureSpec::Abort) => return Ok((OnFailure::Abort, None)),
            Some(OnFailureSpec::Continue) => return Ok((OnFailure::Continue, None)),
            Some(OnFailureSpec::Run(handler)) => handler,
        };
        let retry = |spec: &RetrySpec| self.retry(spec, node.get("retry").unwrap_or(node));
        let retry = handler.retry.as_ref().map(retry).transpose()?;
        let then = match handler {
            HandlerSpec { command: Some(_), task: None, with: None, .. } => {
                OnFailure::Command(self.scalar(node, "command")?)
            }
            HandlerSpec { command: None, task: Some(_), .. } => OnFailure::Call(self.call(node)?),
            HandlerSpec { command: None, task: None, with: None, retry: Some(_) } => OnFailure::Abort,
            _ => {
                let message = "`on_failure` runs either a `command`, or a `task` (with `with`), or has a `retry`";
                return Err(self.fault(message, node, None));
            }
        };
        Ok((then, retry))
    }

    fn shell(&self, spec: &StepSpec, node: &Node) -> Result<Vec<String>, Fault> {
        let Some(words) = &spec.shell else { return Ok(Vec::new()) };
        let at = node.get("shell").unwrap_or(node);
        let listed = matches!(at.value, Value::List(_));
        let mut words = match words.0.as_slice() {
            [text] if !listed => {
                shlex::split(text).ok_or_else(|| self.fault("a quote in `shell` is not closed", at, None))?
            }
            words => words.to_vec(),
        };
        if words.first().is_none_or(String::is_empty) {
            return Err(self.fault("`shell` is empty", at, Some("for example `bash -euo pipefail -c`")));
        }
        if words.len() == 1 {
            words.push(String::from("-c"));
        }
        Ok(words)
    }

    pub(super) fn call(&self, node: &Node) -> Result<Call, Fault> {
        Ok(Call { task: self.callee(self.scalar(node, "task")?), with: self.scalars(node, "with") })
    }

    /// A scalar that may be left out, and is not empty.
    pub(super) fn text(&self, node: &Node, key: &str) -> Result<Option<Text>, Fault> {
        let given = node.get(key).filter(|node| node.value != Value::Null);
        given.map(|_| self.scalar(node, key)).transpose()
    }

    pub(super) fn timeout(&self, given: Option<Span>, node: &Node) -> Result<Option<Duration>, Fault> {
        match given {
            Some(Span(Duration::ZERO)) => {
                Err(self.fault("a `timeout` of nothing", node.get("timeout").unwrap_or(node), None))
            }
            given => Ok(given.map(|span| span.0)),
        }
    }

    fn misplaced(&self, key: &str, wanted: &str, node: &Node) -> Fault {
        self.fault(&format!("`{key}` is for {wanted}, and this step has none"), node.get(key).unwrap_or(node), None)
    }

    fn name(&self, name: &str, at: &Node) -> Result<(), Fault> {
        if is_name(name, false) && !RESERVED.contains(&name) {
            return Ok(());
        }
        Err(self.fault(&format!("`{name}` cannot be a name in scripts"), at, Some("letters, digits and `_`")))
    }
}

fn map(entries: &[(&str, Node)]) -> Value {
    let key = |name: &str| config::Key { name: name.to_owned(), span: None };
    Value::Map(entries.iter().map(|(name, node)| (key(name), node.clone())).collect())
}
