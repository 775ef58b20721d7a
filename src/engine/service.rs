//! Services of a swarm: create, list, inspect, scale, remove, and their tasks.

mod body;
mod tasks;

use std::time::{Duration, Instant};

use serde_json::Value;

use super::cleanup::{Unfinished, or_undo};
use super::client::Engine;
use super::errors::{Error, Result};
use super::explain::Thing;
use super::filters;
use super::raw::Request;
use super::swarm::refused;
use super::swarm_fault::SwarmError;
use crate::model::container::{ContainerFilters, ListSpec};
use crate::model::service::{Patience, ServiceFilters, ServiceSpec};
use crate::model::text::Words;

/// How long tasks may take unless it is said.
const PATIENCE: Duration = Duration::from_mins(1);
/// A task counts as running when it has done so for this long: one that ends at once runs for a moment too.
const STEADY: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Somebody else may change a service between reading and writing it.
const TRIES: usize = 5;

/// A service that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub id: String,
    pub name: String,
    /// What the engine found worth saying.
    pub warnings: Vec<String>,
}

impl Engine {
    /// Creates a service and, unless told not to, waits until all its tasks run. One whose tasks do not run is removed.
    pub async fn create_service(&self, image: &str, spec: &ServiceSpec) -> Result<Service> {
        spec.check().map_err(SwarmError::from)?;
        let request = Request::post(&["services", "create"]).json(&body::service(image, spec, self.ownership())?);
        let (worker, undoer) = (self.clone(), self.clone());
        let work = async move { worker.send(&request).await };
        let undo = |made: Value| async move {
            if let Some(id) = made["ID"].as_str() {
                let _ = undoer.send(&Request::delete(&["services", id])).await;
            }
        };
        let name = spec.name.clone().unwrap_or_default();
        let answer = match or_undo(work, undo).await.unwrap_or_else(|| Err(self.lost())) {
            Ok(answer) => answer,
            Err(Error::Refused { status: 409, .. }) => return Err(Error::NameTaken { what: "service", name }),
            Err(error) => return Err(self.explain_create_service(error).await),
        };
        let id = answer["ID"].as_str().unwrap_or_default().to_owned();
        let unfinished = Unfinished::new(self, Request::delete(&["services", &id]));
        let whole = self.inspect_service(&id).await?;
        let name = whole["Spec"]["Name"].as_str().unwrap_or(&id).to_owned();
        if spec.wait.unwrap_or(true) {
            let wanted = (!spec.is_global()).then(|| spec.replicas.unwrap_or(1));
            let patience = spec.timeout.map_or(PATIENCE, |span| span.0);
            if let Err(mut error) = self.until_tasks_run(&id, &name, wanted, patience, &[]).await {
                let gone = unfinished.remove().await;
                if let Error::Swarm(SwarmError::TasksDown { removed, .. }) = &mut error {
                    *removed = gone;
                }
                return Err(error);
            }
        }
        unfinished.keep();
        let words = answer["Warnings"].as_array().into_iter().flatten().chain([&answer["Warning"]]);
        let warnings = words.filter_map(Value::as_str).filter(|words| !words.is_empty()).map(str::to_owned).collect();
        Ok(Service { id, name, warnings })
    }

    async fn explain_create_service(&self, error: Error) -> Error {
        let Error::Refused { status, words } = error else { return error };
        match words.strip_prefix("network ").and_then(|rest| rest.strip_suffix(" not found")) {
            Some(network) => {
                let missing = Error::Refused { status: 404, words: words.clone() };
                self.explain(missing, Thing::Network, network).await
            }
            None => refused(Error::Refused { status, words }),
        }
    }

    /// Docker's list of the services, with how many of their tasks run.
    pub async fn list_services(&self, asked: &ServiceFilters) -> Result<Vec<Value>> {
        let filters =
            filters::json(&[("id", &asked.id), ("name", &asked.name), ("label", &asked.label), ("mode", &asked.mode)]);
        let request = Request::get(&["services"]).query("status", "1").query("filters", &filters);
        match self.send(&request).await.map_err(refused)? {
            Value::Array(services) => Ok(services),
            _ => Ok(Vec::new()),
        }
    }

    /// Docker's own JSON, whole.
    pub async fn inspect_service(&self, name: &str) -> Result<Value> {
        self.about_service(name, &Request::get(&["services", name])).await
    }

    /// The tasks of a service, those that ended too, as far as the swarm keeps them.
    pub async fn service_tasks(&self, name: &str) -> Result<Vec<Value>> {
        let whole = self.inspect_service(name).await?;
        self.tasks_of(whole["ID"].as_str().unwrap_or(name)).await
    }

