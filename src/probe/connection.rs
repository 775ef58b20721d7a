//! A stream of bytes to a service, made in the namespace that a probe starts in.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::Instant;

use super::dialled::Dialled;
use super::error::Error;
use super::prober::Prober;
use crate::model::probe::order::Stand;
use crate::model::probe::place::Source;
use crate::model::probe::verdict::{Cause, Miss};

/// Waiting for a name is not worth more, whatever time there is.
const NAMES: Duration = Duration::from_secs(5);

/// An open connection, and how long it took to get there.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: Dialled,
    pub(super) address: SocketAddr,
    pub(super) times: Times,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) dns: Duration,
    pub(super) connect: Duration,
}

/// Why there is no connection, and how far it came.
#[derive(Debug)]
pub(super) struct NotConnected {
    pub(super) miss: Miss,
    pub(super) hint: Option<String>,
    pub(super) address: Option<SocketAddr>,
    pub(super) times: Times,
}

impl Prober {
    /// Connects to the first address of the host that answers, as applications do.
    pub(super) async fn connection(
        &self,
        (source, from): (&Source, &Stand),
        host: &str,
        port: u16,
        end: Instant,
    ) -> Result<Result<Connection, NotConnected>, Error> {
        let begun = Instant::now();
        let within = NAMES.min(end.saturating_duration_since(begun));
        let addresses = match self.addresses_of(from, host, within).await {
            Ok(addresses) => addresses,
            Err(Error::Miss(miss)) => {
                let times = Times { dns: begun.elapsed(), connect: Duration::ZERO };
                let own = miss.detail.clone();
                let (miss, hint) = self.unknown(source, host, miss).await?;
                let detail = if miss.detail == own { format!("{host}: {own}") } else { miss.detail };
                let miss = Miss { detail, ..miss };
                return Ok(Err(NotConnected { miss, hint, address: None, times }));
            }
            Err(error) => return Err(error),
        };
        let times = Times { dns: begun.elapsed(), connect: Duration::ZERO };
        Ok(self.first_of(from, &addresses, port, end, times).await)
    }

    async fn first_of(
        &self,
        from: &Stand,
        addresses: &[IpAddr],
        port: u16,
        end: Instant,
        times: Times,
    ) -> Result<Connection, NotConnected> {
        let detail = "the name has no address".to_owned();
        let mut last =
            NotConnected { miss: Miss::new(Cause::NameUnknown, detail, times.dns), hint: None, address: None, times };
        for (tried, ip) in addresses.iter().enumerate() {
            let (address, begun) = (SocketAddr::new(*ip, port), Instant::now());
            let left = u32::try_from(addresses.len() - tried).unwrap_or(1);
            let share = end.saturating_duration_since(begun) / left;
            let dialled = self.dial(from, address, share).await;
            let times = Times { connect: begun.elapsed(), ..times };
            match dialled {
                Ok(stream) => return Ok(Connection { stream, address, times }),
                Err(miss) => last = NotConnected { miss, hint: None, address: Some(address), times },
            }
        }
        Err(last)
    }
}
