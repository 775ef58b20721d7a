//! Options that an older engine would accept and ignore are refused before they are sent.

use super::client::Engine;
use super::errors::{Error, Result};
use crate::model::network::EndpointSpec;

/// Endpoint options with the first API version that heeds them; from Docker's API version history.
const MAC_ADDRESS: (&str, (u32, u32)) = ("mac_address", (1, 44));
const GW_PRIORITY: (&str, (u32, u32)) = ("gw_priority", (1, 48));

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
        let has = self.version().await?["ApiVersion"].as_str().unwrap_or_default().to_owned();
        for (option, needs) in asked.into_iter().flatten() {
            if parse(&has).is_some_and(|has| has < needs) {
                return Err(Error::TooOld { option, needs: format!("{}.{}", needs.0, needs.1), has });
            }
        }
        Ok(())
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
