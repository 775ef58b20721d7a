//! Waits until a container is as asked for: it runs, is healthy, listens on a port, has written a line.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::Value;

use super::client::Engine;
use super::errors::{Error, Result};
use super::frames::Frames;
use super::line_search::LineSearch;
use super::procfs;
use super::query::asked;
use super::raw::{LIMIT, Request, UNBOUNDED};
use super::sockets::{self, Listening, Reach};
use crate::model::container::{Condition, ExecSpec};
use crate::model::duration::Span;
use crate::model::logs::LogsSpec;
use crate::model::moment::Moment;
use crate::model::ports::Protocol;
use crate::model::text::CommandLine;
use crate::runtime::processes;

/// How long is waited when nothing is said.
const PATIENCE: Duration = Duration::from_mins(1);
/// What still runs after this did not end at once.
const SETTLED: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Lines of the log that an error tells, and characters of each.
const LINES: usize = 10;
const WIDTH: usize = 300;

/// The container that is waited for: its id, what errors call it, and what the last look saw.
struct Awaited<'a> {
    id: &'a str,
    name: &'a str,
    seen: Mutex<(String, Option<String>)>,
}

impl Awaited<'_> {
    fn saw(&self, what: impl Into<Option<String>>) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).1 = what.into();
    }

    fn ended(&self, state: Option<&Value>, log: Vec<String>) -> Error {
        let (wanted, _) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let exit_code = state.and_then(|state| state["ExitCode"].as_i64());
        let out_of_memory = state.is_some_and(|state| state["OOMKilled"] == true);
        Error::Ended { container: self.name.to_owned(), wanted, exit_code, out_of_memory, log, removed: false }
    }
}

impl Engine {
    /// Waits until all of these hold, one after the other: a minute unless told. `name` is what errors call it.
    ///
    /// It fails as soon as that is certain: when the container has ended and is not being restarted, when it is unhealthy or
    /// has no healthcheck. The error holds its last log lines.
    pub async fn wait_for(&self, id: &str, name: &str, conditions: &[Condition], timeout: Option<Span>) -> Result<()> {
        if conditions.is_empty() {
            return Ok(());
        }
        let limit = timeout.map_or(PATIENCE, |span| span.0);
        let awaited = Awaited { id, name, seen: Mutex::default() };
        let work = async {
            for condition in conditions {
                *awaited.seen.lock().unwrap_or_else(PoisonError::into_inner) = (condition.to_string(), None);
                match condition {
                    Condition::Running => self.until_running(&awaited).await?,
                    Condition::Healthy => self.until_healthy(&awaited).await?,
                    Condition::Port(port, protocol) => self.until_listening(&awaited, *port, *protocol).await?,
                    Condition::Log(text) => self.until_written(&awaited, text).await?,
                }
            }
            Ok(())
        };
        if let Ok(ended) = tokio::time::timeout(limit, work).await {
            return ended;
        }
        let (wanted, found) = awaited.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        let log = self.last_lines(id).await;
        Err(Error::NotReady { container: name.to_owned(), wanted, after: limit, found, log, removed: false })
    }

    /// What the engine says of it. One that removed itself has ended, and how it ended is gone with it.
    async fn still_there(&self, awaited: &Awaited<'_>) -> Result<Value> {
        match self.inspect_container(awaited.id).await {
            Err(Error::NotFound { .. }) if awaited.id != awaited.name => Err(awaited.ended(None, Vec::new())),
            answer => answer,
        }
    }

    /// Its state while it runs or is about to; one that has ended is an error.
    async fn alive(&self, awaited: &Awaited<'_>) -> Result<Value> {
        let whole = self.still_there(awaited).await?;
        let state = &whole["State"];
        if state["Running"] == true || state["Restarting"] == true {
            return Ok(whole);
        }
        Err(awaited.ended(Some(state), self.last_lines(awaited.id).await))
    }

