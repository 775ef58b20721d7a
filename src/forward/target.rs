//! How a connection reaches the container: by the address that the engine says it has now.

use std::io;
use std::net::{IpAddr, SocketAddr};
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
}

impl Target {
    pub(super) fn new(engine: Engine, container: &str, port: u16) -> Self {
        Self { engine, container: container.to_owned(), port }
    }

    /// Connects. The address is asked for each time: after a restart it may belong to another container.
    pub(super) async fn dial(&self) -> Result<TcpStream, Error> {
        let text = self.engine.container_address(&self.container, None).await?;
        let failed =
            |address, source| Error::Dial { container: self.container.clone(), port: self.port, address, source };
        let unspecified = SocketAddr::from(([0, 0, 0, 0], self.port));
        let ip: IpAddr =
            text.parse().map_err(|_| failed(unspecified, io::Error::other(format!("\"{text}\" is no address"))))?;
        let address = SocketAddr::new(ip, self.port);
        connect(address).await.map_err(|source| failed(address, source))
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = timeout(DIAL, TcpStream::connect(address)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    stream.set_nodelay(true)?;
    Ok(stream)
}
