//! Makes a container from nothing: image, creation, networks, start. What fails midway is taken back.

use serde_json::Value;

use super::ability;
use super::body::container::{self, Plan};
use super::cleanup::{Unfinished, or_undo, removal};
use super::client::Engine;
use super::errors::{Error, Result};
use super::pull::Pull;
use super::raw::Request;
use crate::model::container::{ContainerSpec, Health};

/// A container that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    pub id: String,
    pub name: String,
    /// What the engine said of options that it could not heed.
    pub warnings: Vec<String>,
}

fn warnings(made: &Value) -> Vec<String> {
    made["Warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Engine {
    /// Creates a container, connects it to all its networks, then starts it, detached.
    ///
    /// A missing image is pulled; `progress` hears of it. A `command` given as a string is split into arguments as a
    /// shell would split it, and no shell runs: variables, `|` and `&&` mean nothing. Without `wait` it is done once the
    /// engine has started the process. Whatever fails or is dropped after creation, the waiting too, removes the container
    /// again.
    pub async fn run_container(
        &self,
        image: &str,
        spec: &ContainerSpec,
        progress: &(dyn Fn(Pull) + Sync),
    ) -> Result<Started> {
        spec.check()?;
        if image.trim().is_empty() {
            return Err(Error::Invalid { message: "a container needs an image".into(), hint: None });
        }
        let plan = self.plan(image, spec).await?;
        self.check_addresses(&spec.attachments()).await?;
        let name = spec.name.as_deref();
        let made = match self.create(name, &plan.body).await {
            Err(Error::Refused { status: 404, words }) if words.to_lowercase().contains("no such image") => {
                self.pull_image(image, progress).await?;
                self.create(name, &plan.body).await
            }
            other => other,
        };
        let (id, warnings) = match made {
            Ok(made) => (made["Id"].as_str().unwrap_or_default().to_owned(), warnings(&made)),
            Err(error) => return Err(self.explain_run(error, name, "").await),
        };
        let unfinished = Unfinished::new(self, removal(&id));
        match self.finish(&id, &plan, spec).await {
            Ok(name) => {
                unfinished.keep();
                Ok(Started { id, name, warnings })
            }
            Err(error) => {
                let error = self.explain_attachments(error, &spec.attachments()).await;
                let error = self.explain_run(error, name, &id).await.with_removal();
                unfinished.remove().await;
                Err(error)
            }
        }
    }

    /// What to send, after what can be known of it was checked. The engine's version is asked for only where it matters.
    pub(super) async fn plan(&self, image: &str, spec: &ContainerSpec) -> Result<Plan> {
        let attachments = spec.attachments();
        let whole = if attachments.len() > 1 || spec.mac_address.is_some() {
            self.api().await? >= ability::WHOLE
        } else {
            false
        };
        for (_, endpoint) in &attachments {
            self.able_to_attach(endpoint).await?;
        }
        if let Some(Health::Check(check)) = &spec.healthcheck
            && check.start_interval.is_some()
        {
            self.able_to("healthcheck.start_interval", ability::START_INTERVAL).await?;
        }
        container::plan(image, spec, self.ownership(), whole)
            .map_err(|fault| Error::Invalid { message: fault.to_string(), hint: Some(fault.hint()) })
    }

    async fn create(&self, name: Option<&str>, body: &Value) -> Result<Value> {
        let mut request = Request::post(&["containers", "create"]).json(body);
        if let Some(name) = name {
            request = request.query("name", name);
        }
        let (worker, undoer) = (self.clone(), self.clone());
        let work = async move { worker.send(&request).await };
        let undo = |made: Value| async move {
            if let Some(id) = made["Id"].as_str() {
                let _ = undoer.send(&removal(id)).await;
            }
        };
        or_undo(work, undo).await.unwrap_or_else(|| Err(self.transport("the request was lost".into())))
    }

    /// Connects the other networks, starts, waits for what is to be waited for, and says the name.
    async fn finish(&self, id: &str, plan: &Plan, spec: &ContainerSpec) -> Result<String> {
        for (network, endpoint) in &plan.later {
            self.attach(network, id, endpoint).await?;
        }
        self.send(&Request::post(&["containers", id, "start"])).await?;
        // One that removes itself may be gone by now; its id still names it.
        let whole = self.send(&Request::get(&["containers", id, "json"])).await.unwrap_or_default();
        let name = whole["Name"].as_str().map_or(id, |name| name.trim_start_matches('/'));
        // By a name that is not its id, what is gone is known to have been there.
        let called = if name == id { spec.name.as_deref().or(id.get(..12)).unwrap_or(id) } else { name };
        self.wait_for(id, called, &spec.wait.0, spec.timeout).await?;
        Ok(name.to_owned())
    }
}