    /// Runs, and does not end for a short while.
    async fn until_running(&self, awaited: &Awaited<'_>) -> Result<()> {
        loop {
            let before = self.alive(awaited).await?;
            if before["State"]["Restarting"] == true {
                awaited.saw(restarted(&before));
                tokio::time::sleep(LOOK_AGAIN).await;
                continue;
            }
            let end = Request::post(&["containers", awaited.id, "wait"]).within(UNBOUNDED);
            match tokio::time::timeout(SETTLED, self.about(awaited.id, &end)).await {
                // One that is started again and again may end, and be started, without this having been told.
                Err(_) => {
                    let after = self.alive(awaited).await?;
                    // Podman looks only now and then whether it has ended.
                    if after["State"]["Running"] == true
                        && after["State"]["Restarting"] != true
                        && after["State"]["StartedAt"] == before["State"]["StartedAt"]
                    {
                        return Ok(());
                    }
                    awaited.saw(restarted(&after));
                }
                Ok(Err(Error::NotFound { .. })) => return Err(awaited.ended(None, Vec::new())),
                Ok(ended) => drop(ended?),
            }
        }
    }

    async fn until_healthy(&self, awaited: &Awaited<'_>) -> Result<()> {
        loop {
            let whole = self.alive(awaited).await?;
            let health = &whole["State"]["Health"];
            let last = health["Log"].as_array().and_then(|log| log.last());
            let output = last.and_then(|check| check["Output"].as_str()).unwrap_or_default().trim().to_owned();
            match health["Status"].as_str() {
                None | Some("none") => return Err(Error::NoHealthcheck { container: awaited.name.to_owned() }),
                Some("healthy") => return Ok(()),
                Some("unhealthy") => {
                    let log = self.last_lines(awaited.id).await;
                    return Err(Error::Unhealthy { container: awaited.name.to_owned(), output, log, removed: false });
                }
                Some(_) if last.is_none() => awaited.saw("no check has ended yet".to_owned()),
                Some(_) if output.is_empty() => awaited.saw("its last check failed".to_owned()),
                Some(_) => awaited.saw(format!("its last check said: {output}")),
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn until_listening(&self, awaited: &Awaited<'_>, port: u16, protocol: Protocol) -> Result<()> {
        loop {
            let whole = self.alive(awaited).await?;
            if let Some(why) = at_rest(&whole) {
                awaited.saw(why);
                tokio::time::sleep(LOOK_AGAIN).await;
                continue;
            }
            match self.listening(awaited, &whole, port, protocol).await.as_deref().map(Reach::of) {
                Ok(Reach::Open) => return Ok(()),
                Ok(Reach::Loopback(address)) => {
                    awaited.saw(format!("it listens on {address} only, where no other container reaches it"));
                }
                Ok(Reach::Closed) => awaited.saw("nothing listens there".to_owned()),
                // It may have ended, or be about to start again: the next look tells.
                Err(Error::NotRunning { .. } | Error::NotFound { .. }) => {}
                Err(error @ Error::Refused { .. }) => {
                    let now = self.alive(awaited).await?;
                    if at_rest(&now).is_none() && now["State"]["StartedAt"] == whole["State"]["StartedAt"] {
                        return Err(error.clone());
                    }
                }
                Err(error) => return Err(error.clone()),
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// What listens on a port of a container: read from this machine's `/proc` where the engine is here, from the container's
    /// own by `cat` where it is not.
    async fn listening(
        &self,
        awaited: &Awaited<'_>,
        whole: &Value,
        port: u16,
        protocol: Protocol,
    ) -> Result<Vec<Listening>> {
        let pid = whole["State"]["Pid"].as_i64().and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 1);
        if let Some(pid) = pid.filter(|_| self.is_local()) {
            let id = whole["Id"].as_str().unwrap_or_default().to_owned();
            let shared = whole["HostConfig"]["NetworkMode"] == "host";
            let look = move || {
                let beside = processes::is_in_container(pid, &id)
                    .then(|| procfs::listening_beside(pid, port, protocol))
                    .flatten();
                let own = shared.then(|| procfs::sockets_of(&id)).flatten();
                (beside, own)
            };
            let (beside, own) = tokio::task::spawn_blocking(look).await.unwrap_or_default();
            match (beside, own) {
                // The host's network is everybody's: what listens there must be one of the container's own processes.
                (Some(sockets), Some(own)) => {
                    return Ok(sockets.into_iter().filter(|socket| own.contains(&socket.inode)).collect());
                }
                (Some(sockets), None) if !shared => return Ok(sockets),
                _ => {}
            }
        }
        if whole["HostConfig"]["NetworkMode"] == "host" {
            let message = format!("who listens on port {port} of the host cannot be known from here");
            let hint = "it needs an engine on this machine, and root; wait for \"log:TEXT\" instead".to_owned();
            return Err(Error::Invalid { message, hint: Some(hint) });
        }
        let paths = sockets::lists(protocol).iter().map(|list| format!("/proc/net/{list}"));
        let command = CommandLine::Arguments(std::iter::once("cat".to_owned()).chain(paths).collect());
        let spec = ExecSpec { timeout: Some(Span(LIMIT)), ..ExecSpec::default() };
        match self.exec(awaited.id, &command, &spec, &|_, _| {}).await {
            Ok(output) => Ok(sockets::listening(&String::from_utf8_lossy(&output.stdout), port)),
            Err(Error::NoProgram { .. }) => Err(Error::Invalid {
                message: format!("what container \"{}\" listens on cannot be known from here", awaited.name),
                hint: Some(
                    "it needs an engine on this machine, or `cat` in the image; wait for \"log:TEXT\" instead".into(),
                ),
            }),
            Err(error) => Err(error),
        }
    }

    /// What it wrote since it was last started counts, whether before or after this call.
    async fn until_written(&self, awaited: &Awaited<'_>, text: &str) -> Result<()> {
        awaited.saw("no such line was written".to_owned());
        loop {
            let whole = self.still_there(awaited).await?;
            // Not since its start: the engine notes that only after the process may have written.
            let state = &whole["State"];
            let previous =
                state["FinishedAt"].as_str().filter(|_| state["Running"] == true && state["Restarting"] != true);
            let since = previous.and_then(|text| text.parse().ok()).filter(|moment| matches!(moment, Moment::At(_)));
            let spec = LogsSpec { since, ..LogsSpec::default() };
            if self.has_written(awaited, &whole, &spec, true, text).await? {
                return Ok(());
            }
            // The log ends with the container: unless it is started again, that is all. What it wrote last may be missing
            // from a log that was followed.
            if let Err(ended) = self.alive(awaited).await {
                let found = self.has_written(awaited, &whole, &spec, false, text).await?;
                return if found { Ok(()) } else { Err(ended) };
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn has_written(
        &self,
        awaited: &Awaited<'_>,
        whole: &Value,
        spec: &LogsSpec,
        follow: bool,
        text: &str,
    ) -> Result<bool> {
        let mut frames = Frames::new(whole["Config"]["Tty"] == true);
        let mut search = LineSearch::new(text);
        let mut pieces = self.stream(&asked(awaited.id, spec, follow), None);
        loop {
            let bytes = match pieces.try_next().await.map_err(|fault| self.fault(fault, LIMIT)) {
                Ok(Some(bytes)) => bytes,
                Ok(None) => return Ok(false),
                Err(error) if log_is_gone(&error) => return Err(awaited.ended(None, Vec::new())),
                Err(error) => return Err(error),
            };
            let mut found = false;
            frames.take(&bytes, |stream, piece| found = found || search.finds(stream, piece));
            if found {
                return Ok(true);
            }
        }
    }

    /// The end of its log, both outputs in the order they came.
    async fn last_lines(&self, id: &str) -> Vec<String> {
        let tty = self.inspect_container(id).await.is_ok_and(|whole| whole["Config"]["Tty"] == true);
        let spec = LogsSpec { tail: Some(LINES as u64), ..LogsSpec::default() };
        let bytes = match self.receive(&asked(id, &spec, false).within(LIMIT)).await {
            Ok(bytes) => bytes,
            Err(error) if log_is_gone(&error) => return Vec::new(),
            Err(error) => return vec![format!("(the log cannot be read: {error})")],
        };
        let mut text = Vec::new();
        Frames::new(tty).take(&bytes, |_, piece| text.extend_from_slice(piece));
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let cut = |line: &&str| line.chars().take(WIDTH).collect();
        lines[lines.len().saturating_sub(LINES)..].iter().map(cut).collect()
    }
}

fn restarted(whole: &Value) -> String {
    let code = whole["State"]["ExitCode"].as_i64().unwrap_or_default();
    format!("it ends with exit code {code} and is restarted")
}

/// Why none of its processes can be asked or reached just now.
fn at_rest(whole: &Value) -> Option<String> {
    if whole["State"]["Restarting"] == true {
        return Some(restarted(whole));
    }
    (whole["State"]["Paused"] == true).then(|| "it is paused".to_owned())
}

/// A container that removes itself takes its log along, first as one "dead or marked for removal".
fn log_is_gone(error: &Error) -> bool {
    match error {
        Error::Refused { status: 404, .. } => true,
        Error::Refused { words, .. } => words.contains("dead or marked for removal"),
        _ => false,
    }
}
