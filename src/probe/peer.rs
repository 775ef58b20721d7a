//! The container that a name is that of, and whose network it is in: its own, another container's, or the host's.

use std::net::IpAddr;

use serde_json::Value;

use super::error::Error;
use super::prober::{Prober, inside};
use crate::engine;
use crate::model::probe::order::Stand;

/// Shorter parts of ids are taken for names: `abb3` is more likely a slip.
const TYPED: usize = 12;
/// Containers that may share each other's network in a row.
const CHAIN: usize = 8;

/// A destination that is a container's own name.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) name: String,
    whole: Value,
    /// Of the container whose network it is in: mostly its own; null when that one is gone.
    owner: Value,
}

impl Peer {
    pub(super) fn status(&self) -> &str {
        self.whole["State"]["Status"].as_str().unwrap_or_default()
    }

    pub(super) fn is_running(&self) -> bool {
        inside(&self.whole).is_some()
    }

    pub(super) fn stand(&self) -> Option<Stand> {
        inside(&self.whole).map(Stand::Inside)
    }

    pub(super) fn networks(&self) -> Vec<String> {
        endpoints(&self.owner).into_iter().map(|(name, _)| name).collect()
    }

    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        endpoints(&self.owner).into_iter().flat_map(|(_, addresses)| addresses).collect()
    }

    /// Whether an address is one of its own.
    pub(super) fn has(&self, address: IpAddr) -> bool {
        self.addresses().contains(&address)
    }

    pub(super) fn is_on_host(&self) -> bool {
        mode(&self.owner) == "host"
    }

    pub(super) fn has_no_network(&self) -> bool {
        mode(&self.owner) == "none"
    }

    /// The name of the container whose network it shares.
    pub(super) fn lodges_with(&self) -> Option<&str> {
        mode(&self.whole).strip_prefix("container:").map(|typed| {
            let name = self.owner["Name"].as_str().map(|name| name.trim_start_matches('/'));
            name.unwrap_or(typed)
        })
    }
}

/// What the engine calls a container's way of networking: `bridge`, `host`, `none`, `container:ID`, a network.
pub(super) fn mode(whole: &Value) -> &str {
    whole["HostConfig"]["NetworkMode"].as_str().unwrap_or_default()
}

/// The networks of a container, by name, with its addresses there.
pub(super) fn endpoints(whole: &Value) -> Vec<(String, Vec<IpAddr>)> {
    let address = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
    let networks = whole["NetworkSettings"]["Networks"].as_object().into_iter().flatten();
    networks
        .map(|(name, endpoint)| {
            let all = [address(&endpoint["IPAddress"]), address(&endpoint["GlobalIPv6Address"])];
            (name.clone(), all.into_iter().flatten().collect())
        })
        .collect()
}

impl Prober {
    /// The container that has this name or id, if one has. The engine itself would take any beginning of an id.
    pub(super) async fn peer(&self, name: &str) -> Result<Option<Peer>, Error> {
        let whole = match self.engine().inspect_container(name).await {
            Ok(whole) => whole,
            Err(engine::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if !is_meant(&whole, name) {
            return Ok(None);
        }
        let owner = self.network_owner(&whole).await?;
        Ok(Some(Peer { name: name.to_owned(), whole, owner }))
    }

    /// What the engine says of the container whose network this one is in: of itself, where that is its own.
    pub(super) async fn network_owner(&self, whole: &Value) -> Result<Value, Error> {
        let mut owner = whole.clone();
        for _ in 0..CHAIN {
            let Some(next) = mode(&owner).strip_prefix("container:") else { return Ok(owner) };
            owner = match self.engine().inspect_container(next).await {
                Ok(next) => next,
                Err(engine::Error::NotFound { .. }) => return Ok(Value::Null),
                Err(error) => return Err(error.into()),
            };
        }
        Ok(Value::Null)
    }
}

fn is_meant(whole: &Value, typed: &str) -> bool {
    let named = whole["Name"].as_str().is_some_and(|name| name.trim_start_matches('/') == typed);
    let hex = typed.len() >= TYPED && typed.bytes().all(|byte| byte.is_ascii_hexdigit());
    named || hex && whole["Id"].as_str().is_some_and(|id| id.starts_with(typed))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_short_part_of_an_id_is_no_name() {
        let whole = json!({"Name": "/web", "Id": "abb3c0ffee00112233445566"});
        for (typed, meant) in
            [("web", true), ("abb3", false), ("abb3c0ffee00", true), ("we", false), ("abb3c0ffee0011223344556", true)]
        {
            assert_eq!(is_meant(&whole, typed), meant, "{typed}");
        }
    }
}
