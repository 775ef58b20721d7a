//! xnet's side of a connection to an agent: orders and their answers, and connections that the agent makes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadHalf, WriteHalf, split};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::wire::{self, Channel, Fault, Opener};
use crate::model::probe::order::{Answer, Order, Stand};
use crate::model::probe::verdict::Miss;
use crate::model::probe::wire::{Call, Hello, Reply, WireFault, encode};

/// Until an agent that was started has greeted.
const GREETING: Duration = Duration::from_secs(20);
/// How often an agent is told that somebody is still here, and answers.
const STILL: Duration = Duration::from_secs(15);
/// One that has not answered that for so long is gone.
const SILENCE: Duration = Duration::from_mins(1);
/// Orders that wait to be written.
const WAITING: usize = 256;

/// An open connection. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    calls: mpsc::Sender<Vec<u8>>,
    asked: Arc<Asked>,
    opener: Opener,
    next: AtomicU64,
    _end: DropGuard,
}

/// Who waits for which answer; after the end, why it ended.
#[derive(Debug, Default)]
struct Asked(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<u64, oneshot::Sender<Reply>>,
    ended: Option<Fault>,
}

impl Asked {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, fault: Fault) {
        let mut state = self.state();
        state.ended.get_or_insert(fault);
        state.waiting.clear();
    }
}

impl Connection {
    /// Greets the agent at the other end, and sees to it that both speak the same.
    pub(super) async fn open(io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Self, Fault> {
        let (opener, carrier) = wire::open(io);
        let (asked, end) = (Arc::new(Asked::default()), CancellationToken::new());
        let task = {
            let (asked, end) = (asked.clone(), end.clone());
            async move {
                let ended = tokio::select! {
                    ended = carrier => ended,
                    () = end.cancelled() => return,
                };
                asked.end(ended.err().unwrap_or(Fault::Ended));
            }
        };
        tokio::spawn(task);
        let guard = end.clone().drop_guard();
        let greeted = timeout(GREETING, greet(&opener)).await.unwrap_or(Err(Fault::Silent(GREETING)));
        // Why a stream ended is known by who carries it.
        let (reader, mut writer) = greeted.map_err(|fault| asked.state().ended.clone().unwrap_or(fault))?;
        let (calls, written) = mpsc::channel(WAITING);
        let still = encode(&Call::Still)?;
        tokio::spawn({
            let (asked, calls, end) = (asked.clone(), calls.clone(), end.clone());
            async move {
                let ended = tokio::select! {
                    ended = read(reader, &asked) => ended,
                    ended = wire::pump(&mut writer, written) => ended,
                    () = remind(still, &calls) => Ok(()),
                    () = end.cancelled() => Ok(()),
                };
                asked.end(ended.err().unwrap_or(Fault::Ended));
            }
        });
        Ok(Self { calls, asked, opener, next: AtomicU64::new(0), _end: guard })
    }

    /// Has an order done. An error is of the connection, which is of no use any more.
    pub(super) async fn ask(&self, order: Order) -> Result<Answer, Fault> {
        match self.exchange(|id| Call::Order { id, order }).await? {
            Reply::Answer { answer, .. } => Ok(answer),
            _ => Err(WireFault::OutOfTurn { what: "no answer to an order" }.into()),
        }
    }

    /// Whether orders can be done there.
    pub(super) async fn enter(&self, from: Stand) -> Result<Result<(), Miss>, Fault> {
        match self.exchange(|id| Call::Enter { id, from }).await? {
            Reply::Entered { miss, .. } => Ok(miss.map_or(Ok(()), Err)),
            _ => Err(WireFault::OutOfTurn { what: "no answer to what was asked" }.into()),
        }
    }

    async fn exchange(&self, call: impl FnOnce(u64) -> Call) -> Result<Reply, Fault> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let frame = encode(&call(id))?;
        let (tell, told) = oneshot::channel();
        {
            let mut state = self.asked.state();
            if let Some(fault) = &state.ended {
                return Err(fault.clone());
            }
            state.waiting.insert(id, tell);
        }
        // What nobody waits for any more leaves nothing behind.
        let _forget = Forget { asked: &self.asked, id };
        self.calls.send(frame).await.map_err(|_| self.fault())?;
        told.await.map_err(|_| self.fault())
    }

    /// A connection that the agent makes, and its own address there.
    pub(super) async fn dial(
        &self,
        from: Stand,
        to: SocketAddr,
        within: Duration,
    ) -> Result<Result<(Channel, SocketAddr), Miss>, Fault> {
        let exchange = async {
            let mut channel = self.opener.open().await?;
            wire::write(&mut channel, &Call::Dial { from, to, within }).await?;
            match wire::read(&mut channel).await? {
                Some(Reply::Dialled { local }) => Ok(Ok((channel, local))),
                Some(Reply::Missed(miss)) => Ok(Err(miss)),
                Some(_) => Err(WireFault::OutOfTurn { what: "no answer to a dial" }.into()),
                None => Err(Fault::Ended),
            }
        };
        timeout(within + SILENCE, exchange).await.unwrap_or(Err(Fault::Silent(SILENCE)))
    }

    /// Why it has ended, if it has.
    pub(super) fn ended(&self) -> Option<Fault> {
        self.asked.state().ended.clone()
    }

    fn fault(&self) -> Fault {
        self.ended().unwrap_or(Fault::Ended)
    }
}

struct Forget<'a> {
    asked: &'a Asked,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.asked.state().waiting.remove(&self.id);
    }
}

/// The stream of orders, once both sides have said who they are.
async fn greet(opener: &Opener) -> Result<(BufReader<ReadHalf<Channel>>, WriteHalf<Channel>), Fault> {
    let (reader, mut writer) = split(opener.open().await?);
    let mut reader = BufReader::new(reader);
    wire::write(&mut writer, &Call::Hello(Hello::ours())).await?;
    match wire::read(&mut reader).await? {
        Some(Reply::Hello(hello)) => hello.check()?,
        Some(_) => return Err(WireFault::OutOfTurn { what: "an answer before the greeting" }.into()),
        None => return Err(Fault::Ended),
    }
    Ok((reader, writer))
}

async fn read(mut reader: BufReader<ReadHalf<Channel>>, asked: &Asked) -> Result<(), Fault> {
    loop {
        let reply = timeout(SILENCE, wire::read(&mut reader)).await.map_err(|_| Fault::Silent(SILENCE))??;
        match reply {
            None => return Ok(()),
            Some(Reply::Still) => {}
            Some(reply @ (Reply::Answer { id, .. } | Reply::Entered { id, .. })) => {
                let waiting = asked.state().waiting.remove(&id);
                // Nobody may wait for it any more.
                let _ = waiting.map(|waiting| waiting.send(reply));
            }
            Some(_) => return Err(WireFault::OutOfTurn { what: "no answer to an order" }.into()),
        }
    }
}

/// Says now and then that somebody is still here.
async fn remind(still: Vec<u8>, calls: &mpsc::Sender<Vec<u8>>) {
    loop {
        sleep(STILL).await;
        if calls.send(still.clone()).await.is_err() {
            return;
        }
    }
}
