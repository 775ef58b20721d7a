//! What reaches a command while it runs: what is typed, and the size of the terminal it is typed at.

use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::Receiver;

use super::client::Engine;
use super::raw::Request;

/// The other ends are held by whoever sits at the keyboard. Input that ends closes the command's stdin.
#[derive(Debug, Default)]
pub struct Live {
    pub input: Option<Receiver<Vec<u8>>>,
    /// Rows and columns.
    pub sizes: Option<Receiver<(u16, u16)>>,
}

/// A command that was only just started may not have its terminal yet.
const TRIES: u32 = 25;
const PAUSE: Duration = Duration::from_millis(20);

/// Hands input on until it ends. With a terminal the connection stays open: the engine would end the output with it.
pub(super) async fn feed(mut input: Receiver<Vec<u8>>, to: &mut (impl AsyncWrite + Unpin), tty: bool) {
    while let Some(bytes) = input.recv().await {
        // A command that reads no more is no error of ours.
        if to.write_all(&bytes).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
    if tty {
        let _ = to.write_all(b"\x04").await;
        let _ = to.flush().await;
    } else {
        let _ = to.shutdown().await;
    }
}

/// Gives the command's terminal each size. One that cannot be given is no reason to end the command.
pub(super) async fn resize(engine: &Engine, id: &str, mut sizes: Receiver<(u16, u16)>) {
    while let Some((rows, columns)) = sizes.recv().await {
        let request =
            Request::post(&["exec", id, "resize"]).query("h", &rows.to_string()).query("w", &columns.to_string());
        for _ in 0..TRIES {
            if engine.send(&request).await.is_ok() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
