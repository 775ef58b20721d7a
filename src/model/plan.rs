//! What can be known of a network or an endpoint without the engine: addresses in their subnets, options that go together.
//!
//! Docker refuses most of it only after a detour, or accepts it and breaks later; such rules say so.

use std::net::IpAddr;

use ipnet::IpNet;

use super::network::{EndpointSpec, NetworkSpec, PoolSpec};
use super::subnet;

/// What is wrong with a plan, found before the engine is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanFault {
    #[error("{what} {net} has host bits set")]
    HostBits { what: &'static str, net: IpNet },
    #[error("{what} {address} lies outside its subnet {subnet}")]
    Outside { what: String, address: String, subnet: IpNet },
    #[error("{what} {address} is the {kept} of {subnet}")]
    Kept { what: String, address: IpAddr, kept: &'static str, subnet: IpNet },
    #[error("{what} is given without a subnet")]
    NoSubnet { what: &'static str },
    #[error("no container can use the subnet {subnet}: its addresses are {what}")]
    Unusable { subnet: IpNet, what: &'static str },
    #[error("the subnets {first} and {second} overlap")]
    Overlap { first: IpNet, second: IpNet },
    #[error("the bridge driver takes one subnet of each family, and there are {first} and {second}")]
    TwoSubnets { first: IpNet, second: IpNet },
    #[error("subnet {subnet} is IPv6, and the network is not: the engine would drop it")]
    NotIpv6 { subnet: IpNet },
    #[error("{first} and {second} both take the address {address}")]
    Twice { first: String, second: String, address: IpAddr },
    #[error("one subnet takes one {what}, and there are {first} and {second}")]
    Several { what: &'static str, first: String, second: String },
    #[error("`encrypted` belongs to the overlay driver, not to {driver}")]
    NotOverlay { driver: String },
    #[error("`{option}` cannot be said of a network that `config_only` makes a template")]
    Template { option: &'static str },
    #[error("`{option}` cannot be said next to `config_from`: the template \"{template}\" decides it")]
    FromTemplate { option: &'static str, template: String },
    #[error("the bridge name \"{name}\" is longer than the 15 bytes that Linux allows")]
    LongBridge { name: String },
    #[error("mac_address \"{address}\" is not a MAC address")]
    Mac { address: String },
    #[error("link_local_ips: {address} is not a link-local address")]
    NotLinkLocal { address: IpAddr },
}

impl PlanFault {
    /// What to type instead, where that is known.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::HostBits { net, .. } => format!("write the network address: {}", net.trunc()),
            Self::Outside { subnet, .. } | Self::Kept { subnet, .. } => {
                format!("addresses of {subnet} run from {} to {}", subnet::first(*subnet), subnet::last(*subnet))
            }
            Self::NoSubnet { .. } => "add `subnet`, for example \"172.30.0.0/16\"".into(),
            Self::Unusable { subnet: IpNet::V4(_), .. } => "take a private one, for example \"172.30.0.0/16\"".into(),
            Self::Unusable { .. } => "take a private one, for example \"fd00:30::/64\"".into(),
            Self::Overlap { .. } => "two pools of one network must not share addresses".into(),
            Self::TwoSubnets { .. } => "make one network of each, and connect containers to both".into(),
            Self::NotIpv6 { .. } => "add `enable_ipv6: true`".into(),
            Self::NotOverlay { .. } => "use driver \"overlay\", or leave `encrypted` out".into(),
            Self::Template { option } => format!("say `{option}` where `config_from` names the template"),
            Self::FromTemplate { option, .. } => format!("leave `{option}` out, or say it of the template"),
            Self::LongBridge { .. } => "a name such as \"br-app\" fits".into(),
            Self::Mac { .. } => "write six pairs of hexadecimal digits: \"02:42:ac:11:00:02\"".into(),
            Self::NotLinkLocal { .. } => "such addresses are in 169.254.0.0/16 or fe80::/10".into(),
            Self::Several { .. } | Self::Twice { .. } => return None,
        })
    }
}

impl NetworkSpec {
    /// Checks what can be known without the engine.
    pub fn check(&self) -> Result<(), PlanFault> {
        if *self.encrypted && self.driver() != "overlay" {
            return Err(PlanFault::NotOverlay { driver: self.driver().to_owned() });
        }
        self.check_template()?;
        let pools = self.pools();
        pools.iter().try_for_each(PoolSpec::check)?;
        let subnets = self.subnets();
        for (index, first) in subnets.iter().enumerate() {
            for second in &subnets[index + 1..] {
                let (first, second) = (*first, *second);
                if subnet::overlap(first, second) {
                    return Err(PlanFault::Overlap { first, second });
                }
                let one_family = first.max_prefix_len() == second.max_prefix_len();
                if one_family && self.driver() == "bridge" && !self.config_only {
                    return Err(PlanFault::TwoSubnets { first, second });
                }
            }
        }
        if let Some(subnet) = subnets.iter().find(|subnet| matches!(subnet, IpNet::V6(_)) && !*self.enable_ipv6) {
            return Err(PlanFault::NotIpv6 { subnet: *subnet });
        }
        match self.bridge_name() {
            Some(name) if name.len() > 15 => Err(PlanFault::LongBridge { name: name.to_owned() }),
            _ => Ok(()),
        }
    }

    /// A template holds what a network is made of; the network made from it says how it is used, and nothing else.
    fn check_template(&self) -> Result<(), PlanFault> {
        let used = [
            ("config_from", self.config_from.is_some()),
            ("internal", self.internal),
            ("attachable", self.attachable),
            ("ingress", self.ingress),
            ("scope", self.scope.is_some()),
        ];
        let made = [
            ("ipam", self.ipam.is_some()),
            ("options", !self.options.0.is_empty()),
            ("labels", !self.labels.0.is_empty()),
            ("enable_ipv6", *self.enable_ipv6),
            ("encrypted", *self.encrypted),
        ];
        let given = |options: &[(&'static str, bool)]| options.iter().find(|(_, given)| *given).map(|(name, _)| *name);
        if let Some(option) = given(&used).filter(|_| self.config_only) {
            return Err(PlanFault::Template { option });
        }
        match (&self.config_from, given(&made)) {
            (Some(template), Some(option)) => Err(PlanFault::FromTemplate { option, template: template.clone() }),
            _ => Ok(()),
        }
    }
}

impl PoolSpec {
    fn check(&self) -> Result<(), PlanFault> {
        let Some(subnet) = self.subnet else {
            return match (self.gateway, self.ip_range, self.aux_addresses.is_empty()) {
                (Some(_), _, _) => Err(PlanFault::NoSubnet { what: "gateway" }),
                (_, Some(_), _) => Err(PlanFault::NoSubnet { what: "ip_range" }),
                (_, _, false) => Err(PlanFault::NoSubnet { what: "aux_addresses" }),
                _ => Ok(()),
            };
        };
        if subnet != subnet.trunc() {
            return Err(PlanFault::HostBits { what: "subnet", net: subnet });
        }
        if let Some(what) = unusable(subnet) {
            return Err(PlanFault::Unusable { subnet, what });
        }
        let mut taken: Vec<(String, IpAddr)> = Vec::new();
        let named = self.gateway.map(|address| ("gateway".to_owned(), address));
        let reserved = self.aux_addresses.iter().map(|(name, address)| (format!("aux address {name}"), *address));
        for (what, address) in named.into_iter().chain(reserved) {
            if !subnet.contains(&address) {
                return Err(PlanFault::Outside { what, address: address.to_string(), subnet });
            }
            if let Some(kept) = subnet::kept(subnet, address) {
                return Err(PlanFault::Kept { what, address, kept, subnet });
            }
            if let Some((first, _)) = taken.iter().find(|(_, other)| *other == address) {
                return Err(PlanFault::Twice { first: first.clone(), second: what, address });
            }
            taken.push((what, address));
        }
        let Some(range) = self.ip_range else { return Ok(()) };
        if !subnet.contains(&range) {
            return Err(PlanFault::Outside { what: "ip_range".into(), address: range.to_string(), subnet });
        }
        if range != range.trunc() {
            return Err(PlanFault::HostBits { what: "ip_range", net: range });
        }
        Ok(())
    }
}

/// Docker 20.10 makes networks of these, and no container on them starts. Newer engines refuse some.
fn unusable(subnet: IpNet) -> Option<&'static str> {
    let ranges = [
        ("127.0.0.0/8", "loopback"),
        ("0.0.0.0/8", "reserved"),
        ("224.0.0.0/4", "multicast"),
        ("::/127", "loopback"),
        ("ff00::/8", "multicast"),
    ];
    ranges.into_iter().find_map(|(range, what)| {
        let inside = range.parse::<IpNet>().is_ok_and(|range| range.contains(&subnet));
        inside.then_some(what)
    })
}

impl EndpointSpec {
    /// Checks what can be known without the engine.
    pub fn check(&self) -> Result<(), PlanFault> {
        if let Some(address) = &self.mac_address {
            let pairs: Vec<&str> = address.split([':', '-']).collect();
            let pair = |pair: &&str| pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
            if pairs.len() != 6 || !pairs.iter().all(pair) {
                return Err(PlanFault::Mac { address: address.clone() });
            }
        }
        let local = |address: &&IpAddr| match address {
            IpAddr::V4(address) => address.is_link_local(),
            IpAddr::V6(address) => address.is_unicast_link_local(),
        };
        match self.link_local_ips.iter().find(|address| !local(address)) {
            Some(address) => Err(PlanFault::NotLinkLocal { address: *address }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Node, read};
    use serde_json::{Value, json};

    fn fault(options: Value) -> Option<PlanFault> {
        read::<NetworkSpec>(&Node::from(options)).unwrap().check().err()
    }

    #[track_caller]
    fn says(options: Value, words: &str, hint: &str) {
        let fault = fault(options).unwrap();
        assert_eq!((fault.to_string().as_str(), fault.hint().unwrap_or_default().as_str()), (words, hint));
    }

    #[test]
    fn what_lies_outside_names_both_sides() {
        says(
            json!({"ipam": {"subnet": "172.30.0.0/24", "gateway": "172.31.0.1"}}),
            "gateway 172.31.0.1 lies outside its subnet 172.30.0.0/24",
            "addresses of 172.30.0.0/24 run from 172.30.0.1 to 172.30.0.254",
        );
        says(
            json!({"ipam": {"subnet": "10.0.0.0/24", "aux_addresses": {"router": "10.0.1.2"}}}),
            "aux address router 10.0.1.2 lies outside its subnet 10.0.0.0/24",
            "addresses of 10.0.0.0/24 run from 10.0.0.1 to 10.0.0.254",
        );
        says(
            json!({"enable_ipv6": true, "ipam": {"subnet": "fd00:9::/64", "ip_range": "fd00:8::/72"}}),
            "ip_range fd00:8::/72 lies outside its subnet fd00:9::/64",
            "addresses of fd00:9::/64 run from fd00:9::1 to fd00:9::ffff:ffff:ffff:ffff",
        );
    }

    #[test]
    fn host_bits_are_refused_with_the_network_address() {
        says(
            json!({"ipam": {"subnet": "172.30.0.5/24"}}),
            "subnet 172.30.0.5/24 has host bits set",
            "write the network address: 172.30.0.0/24",
        );
        says(
            json!({"ipam": {"subnet": "172.30.0.0/24", "ip_range": "172.30.0.9/29"}}),
            "ip_range 172.30.0.9/29 has host bits set",
            "write the network address: 172.30.0.8/29",
        );
    }

    #[test]
    fn the_first_and_the_last_address_are_nobody_s() {
        let gateway = |subnet: &str, gateway: &str| {
            fault(json!({"enable_ipv6": true, "ipam": {"subnet": subnet, "gateway": gateway}}))
        };
        let kept = |subnet: &str, address: &str| matches!(gateway(subnet, address), Some(PlanFault::Kept { .. }));
        assert!(
            kept("10.0.0.0/24", "10.0.0.0") && kept("10.0.0.0/24", "10.0.0.255") && kept("fd00:1::/64", "fd00:1::")
        );
        assert_eq!(gateway("fd00:1::/64", "fd00:1::ffff:ffff:ffff:ffff"), None);
        assert_eq!(gateway("10.0.0.0/31", "10.0.0.1"), None);
    }

    #[test]
    fn pools_of_one_network_do_not_meet() {
        let pools = |first: &str, second: &str| json!({"enable_ipv6": true, "ipam": {"config": [{"subnet": first}, {"subnet": second}]}});
        assert!(matches!(fault(pools("10.0.0.0/8", "10.1.0.0/16")), Some(PlanFault::Overlap { .. })));
        assert!(matches!(fault(pools("fd00::/48", "fd00::/64")), Some(PlanFault::Overlap { .. })));
        assert!(matches!(fault(pools("10.0.0.0/24", "10.0.1.0/24")), Some(PlanFault::TwoSubnets { .. })));
        assert_eq!(fault(pools("10.0.0.0/24", "fd00::/64")), None);
        let mut macvlan = pools("10.0.0.0/24", "10.0.1.0/24");
        macvlan["driver"] = "macvlan".into();
        assert_eq!(fault(macvlan), None);
    }

    #[test]
    fn what_would_never_work_is_refused() {
        for subnet in ["127.9.0.0/16", "224.1.0.0/24", "0.1.0.0/16"] {
            assert!(matches!(fault(json!({"ipam": {"subnet": subnet}})), Some(PlanFault::Unusable { .. })), "{subnet}");
        }
        for subnet in ["169.254.7.0/24", "240.0.0.0/24", "198.51.100.0/24"] {
            assert_eq!(fault(json!({"ipam": {"subnet": subnet}})), None, "{subnet}");
        }
        says(
            json!({"ipam": {"subnet": "fd00:1::/64"}}),
            "subnet fd00:1::/64 is IPv6, and the network is not: the engine would drop it",
            "add `enable_ipv6: true`",
        );
        let long = json!({"options": {"com.docker.network.bridge.name": "a-bridge-with-a-name"}});
        assert!(matches!(fault(long), Some(PlanFault::LongBridge { .. })));
    }

    #[test]
    fn a_template_and_what_is_made_from_it_share_the_options() {
        says(
            json!({"config_only": true, "internal": true}),
            "`internal` cannot be said of a network that `config_only` makes a template",
            "say `internal` where `config_from` names the template",
        );
        says(
            json!({"config_from": "plan", "options": {"a": "b"}}),
            "`options` cannot be said next to `config_from`: the template \"plan\" decides it",
            "leave `options` out, or say it of the template",
        );
        assert_eq!(fault(json!({"config_only": true, "ipam": {"subnet": "10.0.0.0/24"}})), None);
        assert_eq!(fault(json!({"config_from": "plan", "internal": true})), None);
    }

    #[test]
    fn an_endpoint_has_addresses_of_the_right_kind() {
        let fault = |options: Value| read::<EndpointSpec>(&Node::from(options)).unwrap().check().err();
        assert_eq!(
            fault(json!({"mac_address": "02:42:AC:11:00:02", "link_local_ips": ["169.254.1.1", "fe80::9"]})),
            None
        );
        for address in ["zz", "02:42:ac:11:00", "02:42:ac:11:00:0g", "0242ac110002"] {
            assert!(matches!(fault(json!({"mac_address": address})), Some(PlanFault::Mac { .. })), "{address}");
        }
        assert!(matches!(fault(json!({"link_local_ips": ["10.0.0.1"]})), Some(PlanFault::NotLinkLocal { .. })));
    }
}
