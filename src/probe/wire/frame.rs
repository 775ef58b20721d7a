//! Frames read from and written to a stream. Not a byte more is read than the frame has: what follows may be a
//! connection's own.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use super::fault::Fault;
use crate::model::probe::wire::{WireFault, decode, encode, length};

/// Bytes that are written at once.
const BATCH: usize = 64 << 10;

/// The next message; `None` when the stream ended before it began. Memory is taken as the bytes come, whatever the length says.
pub(in crate::probe) async fn read<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
) -> Result<Option<T>, Fault> {
    let mut head = [0; 4];
    let mut got = 0;
    while got < head.len() {
        match from.read(&mut head[got..]).await? {
            0 if got == 0 => return Ok(None),
            0 => return Err(WireFault::CutOff.into()),
            more => got += more,
        }
    }
    let length = length(head)?;
    let mut bytes = Vec::with_capacity(length.min(64 << 10));
    from.take(length as u64).read_to_end(&mut bytes).await?;
    if bytes.len() < length {
        return Err(WireFault::CutOff.into());
    }
    Ok(Some(decode(&bytes)?))
}

/// One message, sent at once.
pub(in crate::probe) async fn write<T: Serialize>(
    to: &mut (impl AsyncWrite + Unpin),
    message: &T,
) -> Result<(), Fault> {
    let frame = encode(message)?;
    let sent: io::Result<()> = async {
        to.write_all(&frame).await?;
        to.flush().await
    }
    .await;
    Ok(sent?)
}

/// Whole frames as they come, those that wait already in one piece. It ends when nobody can send any more.
pub(in crate::probe) async fn pump(
    to: &mut (impl AsyncWrite + Unpin),
    mut frames: mpsc::Receiver<Vec<u8>>,
) -> Result<(), Fault> {
    while let Some(mut batch) = frames.recv().await {
        while batch.len() < BATCH {
            let Ok(frame) = frames.try_recv() else { break };
            batch.extend_from_slice(&frame);
        }
        to.write_all(&batch).await?;
        to.flush().await?;
    }
    Ok(())
}
