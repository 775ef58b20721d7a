//! The agent's side of the connection: what `xnet agent` does in its container, until whoever started it goes away.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, BufReader, copy_bidirectional_with_sizes, split};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::agent::Agent;
use super::wire::{self, Channel, Fault};
use crate::model::probe::order::Answer;
use crate::model::probe::verdict::{Cause, Miss};
use crate::model::probe::wire::{Call, Hello, Reply, WireFault, encode};

/// Whoever is silent for so long is gone, though the connection may not know it yet. The other side speaks four times as
/// often, see `STILL` in client.rs.
const SILENCE: Duration = Duration::from_mins(1);
/// How long one who speaks another version may take to read which one this is.
const PARTING: Duration = Duration::from_secs(2);
/// Orders that are taken before the next is read.
const UNDER_WAY: usize = 16_384;
/// Answers that wait to be written.
const ANSWERS: usize = 256;
/// Of relayed bytes: the default of 8 KiB costs half of the throughput.
const BUFFER: usize = 64 << 10;

/// Does what is asked over a connection until that ends. An error is of the connection: what a probe finds is none.
pub async fn serve(io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<(), Fault> {
    let (mut arrived, carrier) = wire::accept(io);
    let agent = Arc::new(Agent::default());
    let work = async {
        let first = timeout(SILENCE, arrived.recv()).await.map_err(|_| Fault::Silent(SILENCE))?;
        let Some(first) = first else { return Ok(()) };
        let mut orders = pin!(orders(first, &agent));
        let mut relays = JoinSet::new();
        loop {
            tokio::select! {
                ended = &mut orders => return ended,
                // A relay that fails has told its own stream so.
                Some(_) = relays.join_next() => {}
                Some(channel) = arrived.recv() => drop(relays.spawn(relay(channel, agent.clone()))),
            }
        }
    };
    tokio::select! {
        ended = carrier => ended,
        ended = work => ended,
    }
}

async fn orders(channel: Channel, agent: &Arc<Agent>) -> Result<(), Fault> {
    let (reader, mut writer) = split(channel);
    let mut reader = BufReader::new(reader);
    greet(&mut reader, &mut writer).await?;
    let (answers, written) = mpsc::channel(ANSWERS);
    tokio::select! {
        ended = take(&mut reader, agent, &answers) => ended,
        ended = wire::pump(&mut writer, written) => ended,
    }
}

async fn take(
    reader: &mut (impl AsyncRead + Unpin),
    agent: &Arc<Agent>,
    answers: &mpsc::Sender<Vec<u8>>,
) -> Result<(), Fault> {
    let room = Arc::new(Semaphore::new(UNDER_WAY));
    let mut tasks = JoinSet::new();
    loop {
        let call = timeout(SILENCE, wire::read(reader)).await.map_err(|_| Fault::Silent(SILENCE))??;
        while tasks.try_join_next().is_some() {}
        match call {
            None => return Ok(()),
            // Who writes ends all when that fails.
            Some(Call::Still) => drop(answers.send(encode(&Reply::Still)?).await),
            Some(Call::Order { id, order }) => {
                let (agent, answers, room) = (agent.clone(), answers.clone(), room.clone().acquire_owned().await);
                tasks.spawn(async move {
                    if let Ok(frame) = framed(id, agent.ask(order).await) {
                        let _ = answers.send(frame).await;
                    }
                    drop(room);
                });
            }
            Some(Call::Enter { id, from }) => {
                let miss = agent.enter(&from).await.err();
                drop(answers.send(encode(&Reply::Entered { id, miss })?).await);
            }
            Some(Call::Hello(_)) => return Err(WireFault::OutOfTurn { what: "a second greeting" }.into()),
            Some(Call::Dial { .. }) => return Err(WireFault::OutOfTurn { what: "a dial among orders" }.into()),
        }
    }
}

/// Says which version this is, and hears which the other is.
async fn greet(reader: &mut (impl AsyncRead + Unpin), writer: &mut (impl AsyncWrite + Unpin)) -> Result<(), Fault> {
    let call = timeout(SILENCE, wire::read(reader)).await.map_err(|_| Fault::Silent(SILENCE))??;
    let hello = match call {
        None => return Err(Fault::Ended),
        Some(Call::Hello(hello)) => hello,
        Some(_) => return Err(WireFault::OutOfTurn { what: "an order before the greeting" }.into()),
    };
    wire::write(writer, &Reply::Hello(Hello::ours())).await?;
    let checked = hello.check();
    if checked.is_err() {
        // It closes the stream once it has read that.
        let _ = timeout(PARTING, wire::read::<Call>(reader)).await;
    }
    Ok(checked?)
}

/// An answer ready to be sent, or why it cannot be.
fn framed(id: u64, answer: Answer) -> Result<Vec<u8>, WireFault> {
    match encode(&Reply::Answer { id, answer }) {
        Err(fault @ WireFault::Oversize { .. }) => {
            let words = format!("what was found cannot be sent: {fault}");
            encode(&Reply::Answer { id, answer: Err(Miss::new(Cause::NotSent, words, Duration::ZERO)) })
        }
        framed => framed,
    }
}

/// A stream of its own: a connection made inside, and its bytes both ways. The end of one direction is passed on.
async fn relay(mut channel: Channel, agent: Arc<Agent>) -> Result<(), Fault> {
    let call = timeout(SILENCE, wire::read(&mut channel)).await.map_err(|_| Fault::Silent(SILENCE))??;
    let Some(Call::Dial { from, to, within }) = call else {
        return Err(WireFault::OutOfTurn { what: "no dial on a stream of its own" }.into());
    };
    let mut stream = match agent.dial(&from, to, within).await {
        Ok(stream) => stream,
        Err(miss) => return wire::write(&mut channel, &Reply::Missed(miss)).await,
    };
    stream.set_nodelay(true)?;
    let local = stream.local_addr()?;
    wire::write(&mut channel, &Reply::Dialled { local }).await?;
    copy_bidirectional_with_sizes(&mut channel, &mut stream, BUFFER, BUFFER).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
