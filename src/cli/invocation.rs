//! What every command starts from: the printer, the token that Ctrl-C trips, the project, the engine when it is asked for.

use std::env;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::failure::Failure;
use super::globals::Globals;
use crate::config::Project;
use crate::engine::{self, Engine, Ownership, Target};
use crate::probe::{self, Prober, Probers, Settings};
use crate::runtime::{self, Cancel, watch_signals};
use crate::script::{Context, Limits};
use crate::view::{Diagnostic, Printer};

pub(super) struct Invocation {
    pub(super) printer: Printer,
    pub(super) cancel: Cancel,
    pub(super) project: Project,
    pub(super) folder: PathBuf,
    pub(super) config: Option<PathBuf>,
    pub(super) yes: bool,
    target: Target,
    probers: Probers,
    limits: Limits,
}

impl Invocation {
    pub(super) fn new(globals: &Globals) -> Result<Self, Failure> {
        if let Some(folder) = &globals.directory {
            env::set_current_dir(folder)
                .map_err(|error| Failure::usage(Diagnostic::new(format!("-C {}: {error}", folder.display()))))?;
        }
        let folder = env::current_dir()
            .map_err(|error| Failure::usage(Diagnostic::new(format!("the working folder cannot be read: {error}"))))?;
        let config = globals.config.as_deref().map(|file| folder.join(file));
        let project = Project::of(config.as_deref(), &folder, env::var("XNET_PROJECT").ok());
        let cancel = Cancel::new();
        watch_signals(&cancel)
            .map_err(|error| Failure::usage(Diagnostic::new(format!("signals cannot be watched: {error}"))))?;
        let limits = Limits {
            operations: globals.max_operations,
            call_depth: usize::try_from(globals.max_call_depth).unwrap_or(usize::MAX),
            ..Limits::default()
        };
        let printer = globals.printer_for(&cancel);
        let talk = printer.clone();
        let tell: probe::Tell = Arc::new(move |words| talk.detail(words));
        let probers = Probers::new(Settings { way: globals.probe, tell: Some(tell), ..Settings::default() });
        Ok(Self {
            printer,
            cancel,
            project,
            folder,
            config: globals.config.clone(),
            yes: globals.yes,
            target: Target { host: globals.host.clone(), context: globals.context.clone() },
            probers,
            limits,
        })
    }

    /// What scripts and tasks start from.
    pub(super) fn context(&self) -> Context {
        Context {
            target: self.target.clone(),
            ownership: self.ownership(),
            printer: self.printer.clone(),
            cancel: self.cancel.clone(),
            project: self.project.root.clone(),
            limits: self.limits,
            probers: self.probers.clone(),
            folder: None,
            env: Vec::new(),
        }
    }

    /// Connects to the engine.
    pub(super) fn engine(&self) -> Result<Engine, Failure> {
        let engine = self.wait(Engine::connect(&self.target, self.ownership()))?;
        self.printer.detail(&format!("engine: {}", engine.address()));
        Ok(engine)
    }

    /// Connects to the engine, and probes there: `work` is given what it needs.
    pub(super) fn probe<T>(&self, work: impl AsyncFnOnce(Prober) -> Result<T, probe::Error>) -> Result<T, Failure> {
        let prober = self.probers.on(&self.engine()?);
        Ok(runtime::wait(&self.cancel, work(prober))??)
    }

    /// Waits for the engine's answer, or for Ctrl-C.
    pub(super) fn wait<T>(&self, work: impl Future<Output = Result<T, engine::Error>>) -> Result<T, Failure> {
        Ok(runtime::wait(&self.cancel, work)??)
    }

    fn ownership(&self) -> Ownership {
        Ownership { project: self.project.name.clone(), run: run_id() }
    }
}

/// Tells one run of xnet from another, in the label `xnet.run`.
fn run_id() -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", time.as_millis(), std::process::id())
}
