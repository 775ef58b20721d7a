//! A container created, or compared with what is asked for.

use serde_json::Value;

use super::body;
use super::client::{Engine, Ownership};
use super::compare::container::{self as compare, Image};
use super::errors::{Error, Result};
use super::pull::Pull;
use super::raw::Request;
use super::run::Started;
use crate::model::container::ContainerSpec;

/// What [`Engine::ensure_container`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnsuredContainer {
    pub container: Started,
    /// `created`, `unchanged`, `started` or `recreated`.
    pub outcome: &'static str,
}

impl Engine {
    /// Creates the container that the request names, or compares the one that is there. The same and running is left
    /// alone, the same and stopped is started; a difference is [`Error::ContainerDiffers`], or with `force` the end of the
    /// old one, which is removed before the new one is made. `wait` holds for all of them.
    pub async fn ensure_container(
        &self,
        image: &str,
        spec: &ContainerSpec,
        force: bool,
        progress: &(dyn Fn(Pull) + Sync),
    ) -> Result<EnsuredContainer> {
        spec.check()?;
        let Some(name) = spec.name.as_deref().filter(|name| !name.trim().is_empty()) else {
            let hint = Some("say `name: \"web\"`: by it the container is found again".into());
            return Err(Error::Invalid { message: "docker.ensure_container needs a `name`".into(), hint });
        };
        let there = match self.find_container(name).await? {
            Some(there) => there,
            None => match self.run_container(image, spec, progress).await {
                // Somebody else was faster: what counts is whether it is as asked for.
                Err(error @ Error::NameTaken { .. }) => self.find_container(name).await?.ok_or(error)?,
                made => return made.map(|container| EnsuredContainer { container, outcome: "created" }),
            },
        };
        let differences = self.differences(&there, image, spec).await?;
        if differences.is_empty() {
            return self.keep(&there, name, spec).await;
        }
        if !force {
            return Err(Error::ContainerDiffers { name: name.to_owned(), differences });
        }
        // What can be known to fail is found before the old one goes: options, networks, addresses, the image. Not whether
        // its ports are free and its program is there, which only the start tells.
        let id = there["Id"].as_str().unwrap_or(name);
        self.plan(image, spec).await?;
        self.check_places(&spec.attachments(), id).await?;
        if !self.image_exists(image).await? {
            self.pull_image(image, progress).await?;
        }
        self.remove_container(id, true, false).await?;
        let container = self.run_container(image, spec, progress).await?;
        Ok(EnsuredContainer { container, outcome: "recreated" })
    }

    async fn differences(&self, there: &Value, image: &str, spec: &ContainerSpec) -> Result<Vec<super::Difference>> {
        let plan = body::container::plan(image, spec, &Ownership::default(), false);
        let mut body =
            plan.map_err(|fault| Error::Invalid { message: fault.to_string(), hint: Some(fault.hint()) })?.body;
        // The engine keeps the id of the container whose network is shared.
        for key in ["NetworkMode", "PidMode", "IpcMode"] {
            let peer = body["HostConfig"][key].as_str().and_then(|mode| mode.strip_prefix("container:"));
            if let Some(peer) = peer {
                let found = self.inspect_container(peer).await?;
                body["HostConfig"][key] = format!("container:{}", found["Id"].as_str().unwrap_or(peer)).into();
            }
        }
        let here = match self.send(&Request::get(&["images", image, "json"])).await {
            Ok(here) => here,
            // The container may outlive its image's name.
            Err(Error::Refused { status: 404, .. }) => Value::Null,
            Err(error) => return Err(error),
        };
        Ok(compare::container(there, &Image { name: image, id: here["Id"].as_str() }, spec, &body))
    }

    async fn keep(&self, there: &Value, name: &str, spec: &ContainerSpec) -> Result<EnsuredContainer> {
        let id = there["Id"].as_str().unwrap_or_default().to_owned();
        let outcome = if there["State"]["Running"] == true {
            if there["State"]["Paused"] == true {
                let hint = Some(format!("docker.unpause(\"{name}\")"));
                return Err(Error::Invalid { message: format!("container \"{name}\" is paused"), hint });
            }
            "unchanged"
        } else {
            self.start_container(name).await?;
            "started"
        };
        self.wait_for(&id, name, &spec.wait.0, spec.timeout).await?;
        Ok(EnsuredContainer { container: Started { id, name: name.to_owned(), warnings: Vec::new() }, outcome })
    }
}
