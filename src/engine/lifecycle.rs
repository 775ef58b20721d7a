//! Starts, stops, kills, pauses, renames and removes containers, and waits for their end.

use serde_json::{Value, json};

use super::ability;
use super::body::container::whole_seconds;
use super::client::Engine;
use super::errors::{Error, Result};
use super::explain::Thing;
use super::filters;
use super::raw::{LIMIT, Request, UNBOUNDED};
use crate::model::container::{ContainerPruneSpec, KillSpec, StopSpec};
use crate::model::duration::Span;

impl Engine {
    /// Starts it; one that runs stays as it is.
    pub async fn start_container(&self, name: &str) -> Result<()> {
        match self.send(&Request::post(&["containers", name, "start"])).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain_start(error, name).await),
        }
    }

    /// Why it does not start. A 404 may also mean a network that is gone, or a program that the image does not have.
    async fn explain_start(&self, error: Error, name: &str) -> Error {
        match &error {
            Error::Refused { status, words }
                if *status == 301 || words.to_lowercase().contains("no such container") =>
            {
                self.explain(error, Thing::Container, name).await
            }
            Error::Refused { status: 404, .. } => self.explain_run(error, Some(name), "").await,
            _ => {
                let error = self.explain_endpoints_of(error, name).await;
                self.explain_run(error, Some(name), "").await
            }
        }
    }

    /// Asks it to end, and kills it after the timeout. One that does not run stays as it is.
    pub async fn stop_container(&self, name: &str, spec: &StopSpec) -> Result<()> {
        let request = self.ending(name, "stop", spec).await?;
        self.about(name, &request).await.map(drop)
    }

    /// Stops as [`Engine::stop_container`] does, and starts again.
    pub async fn restart_container(&self, name: &str, spec: &StopSpec) -> Result<()> {
        let request = self.ending(name, "restart", spec).await?;
        match self.send(&request).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain_start(error, name).await),
        }
    }

    async fn ending(&self, name: &str, verb: &str, spec: &StopSpec) -> Result<Request> {
        // A container may bring a longer stop timeout of its own, so the bound is generous.
        let mut request = Request::post(&["containers", name, verb]).within(LIMIT * 5);
        if let Some(Span(timeout)) = spec.timeout {
            request = request.query("t", &whole_seconds(timeout).to_string()).within(timeout + LIMIT);
        }
        if let Some(signal) = &spec.signal {
            self.able_to("signal", ability::STOP_SIGNAL).await?;
            request = request.query("signal", signal);
        }
        Ok(request)
    }

    /// Sends a signal to its first process; returns once the engine has sent it.
    pub async fn kill_container(&self, name: &str, spec: &KillSpec) -> Result<()> {
        let signal = spec.signal.as_deref().unwrap_or("KILL");
        self.about(name, &Request::post(&["containers", name, "kill"]).query("signal", signal)).await.map(drop)
    }

    /// Freezes all its processes.
    pub async fn pause_container(&self, name: &str) -> Result<()> {
        self.about(name, &Request::post(&["containers", name, "pause"])).await.map(drop)
    }

    pub async fn unpause_container(&self, name: &str) -> Result<()> {
        self.about(name, &Request::post(&["containers", name, "unpause"])).await.map(drop)
    }

    pub async fn rename_container(&self, name: &str, new: &str) -> Result<()> {
        if new.trim().is_empty() {
            return Err(Error::Invalid { message: "the new name is empty".into(), hint: None });
        }
        match self.send(&Request::post(&["containers", name, "rename"]).query("name", new)).await {
            Ok(_) => Ok(()),
            Err(Error::Refused { status: 409, words }) if words.contains("already in use") => {
                Err(Error::NameTaken { what: "container", name: new.to_owned() })
            }
            Err(error) => Err(self.explain(error, Thing::Container, name).await),
        }
    }

    /// Removes it; with `force` also while it runs, with `volumes` its anonymous volumes too.
    pub async fn remove_container(&self, name: &str, force: bool, volumes: bool) -> Result<()> {
        let request = Request::delete(&["containers", name]).switch("force", force).switch("v", volumes);
        match self.send(&request).await {
            Ok(_) => Ok(()),
            // Newer engines say "stop the container before removing", older ones "or force remove", Podman "without force".
            Err(Error::Refused { status: 409 | 500, words })
                if words.contains("remov") && (words.contains("force") || words.contains("running"))
                    || words.contains("is paused") =>
            {
                let whole = self.inspect_container(name).await?;
                let state = whole["State"]["Status"].as_str().unwrap_or("running").to_owned();
                Err(Error::Alive { container: name.to_owned(), state })
            }
            Err(error) => Err(self.explain(error, Thing::Container, name).await),
        }
    }

    /// Waits without bound until it does not run, and says its exit code.
    pub async fn wait_container(&self, name: &str) -> Result<i64> {
        let answer = self.about(name, &Request::post(&["containers", name, "wait"]).within(UNBOUNDED)).await?;
        match answer["Error"]["Message"].as_str() {
            Some(words) if !words.is_empty() => Err(Error::Refused { status: 500, words: words.to_owned() }),
            _ => Ok(answer["StatusCode"].as_i64().unwrap_or_default()),
        }
    }

    /// Removes stopped containers: Docker's answer, with `ContainersDeleted` (ids) always a list.
    pub async fn prune_containers(&self, spec: &ContainerPruneSpec) -> Result<Value> {
        let request = Request::post(&["containers", "prune"]).query("filters", &filters::prune(&spec.filters));
        let mut answer = self.send(&request).await?;
        if answer["ContainersDeleted"].is_null() {
            answer["ContainersDeleted"] = json!([]);
        }
        Ok(answer)
    }
}
