//! Subnet arithmetic: overlap, splitting, the next one, the next free one.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Whether two subnets share an address.
pub fn overlap(a: IpNet, b: IpNet) -> bool {
    a.contains(&b) || b.contains(&a)
}

/// The subnet of the same size that follows this one; `None` at the end of the address space.
pub fn next(net: IpNet) -> Option<IpNet> {
    match net {
        IpNet::V4(net) => {
            let step = 1u64 << (32 - u32::from(net.prefix_len()));
            let start = u64::from(u32::from(net.network())) + step;
            let start = u32::try_from(start).ok()?;
            Ipv4Net::new(start.into(), net.prefix_len()).ok().map(IpNet::V4)
        }
        IpNet::V6(net) => {
            let step = 1u128.checked_shl(128 - u32::from(net.prefix_len()))?;
            let start = u128::from(net.network()).checked_add(step)?;
            Ipv6Net::new(start.into(), net.prefix_len()).ok().map(IpNet::V6)
        }
    }
}

/// Splits a subnet into those of a longer prefix. At most `limit` are made; more is an error, as is a shorter prefix.
pub fn split(net: IpNet, prefix: u8, limit: usize) -> Result<Vec<IpNet>, SplitFault> {
    if prefix < net.prefix_len() || prefix > net.max_prefix_len() {
        return Err(SplitFault::Prefix { net, prefix });
    }
    let bits = u32::from(prefix - net.prefix_len());
    if bits >= usize::BITS || (1usize << bits) > limit {
        return Err(SplitFault::TooMany { net, prefix, limit });
    }
    net.subnets(prefix).map(Iterator::collect).map_err(|_| SplitFault::Prefix { net, prefix })
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitFault {
    #[error("{net} cannot be split into /{prefix}: the prefix must be from {} to {}", net.prefix_len(), net.max_prefix_len())]
    Prefix { net: IpNet, prefix: u8 },
    #[error("{net} has more than {limit} subnets of /{prefix}")]
    TooMany { net: IpNet, prefix: u8, limit: usize },
}

/// The first subnet of the same size as `wanted`, at or after it within the private ranges, that overlaps none of `taken`.
pub fn next_free(wanted: IpNet, taken: &[IpNet]) -> Option<IpNet> {
    let ranges: &[&str] = match wanted {
        IpNet::V4(_) => &["172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8"],
        IpNet::V6(_) => &["fd00::/8"],
    };
    let ranges: Vec<IpNet> = ranges.iter().filter_map(|range| range.parse().ok()).collect();
    let own = ranges.iter().find(|range| range.contains(&wanted)).map(|range| (wanted.trunc(), *range));
    let starts = ranges.iter().filter_map(|range| {
        IpNet::new(range.network(), wanted.prefix_len())
            .ok()
            .filter(|start| range.contains(start))
            .map(|net| (net, *range))
    });
    own.into_iter().chain(starts).find_map(|(start, range)| free_from(start, range, taken))
}

/// Steps over each taken subnet as a whole, so that a large one costs no more than a small one.
fn free_from(start: IpNet, range: IpNet, taken: &[IpNet]) -> Option<IpNet> {
    let mut candidate = start;
    while range.contains(&candidate) {
        let Some(other) = taken.iter().find(|other| overlap(candidate, **other)) else { return Some(candidate) };
        let larger = if other.prefix_len() < candidate.prefix_len() { other.trunc() } else { candidate };
        candidate = IpNet::new(next(larger)?.network(), candidate.prefix_len()).ok()?;
    }
    None
}

/// The lowest address that a host may have.
pub fn first(net: IpNet) -> IpAddr {
    net.hosts().find(|address| kept(net, *address).is_none()).unwrap_or(net.network())
}

/// The highest address that a host may have.
pub fn last(net: IpNet) -> IpAddr {
    match net {
        IpNet::V4(net) if net.prefix_len() < 31 => Ipv4Addr::from(u32::from(net.broadcast()).saturating_sub(1)).into(),
        _ => net.broadcast(),
    }
}

/// What an address is kept for by Docker's address management: no host and no gateway can have it.
pub fn kept(net: IpNet, address: IpAddr) -> Option<&'static str> {
    let broadcast = matches!(net, IpNet::V4(_)) && address == net.broadcast();
    match net.max_prefix_len() - net.prefix_len() {
        0 | 1 => None,
        _ if address == net.network() => Some("network address"),
        _ => broadcast.then_some("broadcast address"),
    }
}

/// The first address that a host may have and that is not `taken`.
pub fn free_address(net: IpNet, taken: &[IpAddr]) -> Option<IpAddr> {
    net.hosts().filter(|address| kept(net, *address).is_none()).take(taken.len() + 1).find(|one| !taken.contains(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_subnet_has_the_same_size() {
        assert_eq!(next(net("172.20.0.0/16")), Some(net("172.21.0.0/16")));
        assert_eq!(next(net("255.255.255.0/24")), None);
        assert_eq!(next(net("2001:db8::/64")), Some(net("2001:db8:0:1::/64")));
        assert_eq!(next(net("0.0.0.0/0")), None);
        assert_eq!(next(net("::/0")), None);
    }

    #[test]
    fn a_free_subnet_avoids_all_that_is_taken() {
        let taken = [net("172.20.0.0/16"), net("172.21.0.0/16")];
        assert_eq!(next_free(net("172.20.0.0/16"), &taken), Some(net("172.22.0.0/16")));
        assert_eq!(next_free(net("172.31.0.0/16"), &[net("172.31.0.0/16")]), Some(net("172.16.0.0/16")));
    }

    #[test]
    fn what_is_taken_is_stepped_over_whole_however_large() {
        let taken = [net("10.0.0.0/9"), net("10.128.0.0/28")];
        assert_eq!(next_free(net("10.0.0.0/28"), &taken), Some(net("10.128.0.16/28")));
        assert_eq!(next_free(net("fd00::/64"), &[net("fd00::/16")]), Some(net("fd01::/64")));
        assert_eq!(next_free(net("203.0.113.0/24"), &[net("172.16.0.0/24")]), Some(net("172.16.1.0/24")));
        let all = [net("10.0.0.0/8"), net("172.16.0.0/12"), net("192.168.0.0/16")];
        assert_eq!(next_free(net("10.1.0.0/24"), &all), None);
        assert_eq!(next_free(net("0.0.0.0/0"), &[]), None);
        assert_eq!(next_free(net("::/0"), &[]), None);
    }

    #[test]
    fn a_free_address_is_no_kept_one() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(free_address(net("10.0.0.0/30"), &[address("10.0.0.1")]), Some(address("10.0.0.2")));
        assert_eq!(free_address(net("10.0.0.0/30"), &[address("10.0.0.1"), address("10.0.0.2")]), None);
        assert_eq!(free_address(net("fd00::/64"), &[]), Some(address("fd00::1")));
        assert_eq!((first(net("fd00::/64")), last(net("10.0.0.0/31"))), (address("fd00::1"), address("10.0.0.1")));
    }

    #[test]
    fn splitting_is_bounded() {
        assert_eq!(split(net("10.0.0.0/8"), 10, 16).unwrap().len(), 4);
        assert!(matches!(split(net("10.0.0.0/8"), 32, 1024), Err(SplitFault::TooMany { .. })));
        assert!(matches!(split(net("10.0.0.0/8"), 4, 16), Err(SplitFault::Prefix { .. })));
        assert!(matches!(split(net("::/0"), 128, 1024), Err(SplitFault::TooMany { .. })));
    }
}
