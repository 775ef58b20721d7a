//! The container that a probing agent works in: created, attached to, started, and gone with whoever holds it.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::container::{AttachContainerResults, LogOutput};
use bollard::query_parameters::AttachContainerOptionsBuilder;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::StreamReader;

use super::agent_image::AgentImage;
use super::body;
use super::cleanup::{Lent, or_undo, removal};
use super::client::Engine;
use super::errors::{Error, Result};
use super::raw::{LIMIT, Request};
use crate::model::probe::post::Post;

/// Bytes of an agent's last words that are kept.
const WORDS: usize = 4 << 10;
/// How long a removal that is under way is waited for.
const REMOVED: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A container with an agent in it. It is removed once this is dropped.
#[derive(Debug)]
pub struct AgentContainer {
    pub id: String,
    words: Words,
    /// The image goes after its containers.
    _lent: Arc<Lent>,
}

impl AgentContainer {
    /// What the agent wrote to its stderr last; empty when that was nothing.
    pub fn last_words(&self) -> String {
        self.words.text()
    }
}

/// The agent's stdin and stdout. Once it is dropped the agent's input ends.
pub struct Attached {
    input: Pin<Box<dyn AsyncWrite + Send>>,
    output: StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes>,
}

impl Engine {
    /// Starts an agent at its post. The image must be one of [`Engine::agent_image`].
    pub async fn start_agent(&self, image: &AgentImage, post: &Post) -> Result<(AgentContainer, Attached)> {
        let body = body::agent::container(image.id(), image.entry(), post, self.ownership());
        let id = self.create_agent(body).await?;
        let (engine, container, kept) = (self.clone(), id.clone(), image.clone());
        let remove = async move {
            engine.remove_agent(&container).await;
            drop(kept);
        };
        let (words, lent) = (Words::default(), Lent::new(remove, true));
        let attached = self.attach_agent(&id, &words).await?;
        self.send(&Request::post(&["containers", &id, "start"])).await?;
        Ok((AgentContainer { id, words, _lent: lent }, attached))
    }

    async fn create_agent(&self, body: Value) -> Result<String> {
        let (worker, undoer) = (self.clone(), self.clone());
        let work = async move {
            let made = worker.send(&Request::post(&["containers", "create"]).json(&body)).await?;
            Ok(made["Id"].as_str().unwrap_or_default().to_owned())
        };
        let undo = |id: String| async move { undoer.remove_agent(&id).await };
        or_undo(work, undo).await.unwrap_or_else(|| Err(self.transport("the request was lost".into())))
    }

    /// Both directions, before it starts, so that nothing is missed.
    async fn attach_agent(&self, id: &str, words: &Words) -> Result<Attached> {
        let options = AttachContainerOptionsBuilder::new().stream(true).stdin(true).stdout(true).stderr(true).build();
        let attached = self.docker().attach_container(id, Some(options)).await;
        let AttachContainerResults { output, input } = attached.map_err(|fault| self.fault(fault, LIMIT))?;
        let words = words.clone();
        let output = output.filter_map(move |piece| {
            let piece = match piece {
                Ok(LogOutput::StdOut { message } | LogOutput::Console { message }) => Some(Ok(message)),
                Ok(LogOutput::StdErr { message }) => {
                    words.add(&message);
                    None
                }
                Ok(LogOutput::StdIn { .. }) => None,
                Err(fault) => Some(Err(io::Error::other(fault))),
            };
            std::future::ready(piece)
        });
        Ok(Attached { input, output: StreamReader::new(output.boxed()) })
    }

    /// Removes it, and waits until it is gone: the engine may be removing it already, as it has ended.
    async fn remove_agent(&self, id: &str) {
        let gone = async {
            while let Err(Error::Refused { status: 409, .. }) = self.send(&removal(id)).await {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        // One that the engine does not let go of is found by its label.
        let _ = tokio::time::timeout(REMOVED, gone).await;
    }
}

impl AsyncRead for Attached {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_read(context, into)
    }
}

impl AsyncWrite for Attached {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.input.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_shutdown(context)
    }
}

/// The end of what was written.
#[derive(Debug, Clone, Default)]
struct Words(Arc<Mutex<VecDeque<u8>>>);

impl Words {
    fn add(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(bytes);
        let over = kept.len().saturating_sub(WORDS);
        kept.drain(..over);
    }

    fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept.iter().copied().collect::<Vec<u8>>()).trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_what_an_agent_says_is_kept() {
        let words = Words::default();
        words.add(&[b'a'; WORDS]);
        words.add(b"the end\n");
        let text = words.text();
        assert!(text.ends_with("athe end") && text.len() == WORDS - 1, "{}", text.len());
    }
}