    async fn tasks_of(&self, id: &str) -> Result<Vec<Value>> {
        let filters = filters::json(&[("service", &Words(vec![id.to_owned()]))]);
        match self.send(&Request::get(&["tasks"]).query("filters", &filters)).await.map_err(refused)? {
            Value::Array(tasks) => Ok(tasks),
            _ => Ok(Vec::new()),
        }
    }

    /// Whether tasks of a service are left, or their containers on this node. The service may be gone itself, so that
    /// engines know none of that name any more.
    async fn has_tasks(&self, id: &str) -> Result<bool> {
        let tasks = self.send(&Request::get(&["tasks"])).await.map_err(refused)?;
        if tasks.as_array().into_iter().flatten().any(|task| task["ServiceID"] == id) {
            return Ok(true);
        }
        let label = Words(vec![format!("com.docker.swarm.service.id={id}")]);
        let filters = ContainerFilters { label, ..ContainerFilters::default() };
        let of_it = ListSpec { all: true, filters, ..ListSpec::default() };
        Ok(!self.list_containers(&of_it).await?.is_empty())
    }

    /// Changes how many tasks a replicated service has and, unless told not to, waits until that many run.
    pub async fn scale_service(&self, name: &str, replicas: u64, patience: &Patience) -> Result<()> {
        patience.check().map_err(SwarmError::from)?;
        let mut tries = 1;
        let (id, known) = loop {
            let whole = self.inspect_service(name).await?;
            let (id, version) =
                (whole["ID"].as_str().unwrap_or(name).to_owned(), whole["Version"]["Index"].to_string());
            let mut spec = whole["Spec"].clone();
            let Some(replicated) = spec["Mode"].get_mut("Replicated") else {
                let message = format!("service \"{name}\" is global: it has one task on each node");
                return Err(Error::Invalid { message, hint: None });
            };
            replicated["Replicas"] = replicas.into();
            let known = tasks::ids(&self.tasks_of(&id).await?);
            let request = Request::post(&["services", &id, "update"]).query("version", &version).json(&spec);
            match self.about_service(name, &request).await {
                Ok(_) => break (id, known),
                Err(Error::Refused { words, .. }) if words.contains("out of sequence") && tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        };
        if patience.wait.unwrap_or(true) {
            let limit = patience.timeout.map_or(PATIENCE, |span| span.0);
            self.until_tasks_run(&id, name, Some(replicas), limit, &known).await?;
        }
        Ok(())
    }

    /// Removes a service and, unless told not to, waits until its tasks are gone: only then its networks can be removed.
    pub async fn remove_service(&self, name: &str, patience: &Patience) -> Result<()> {
        patience.check().map_err(SwarmError::from)?;
        let whole = self.inspect_service(name).await?;
        let id = whole["ID"].as_str().unwrap_or(name);
        self.about_service(name, &Request::delete(&["services", id])).await?;
        let limit = patience.timeout.map_or(PATIENCE, |span| span.0);
        let began = Instant::now();
        while patience.wait.unwrap_or(true) && self.has_tasks(id).await? {
            if began.elapsed() > limit {
                return Err(Error::TimedOut {
                    what: format!("the end of the tasks of service \"{name}\""),
                    after: limit,
                });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// Waits until `wanted` tasks run, or for a global service all that there are. A task that fails ends the wait, but
    /// for those that were there before.
    async fn until_tasks_run(
        &self,
        id: &str,
        name: &str,
        wanted: Option<u64>,
        limit: Duration,
        known: &[String],
    ) -> Result<()> {
        let began = Instant::now();
        let mut settled: Option<Instant> = None;
        loop {
            let seen = tasks::Seen::of(&self.tasks_of(id).await?, known);
            let wanted = wanted.unwrap_or_else(|| seen.desired.max(1));
            let since = seen.is_settled(wanted).then(|| *settled.get_or_insert_with(Instant::now));
            if since.is_some_and(|since| since.elapsed() >= STEADY) {
                return Ok(());
            }
            settled = since;
            let late = began.elapsed() > limit && settled.is_none();
            if !seen.failed.is_empty() || late {
                let words = if seen.failed.is_empty() { seen.waiting } else { seen.failed };
                let after = late.then_some(limit);
                let (service, running) = (name.to_owned(), seen.running);
                return Err(SwarmError::TasksDown { service, running, wanted, words, after, removed: false }.into());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn about_service(&self, name: &str, request: &Request) -> Result<Value> {
        match self.send(request).await {
            Err(Error::Refused { status: 404, .. }) => {
                let services = self.list_services(&ServiceFilters::default()).await.unwrap_or_default();
                let known = services.iter().filter_map(|service| service["Spec"]["Name"].as_str());
                let known = known.map(str::to_owned).collect();
                Err(Error::NotFound { what: "service", name: name.to_owned(), known })
            }
            answer => answer.map_err(refused),
        }
    }
}
