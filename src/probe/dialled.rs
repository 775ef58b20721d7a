//! A connection that an agent has made, wherever that is: bytes both ways.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::far::Far;
use super::wire::Channel;

/// Shutting it down ends the direction towards the other side; what comes back is still read.
#[derive(Debug)]
pub struct Dialled {
    way: Way,
    local: Option<SocketAddr>,
    /// The agent stays as long as its connections do.
    _far: Option<Arc<Far>>,
}

#[derive(Debug)]
enum Way {
    Here(TcpStream),
    Far(Box<Channel>),
}

impl Dialled {
    pub(super) fn here(stream: TcpStream) -> Self {
        Self { local: stream.local_addr().ok(), way: Way::Here(stream), _far: None }
    }

    pub(super) fn far(channel: Channel, local: SocketAddr, far: Arc<Far>) -> Self {
        Self { local: Some(local), way: Way::Far(Box::new(channel)), _far: Some(far) }
    }

    /// Its own address, where it was made.
    pub fn local(&self) -> Option<SocketAddr> {
        self.local
    }
}

impl AsyncRead for Dialled {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.way {
            Way::Here(stream) => Pin::new(stream).poll_read(context, into),
            Way::Far(channel) => Pin::new(channel.as_mut()).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Dialled {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.way {
            Way::Here(stream) => Pin::new(stream).poll_write(context, bytes),
            Way::Far(channel) => Pin::new(channel.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.way {
            Way::Here(stream) => Pin::new(stream).poll_flush(context),
            Way::Far(channel) => Pin::new(channel.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.way {
            Way::Here(stream) => Pin::new(stream).poll_shutdown(context),
            Way::Far(channel) => Pin::new(channel.as_mut()).poll_shutdown(context),
        }
    }
}
