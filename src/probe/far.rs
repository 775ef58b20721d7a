//! An agent in a container: started at its post, spoken to, and told why it ended.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, Semaphore};
use tokio::time::sleep;

use super::client::Connection;
use super::executable::Executable;
use super::settings::Settings;
use super::wire::Fault;
use crate::engine::{self, AgentContainer, AgentImage, AgentImageName, Engine};
use crate::model::probe::post::Post;

/// Containers started at a time: more only wait for each other.
const STARTS: usize = 4;
/// An image that another run removes between its import and its use is imported again.
const TRIES: usize = 5;
/// Until the last words of an agent that ended have come.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// An agent in a container. It ends, and its container goes, when this is dropped.
#[derive(Debug)]
pub(super) struct Far {
    pub(super) post: Post,
    pub(super) connection: Connection,
    container: AgentContainer,
}

impl Far {
    /// Why it is of no use any more, with what it has said by now.
    pub(super) fn told(&self, fault: &Fault) -> String {
        told(&self.container, fault)
    }

    /// The same, once its last words may have come.
    pub(super) async fn last_told(&self, fault: &Fault) -> String {
        sleep(LAST_WORDS).await;
        self.told(fault)
    }
}

fn told(container: &AgentContainer, fault: &Fault) -> String {
    let short = container.id.get(..12).unwrap_or(&container.id);
    match container.last_words() {
        words if words.is_empty() => format!("the agent in container {short} is gone: {fault}"),
        words => format!("the agent in container {short} is gone: {fault}; it said: {words}"),
    }
}

/// Why an agent could not be started.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotStarted {
    #[error(transparent)]
    Engine(#[from] engine::Error),
    #[error("xnet's own executable cannot be sent: {0}")]
    Executable(#[from] io::Error),
    #[error("{0}")]
    Mute(String),
}

/// Starts agents, all from one image.
#[derive(Debug)]
pub(super) struct Starter {
    executable: OnceCell<Executable>,
    image: Mutex<Option<AgentImageName>>,
    starts: Semaphore,
}

impl Default for Starter {
    fn default() -> Self {
        Self { executable: OnceCell::new(), image: Mutex::default(), starts: Semaphore::new(STARTS) }
    }
}

impl Starter {
    pub(super) async fn start(&self, engine: &Engine, post: &Post, settings: &Settings) -> Result<Far, NotStarted> {
        let _turn = self.starts.acquire().await;
        let mut tries = 0;
        let (container, attached) = loop {
            let image = self.image(engine, settings).await?;
            tries += 1;
            match engine.start_agent(&image, post).await {
                Err(engine::Error::Refused { status: 404, words })
                    if tries < TRIES && words.to_lowercase().contains("no such image") =>
                {
                    *self.image.lock().unwrap_or_else(PoisonError::into_inner) = None;
                }
                started => break started?,
            }
        };
        let connection = match Connection::open(attached).await {
            Ok(connection) => connection,
            Err(fault) => {
                sleep(LAST_WORDS).await;
                return Err(NotStarted::Mute(told(&container, &fault)));
            }
        };
        settings.tell(&format!("probes: {post}, container {}", container.id.get(..12).unwrap_or(&container.id)));
        Ok(Far { post: post.clone(), connection, container })
    }

    /// That of the agents that are there, or made now.
    async fn image(&self, engine: &Engine, settings: &Settings) -> Result<AgentImage, NotStarted> {
        let known = self.image.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(AgentImageName::image);
        if let Some(image) = known {
            return Ok(image);
        }
        let executable = self.executable.get_or_try_init(|| find(settings)).await?;
        let (image, imported) = engine.agent_image(&executable.tag, &executable.entry, || executable.layer()).await?;
        if imported {
            settings.tell(&format!("probes: imported the image {}", executable.tag));
        }
        *self.image.lock().unwrap_or_else(PoisonError::into_inner) = Some(image.name());
        Ok(image)
    }
}

async fn find(settings: &Settings) -> io::Result<Executable> {
    let other = settings.executable.clone();
    let found = tokio::task::spawn_blocking(move || Executable::find(other.as_deref())).await;
    found.unwrap_or_else(|error| Err(io::Error::other(error)))
}
