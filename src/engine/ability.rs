//! Options that an older engine would accept and ignore are refused before they are sent.

use super::client::Engine;
use super::errors::{Error, Result};
use crate::model::network::EndpointSpec;

/// Endpoint options with the first API version that heeds them; from Docker's API version history.
const MAC_ADDRESS: (&str, (u32, u32)) = ("mac_address", (1, 44));
const GW_PRIORITY: (&str, (u32, u32)) = ("gw_priority", (1, 48));
/// From here on it is kept when a container is connected, also one that does not run.
pub(super) const KEEPS_MAC: (u32, u32) = (1, 54);
/// From here on a container is created with all its networks, and a MAC address belongs to an endpoint.
pub(super) const WHOLE: (u32, u32) = (1, 44);
/// The signal of `stop` and `restart`, from here on.
pub(super) const STOP_SIGNAL: (u32, u32) = (1, 42);
/// The interval of a healthcheck's start period, from here on.
pub(super) const START_INTERVAL: (u32, u32) = (1, 44);

impl Engine {
    /// Refuses an endpoint that asks for more than the engine can do. Asks for its version only when it matters.
    pub(super) async fn able_to_attach(&self, endpoint: &EndpointSpec) -> Result<()> {
        let asked = [
            endpoint.mac_address.is_some().then_some(MAC_ADDRESS),
            endpoint.gw_priority.is_some().then_some(GW_PRIORITY),
        ];
        if asked.iter().all(Option::is_none) {
            return Ok(());
        }
        for (option, needs) in asked.into_iter().flatten() {
            self.able_to(option, needs).await?;
        }
        Ok(())
    }

    /// Refuses an option that the engine would ignore.
    pub(super) async fn able_to(&self, option: &'static str, needs: (u32, u32)) -> Result<()> {
        let has = self.api().await?;
        if has < needs {
            let text = |(major, minor): (u32, u32)| format!("{major}.{minor}");
            return Err(Error::TooOld { option, needs: text(needs), has: text(has) });
        }
        Ok(())
    }

    /// The version of the engine's API, asked for once. One that does not say it counts as old.
    pub(super) async fn api(&self) -> Result<(u32, u32)> {
        let ask = || async {
            let version = self.version().await?;
            Ok(version["ApiVersion"].as_str().and_then(parse).unwrap_or_default())
        };
        self.api_cell().get_or_try_init(ask).await.copied()
    }
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parse("1.9") < parse("1.44"));
        assert_eq!(parse("odd"), None);
    }
}
