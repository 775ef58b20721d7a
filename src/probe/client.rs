//! xnet's side of a connection to an agent: orders and their answers, and connections that the agent makes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadHalf, WriteHalf, split};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::wire::{self, Channel, Fault, Opener};
use crate::model::duration::seconds;
use crate::model::probe::order::{Answer, Order, Stand};
use crate::model::probe::verdict::{Cause, Miss};
use crate::model::probe::wire::{Call, Hello, Reply, WireFault, encode};

/// Until an agent that was started has greeted.
const GREETING: Duration = Duration::from_secs(20);
/// How often an agent is told that somebody is still here, and answers.
const STILL: Duration = Duration::from_secs(15);
/// One that has not answered that for so long is gone.
const SILENCE: Duration = Duration::from_mins(1);
/// An agent enters a place at once, or not at all.
const ENTRY: Duration = Duration::from_secs(5);
/// One whose answer is overdue, and who says nothing at all for so long when it is spoken to, does not answer.
const OVERDUE: Duration = Duration::from_secs(3);
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
    /// Messages that have come, whosoever they are for.
    heard: u64,
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
        match self.exchange(order.within, |id| Call::Order { id, order }).await? {
            Ok(Reply::Answer { answer, .. }) => Ok(answer),
            Ok(_) => Err(WireFault::OutOfTurn { what: "no answer to an order" }.into()),
            Err(miss) => Ok(Err(miss)),
        }
    }

    /// Whether orders can be done there.
    pub(super) async fn enter(&self, from: Stand) -> Result<Result<(), Miss>, Fault> {
        match self.exchange(ENTRY, |id| Call::Enter { id, from }).await? {
            Ok(Reply::Entered { miss, .. }) => Ok(miss.map_or(Ok(()), Err)),
            Ok(_) => Err(WireFault::OutOfTurn { what: "no answer to what was asked" }.into()),
            Err(miss) => Ok(Err(miss)),
        }
    }

    /// A miss is of this call alone: it could not be sent, or was not answered.
    async fn exchange(&self, within: Duration, call: impl FnOnce(u64) -> Call) -> Result<Result<Reply, Miss>, Fault> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let frame = match encode(&call(id)) {
            Err(fault @ WireFault::Oversize { .. }) => {
                let words = format!("what is asked cannot be sent to the agent: {fault}");
                return Ok(Err(Miss::new(Cause::NotSent, words, Duration::ZERO)));
            }
            framed => framed?,
        };
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
        let answered = async {
            self.calls.send(frame).await.map_err(|_| self.fault())?;
            told.await.map_err(|_| self.fault())
        };
        tokio::select! {
            reply = answered => reply.map(Ok),
            quiet = self.overdue(within) => Ok(Err(unanswered(quiet))),
        }
    }

    /// Comes to its end when the agent is not there: an answer is overdue, and nothing is heard from it at all. Orders
    /// that wait their turn with an agent that works on others take as long as that.
    async fn overdue(&self, within: Duration) -> Duration {
        let begun = Instant::now();
        sleep(within).await;
        loop {
            let before = self.asked.state().heard;
            // Where there is no room for it, much else waits to be answered.
            if let Ok(still) = encode(&Call::Still) {
                let _ = self.calls.try_send(still);
            }
            sleep(OVERDUE).await;
            if self.asked.state().heard == before {
                return begun.elapsed();
            }
        }
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
        let bound = within + OVERDUE;
        timeout(bound, exchange).await.unwrap_or_else(|_| Ok(Err(unanswered(bound))))
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

fn unanswered(after: Duration) -> Miss {
    let after = Duration::from_millis(u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
    let words =
        format!("the agent did not answer within {}: it may be paused, or its machine overloaded", seconds(after));
    Miss::new(Cause::NotSent, words, after)
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
        asked.state().heard += 1;
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
