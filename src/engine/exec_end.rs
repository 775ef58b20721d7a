//! The end of a command in a container that is not to go on. The Engine API has no request for it: its processes are found
//! by `/proc`, which needs an engine of this machine and the right to send them signals.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::client::Engine;
use super::raw::Request;
use crate::runtime::descendants::{Descent, session};
use crate::runtime::{GLANCE, Hurry, PATIENCE, processes};

/// How long a command that is being started may take until its process is known, and one that was asked for until it starts.
const STARTING: Duration = Duration::from_secs(3);
const NOT_STARTED: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How long killed processes may take to go.
const GOING: Duration = Duration::from_millis(500);

/// The processes of a command: itself, what it started, and what lost its parent in its session, which a command in a
/// container has for itself.
struct Processes {
    leader: i32,
    container: String,
    all: Descent,
}

/// What the engine's word on an exec says of its processes.
enum Found {
    Ended,
    /// It did not answer.
    Unknown,
    Here(Processes),
    /// Not on this machine, as far as can be seen.
    Elsewhere,
}

impl Processes {
    /// The engine says the process id as its own machine sees it, so the process must be found in the container's control
    /// group here before it is touched.
    fn of(state: &Value) -> Found {
        match state["Running"].as_bool() {
            Some(true) => {}
            Some(false) => return Found::Ended,
            None => return Found::Unknown,
        }
        let pid = state["Pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()).filter(|pid| *pid > 1);
        let container = state["ContainerID"].as_str().filter(|id| id.len() >= 64);
        match (pid, container) {
            (Some(leader), Some(container)) if processes::is_in_container(leader.cast_unsigned(), container) => {
                let mut found = Self { leader, container: container.to_owned(), all: Descent::default() };
                found.all.gather(leader);
                found.look();
                Found::Here(found)
            }
            _ => Found::Elsewhere,
        }
    }

    fn look(&mut self) {
        let left = session(self.leader)
            .into_iter()
            .filter(|pid| processes::is_in_container(pid.cast_unsigned(), &self.container));
        self.all.look(left.collect());
    }

    async fn gone(&mut self) {
        while !self.all.is_empty() {
            sleep(GLANCE).await;
            self.look();
        }
    }
}

impl Engine {
    /// Asks a command to end, with all it started; insists after a while, or when hurried. Why it goes on, where it does.
    pub(super) async fn end_exec(&self, id: &str, hurry: &Hurry) -> Option<String> {
        if !self.is_local() {
            return Some("the engine is on another machine, and its API has no way to end a command".into());
        }
        let mut processes = match Processes::of(&self.begun(id).await) {
            Found::Ended => return None,
            Found::Here(processes) => processes,
            Found::Unknown => return Some("the engine does not say how it fares".into()),
            Found::Elsewhere => return Some("its processes are not to be found on this machine".into()),
        };
        if let Err(error) = processes.all.send(Signal::TERM, |_| true) {
            return Some(format!("they may not be sent a signal: {error}"));
        }
        tokio::select! {
            biased;
            () = processes.gone() => return None,
            () = sleep(PATIENCE) => {}
            () = hurry.hurried() => {}
        }
        processes.kill();
        // What they left shows only now that they have ended.
        processes.look();
        processes.kill();
        let gone = timeout(GOING, processes.gone()).await;
        gone.err().map(|_| "they did not end when they were killed".into())
    }

    /// Kills a command with all it started, where that can be done.
    pub(super) async fn kill_exec(&self, id: &str) {
        if let Found::Here(mut processes) = Processes::of(&self.begun(id).await) {
            processes.kill();
            processes.look();
            processes.kill();
        }
    }

    /// The state of an exec once its process is known, or as it is when that does not happen soon: the engine says that it
    /// runs a moment before it says which process that is.
    async fn begun(&self, id: &str) -> Value {
        let mut waited = Duration::ZERO;
        loop {
            // An engine that does not answer must not hold up the end.
            let asked = timeout(STARTING, self.send(&Request::get(&["exec", id, "json"]))).await;
            let Ok(answer) = asked else { return Value::Null };
            let state = answer.unwrap_or_default();
            let known = state["Pid"].as_i64().unwrap_or(0) > 0 || !state["ExitCode"].is_null();
            let patience = if state["Running"] == true { STARTING } else { NOT_STARTED };
            if known || waited >= patience {
                return state;
            }
            sleep(LOOK_AGAIN).await;
            waited += LOOK_AGAIN;
        }
    }
}

impl Processes {
    fn kill(&self) {
        // One that may not be killed shows as one that did not end.
        let _ = self.all.send(Signal::KILL, |_| true);
    }
}
