//! How a connection reaches the container: by its address, asked for anew when it no longer answers.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::error::Error;
use crate::engine::Engine;

/// Longer than one retransmitted SYN.
const DIAL: Duration = Duration::from_secs(4);

/// A port of a container.
#[derive(Debug)]
pub(super) struct Target {
    engine: Engine,
    container: String,
    port: u16,
    /// The address that answered last.
    known: Mutex<Option<IpAddr>>,
}

impl Target {
    pub(super) fn new(engine: Engine, container: &str, port: u16) -> Self {
        Self { engine, container: container.to_owned(), port, known: Mutex::default() }
    }

    /// Connects. A container that was restarted may have another address: one that fails is asked for again.
    pub(super) async fn dial(&self) -> Result<TcpStream, Error> {
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(address) = known
            && let Ok(stream) = connect(SocketAddr::new(address, self.port)).await
        {
            return Ok(stream);
        }
        let text = self.engine.container_address(&self.container, None).await?;
        let failed =
            |address, source| Error::Dial { container: self.container.clone(), port: self.port, address, source };
        let unspecified = SocketAddr::from(([0, 0, 0, 0], self.port));
        let ip =
            text.parse().map_err(|_| failed(unspecified, io::Error::other(format!("\"{text}\" is no address"))))?;
        let address = SocketAddr::new(ip, self.port);
        let stream = connect(address).await.map_err(|source| failed(address, source))?;
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(ip);
        Ok(stream)
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = timeout(DIAL, TcpStream::connect(address)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    stream.set_nodelay(true)?;
    Ok(stream)
}
