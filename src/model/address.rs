//! Addresses and subnets as people type them, and what to say of one that is none.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// Reads a subnet: an address and a prefix.
pub fn subnet(text: &str) -> Result<IpNet, String> {
    text.parse().map_err(|_| {
        let bare = text.split_once('/').map_or(text, |(address, _)| address);
        match bare.parse::<IpAddr>() {
            Ok(address) if text.contains('/') => {
                let most = if address.is_ipv4() { 32 } else { 128 };
                format!("\"{text}\" is not a subnet: the prefix after the `/` is a number from 0 to {most}")
            }
            _ => format!("\"{text}\" is not a subnet: write an address and a prefix, such as 10.0.0.0/24"),
        }
    })
}

pub fn ip(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not an IP address, such as 10.0.0.2"))
}

pub fn ipv4(text: &str) -> Result<Ipv4Addr, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not an IPv4 address, such as 10.0.0.2"))
}

pub fn ipv6(text: &str) -> Result<Ipv6Addr, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not an IPv6 address, such as fd00::2"))
}

fn optional<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: fn(&str) -> Result<T, String>,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| parse(&text)).transpose().map_err(D::Error::custom)
}

pub(super) fn a_subnet<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IpNet>, D::Error> {
    optional(deserializer, subnet)
}

pub(super) fn an_ip<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IpAddr>, D::Error> {
    optional(deserializer, ip)
}

pub(super) fn an_ipv4<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Ipv4Addr>, D::Error> {
    optional(deserializer, ipv4)
}

pub(super) fn an_ipv6<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Ipv6Addr>, D::Error> {
    optional(deserializer, ipv6)
}

pub(super) fn ips<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpAddr>, D::Error> {
    let all = Vec::<String>::deserialize(deserializer)?;
    all.iter().map(|text| ip(text)).collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// Addresses by name.
pub(super) fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, IpAddr>, D::Error> {
    let all = BTreeMap::<String, String>::deserialize(deserializer)?;
    let entry = |(name, text): (String, String)| {
        let address = ip(&text).map_err(|why| D::Error::custom(format!("{name}: {why}")))?;
        Ok((name, address))
    };
    all.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{Node, read};
    use crate::model::network::{EndpointSpec, NetworkSpec};

    #[test]
    fn a_wrong_subnet_is_shown_with_the_form_that_is_wanted() {
        assert!(subnet("10.214.9.0/24").is_ok() && subnet("fd00::/64").is_ok());
        for (typed, words) in [
            ("10.214.9.0", "write an address and a prefix, such as 10.0.0.0/24"),
            ("10.0.0.0/33", "from 0 to 32"),
            ("fd00::/129", "from 0 to 128"),
            ("x", "such as 10.0.0.0/24"),
        ] {
            let why = subnet(typed).unwrap_err();
            assert!(why.contains(typed) && why.contains(words), "{why}");
        }
    }

    #[test]
    fn a_wrong_address_is_shown() {
        let network = |tree| read::<NetworkSpec>(&Node::from(tree)).unwrap_err().to_string();
        assert!(network(json!({"ipam": {"subnet": "10.214.9.0"}})).starts_with("`ipam.subnet`: \"10.214.9.0\""));
        assert!(
            network(json!({"ipam": {"config": [{"gateway": "10.0.0"}]}})).contains("\"10.0.0\" is not an IP address")
        );
        assert!(network(json!({"ipam": {"aux_addresses": {"router": "r"}}})).contains("router: \"r\""));
        let fault = read::<EndpointSpec>(&Node::from(json!({"ipv4_address": "10.214.80.999"}))).unwrap_err();
        assert_eq!(fault.to_string(), "`ipv4_address`: \"10.214.80.999\" is not an IPv4 address, such as 10.0.0.2");
    }
}
