//! The image that agents are started from: imported from what xnet sends, and no more of it left than there need be.

use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde_json::{Value, json};

use super::attached::name_of;
use super::cleanup::{Lent, removal};
use super::client::{Engine, Ownership};
use super::errors::{Error, Result};
use super::raw::Request;
use crate::model::names::{LABEL_PROJECT, LABEL_ROLE, LABEL_RUN};

/// A container that was created so long ago and never started has lost whoever created it.
const STRANDED: Duration = Duration::from_mins(1);

/// An image of agents. On an engine of this machine it is removed once all clones are dropped: there it costs little to make
/// again. On one that is elsewhere it stays, as sending it costs the most.
#[derive(Debug, Clone)]
pub struct AgentImage {
    /// A tag may meanwhile be that of another run's import.
    id: String,
    entry: Vec<String>,
    lent: Arc<Lent>,
}

/// Keeps no image there by itself.
#[derive(Debug, Clone)]
pub struct AgentImageName {
    id: String,
    entry: Vec<String>,
    lent: Weak<Lent>,
}

impl AgentImageName {
    /// The image, if it is still held by somebody.
    pub fn image(&self) -> Option<AgentImage> {
        let lent = self.lent.upgrade()?;
        Some(AgentImage { id: self.id.clone(), entry: self.entry.clone(), lent })
    }
}

impl AgentImage {
    pub fn name(&self) -> AgentImageName {
        let lent = Arc::downgrade(&self.lent);
        AgentImageName { id: self.id.clone(), entry: self.entry.clone(), lent }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn entry(&self) -> &[String] {
        &self.entry
    }
}

/// What agents have left on an engine: names of containers and images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOver {
    pub removed: Vec<String>,
    /// Work for an xnet that still runs.
    pub in_use: Vec<String>,
}

impl Engine {
    /// The image of this tag, which says what is in it; imported from what `layer` makes where it is not there. Nothing is ever
    /// pulled. The second says whether it was imported.
    pub async fn agent_image(
        &self,
        tag: &str,
        entry: &[String],
        layer: impl FnOnce() -> BoxStream<'static, io::Result<Bytes>>,
    ) -> Result<(AgentImage, bool)> {
        let there = self.image_id(tag).await?;
        let imported = there.is_none();
        let id = if let Some(id) = there {
            id
        } else {
            self.check_architecture().await?;
            let id = self.import_pieces(layer(), tag, &labels(self.ownership()), &|_| {}).await?;
            self.sweep(tag).await;
            id
        };
        let (engine, gone) = (self.clone(), id.clone());
        let lent = Lent::new(async move { engine.let_go(&gone).await }, false);
        Ok((AgentImage { id, entry: entry.to_vec(), lent }, imported))
    }

    /// Removes an image that this run has worked with: on an engine of this machine always, elsewhere when another run's import
    /// has taken its name meanwhile. Another run that works with the same image removes it in its turn.
    async fn let_go(&self, id: &str) {
        let named = async || {
            let whole = self.send(&Request::get(&["images", id, "json"])).await;
            // Of one that cannot be asked about nothing is known.
            whole.map_or(true, |whole| whole["RepoTags"].as_array().is_some_and(|tags| !tags.is_empty()))
        };
        if self.is_local() || !named().await {
            let _ = self.send(&Request::delete(&["images", id])).await;
        }
    }

