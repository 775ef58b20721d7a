//! Many streams over one connection, each with a flow control of its own (yamux): a slow one holds up no other.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt, TokioAsyncReadCompatExt};
use yamux::{Config, Connection, Mode};

use super::fault::Fault;

/// Streams open at once, and with them what may wait in memory: yamux lets each have 256 KiB that nobody has read yet.
const STREAMS: usize = 512;
const WAITING: usize = STREAMS * (256 << 10);

/// One stream, with bytes both ways. Shutting it down ends one direction.
pub(in crate::probe) type Channel = Compat<yamux::Stream>;

type Asked = oneshot::Sender<Channel>;

/// Opens streams. The connection is closed once all clones are gone.
#[derive(Debug, Clone)]
pub(in crate::probe) struct Opener(mpsc::Sender<Asked>);

impl Opener {
    pub(in crate::probe) async fn open(&self) -> Result<Channel, Fault> {
        let (tell, told) = oneshot::channel();
        self.0.send(tell).await.map_err(|_| Fault::Ended)?;
        told.await.map_err(|_| Fault::Ended)
    }
}

/// The calling side, and what carries it: streams live only as long as that is polled.
pub(in crate::probe) fn open<T>(io: T) -> (Opener, impl Future<Output = Result<(), Fault>> + Send)
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (ask, asked) = mpsc::channel(16);
    (Opener(ask), Carrier { connection: connection(io, Mode::Client), asked, waiting: None, arrived: None }.run())
}

/// The called side: streams as they come, and what carries them.
pub(in crate::probe) fn accept<T>(io: T) -> (mpsc::Receiver<Channel>, impl Future<Output = Result<(), Fault>> + Send)
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (arrive, arrived) = mpsc::channel(STREAMS);
    // Nobody asks, and the connection must not take that for its end.
    let (ask, asked) = mpsc::channel(1);
    let carrier = Carrier { connection: connection(io, Mode::Server), asked, waiting: None, arrived: Some(arrive) };
    (arrived, async move {
        let ended = carrier.run().await;
        drop(ask);
        ended
    })
}

fn connection<T: AsyncRead + AsyncWrite + Unpin>(io: T, mode: Mode) -> Connection<Compat<T>> {
    let mut config = Config::default();
    config.set_max_num_streams(STREAMS).set_max_connection_receive_window(Some(WAITING));
    Connection::new(io.compat(), config, mode)
}

struct Carrier<T> {
    connection: Connection<Compat<T>>,
    asked: mpsc::Receiver<Asked>,
    /// Who waits for a stream that cannot be opened yet.
    waiting: Option<Asked>,
    arrived: Option<mpsc::Sender<Channel>>,
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Carrier<T> {
    async fn run(mut self) -> Result<(), Fault> {
        poll_fn(|context| self.poll(context)).await?;
        // The other side may be gone already.
        let _ = poll_fn(|context| self.connection.poll_close(context)).await;
        Ok(())
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        loop {
            if self.opened(context)? {
                continue;
            }
            match self.connection.poll_next_inbound(context) {
                Poll::Ready(Some(Ok(stream))) => {
                    // One that nobody takes is closed by being dropped, as is every one that an agent would open.
                    if let Some(arrived) = &self.arrived {
                        let _ = arrived.try_send(stream.compat());
                    }
                    continue;
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(Fault::Broken(error.to_string()))),
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => {}
            }
            return match self.next(context) {
                Some(true) => continue,
                Some(false) => Poll::Ready(Ok(())),
                None => Poll::Pending,
            };
        }
    }

    /// Whether a stream could be opened for the one who waits.
    fn opened(&mut self, context: &mut Context<'_>) -> Result<bool, Fault> {
        if self.waiting.is_none() {
            return Ok(false);
        }
        match Pin::new(&mut self.connection).poll_new_outbound(context) {
            Poll::Pending => Ok(false),
            Poll::Ready(Err(error)) => Err(Fault::Broken(error.to_string())),
            Poll::Ready(Ok(stream)) => {
                if let Some(waiting) = self.waiting.take() {
                    let _ = waiting.send(stream.compat());
                }
                Ok(true)
            }
        }
    }

    /// Whether somebody new asks for a stream, or nobody ever will again.
    fn next(&mut self, context: &mut Context<'_>) -> Option<bool> {
        if self.waiting.is_some() {
            return None;
        }
        match self.asked.poll_recv(context) {
            Poll::Pending => None,
            Poll::Ready(asked) => {
                self.waiting = asked;
                Some(self.waiting.is_some())
            }
        }
    }
}
