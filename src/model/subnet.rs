//! Subnet arithmetic: overlap, splitting, the next one, the next free one.

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
    let own = ranges.iter().filter_map(|range| range.parse::<IpNet>().ok()).find(|range| range.contains(&wanted));
    let starts = own.map(|range| (wanted, range)).into_iter().chain(
        ranges
            .iter()
            .filter_map(|range| range.parse::<IpNet>().ok())
            .filter_map(|range| IpNet::new(range.network(), wanted.prefix_len()).ok().map(|start| (start, range))),
    );
    for (start, range) in starts {
        let mut candidate = Some(start.trunc());
        // Enough steps to leave any pool of practical size behind; a bound, so that a huge range cannot hang.
        for _ in 0..4096 {
            let Some(net) = candidate.filter(|net| range.contains(net)) else { break };
            if !taken.iter().any(|other| overlap(net, *other)) {
                return Some(net);
            }
            candidate = next(net);
        }
    }
    None
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
    fn splitting_is_bounded() {
        assert_eq!(split(net("10.0.0.0/8"), 10, 16).unwrap().len(), 4);
        assert!(matches!(split(net("10.0.0.0/8"), 32, 1024), Err(SplitFault::TooMany { .. })));
        assert!(matches!(split(net("10.0.0.0/8"), 4, 16), Err(SplitFault::Prefix { .. })));
        assert!(matches!(split(net("::/0"), 128, 1024), Err(SplitFault::TooMany { .. })));
    }
}