    async fn image_id(&self, name: &str) -> Result<Option<String>> {
        match self.send(&Request::get(&["images", name, "json"])).await {
            Ok(whole) => Ok(whole["Id"].as_str().map(str::to_owned)),
            Err(Error::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Our own executable runs on machines like ours alone.
    async fn check_architecture(&self) -> Result<()> {
        let version = self.version().await?;
        let (system, theirs) =
            (version["Os"].as_str().unwrap_or("linux"), version["Arch"].as_str().unwrap_or_default());
        let ours = architecture();
        if system == "linux" && (theirs == ours || theirs.is_empty()) {
            return Ok(());
        }
        let message = format!("the engine's machine is {system}/{theirs}, and this xnet can only run on linux/{ours}");
        let hint = format!("run an xnet that was built for {system}/{theirs}, on the engine's machine or here");
        Err(Error::Invalid { message, hint: Some(hint) })
    }

    /// Removes images of other versions that nothing uses, and containers that never started. What cannot be removed now is
    /// tried again with the next import, and told by [`Engine::clean_agents`].
    async fn sweep(&self, tag: &str) {
        for name in self.agent_images().await.unwrap_or_default().iter().filter(|name| *name != tag) {
            let _ = self.send(&Request::delete(&["images", name])).await;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        for one in self.agents().await.unwrap_or_default() {
            let created = Duration::from_secs(one["Created"].as_u64().unwrap_or(u64::MAX));
            if one["State"] == "created" && now.checked_sub(created).is_some_and(|age| age > STRANDED) {
                let _ = self.send(&removal(one["Id"].as_str().unwrap_or_default())).await;
            }
        }
    }

    /// Removes what agents have left: containers that do not run, and images that nothing uses.
    pub async fn clean_agents(&self) -> Result<LeftOver> {
        let mut found = LeftOver::default();
        for one in self.agents().await? {
            let name = name_of(&one).to_owned();
            if one["State"] == "running" {
                found.in_use.push(name);
                continue;
            }
            match self.send(&removal(one["Id"].as_str().unwrap_or_default())).await {
                // It went by itself.
                Ok(_) | Err(Error::Refused { status: 404 | 409, .. }) => found.removed.push(name),
                Err(error) => return Err(error),
            }
        }
        for name in self.agent_images().await? {
            match self.send(&Request::delete(&["images", &name])).await {
                Ok(_) => found.removed.push(name),
                Err(Error::Refused { status: 404, .. }) => {}
                Err(Error::Refused { status: 409, .. }) => found.in_use.push(name),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn agents(&self) -> Result<Vec<Value>> {
        let filters = json!({"label": [format!("{LABEL_ROLE}=agent")]}).to_string();
        let request = Request::get(&["containers", "json"]).switch("all", true).query("filters", &filters);
        Ok(self.send(&request).await?.as_array().cloned().unwrap_or_default())
    }

    /// The names of all images of agents, or their ids where they have none.
    async fn agent_images(&self) -> Result<Vec<String>> {
        let filters = json!({"label": [format!("{LABEL_ROLE}=agent")]}).to_string();
        let all = self.send(&Request::get(&["images", "json"]).query("filters", &filters)).await?;
        let names = |image: &Value| {
            let tags = image["RepoTags"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let tags: Vec<String> = tags.filter(|tag| !tag.contains("<none>")).map(str::to_owned).collect();
            if tags.is_empty() { vec![image["Id"].as_str().unwrap_or_default().to_owned()] } else { tags }
        };
        Ok(all.as_array().into_iter().flatten().flat_map(names).collect())
    }
}

/// As Dockerfile instructions.
fn labels(ownership: &Ownership) -> Vec<String> {
    let all = [(LABEL_ROLE, "agent"), (LABEL_PROJECT, &ownership.project), (LABEL_RUN, &ownership.run)];
    let given = all.into_iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| format!("LABEL {name}=\"{}\"", quoted(value))).collect()
}

/// What means something inside double quotes of a Dockerfile does so no more.
fn quoted(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len());
    for character in value.chars().filter(|character| !character.is_control()) {
        if matches!(character, '"' | '\\' | '$') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

/// What this xnet was built for, in Docker's words.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_no_instructions() {
        let ownership = Ownership { project: "a\"b\nRUN x$y\\".into(), run: String::new() };
        assert_eq!(labels(&ownership), ["LABEL xnet.role=\"agent\"", "LABEL xnet.project=\"a\\\"bRUN x\\$y\\\\\""]);
    }
}
