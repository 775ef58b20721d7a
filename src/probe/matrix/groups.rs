//! The order of a crowd: pairs on one link are asked together, both ways, so that the kernel need not know all neighbours
//! at once: its table has room for 1024 in all namespaces together.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use crate::model::probe::matrix::plan::{Member, Step};

/// Entries of the kernel's table that a matrix may fill: half of what there is by default.
const ENTRIES: usize = 512;
/// Pairs on one link that are under way at once, where there are more than fit. Each is two entries.
pub(super) const PAIRS: usize = 128;

/// Steps that are asked together.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) steps: Vec<usize>,
    /// Whose neighbour entries go when it is done: the place of a member, and the address it need not know any more.
    pub(super) forget: Vec<(usize, Ipv4Addr)>,
}

/// Groups on links that are too crowded for all at once, and all other steps, each for itself.
pub(super) fn groups(members: &[Member], steps: &[Step], wanted: &[usize]) -> (Vec<Group>, Vec<usize>) {
    let mut pairs: BTreeMap<(usize, usize, &str), Vec<usize>> = BTreeMap::new();
    let mut others = Vec::new();
    for at in wanted {
        let step = &steps[*at];
        match step.network.as_deref().filter(|network| address_on(&members[step.from], network).is_some()) {
            Some(network) => {
                let key = (step.from.min(step.to), step.from.max(step.to), network);
                pairs.entry(key).or_default().push(*at);
            }
            None => others.push(*at),
        }
    }
    if pairs.len() * 2 <= ENTRIES {
        return (Vec::new(), wanted.to_vec());
    }
    let group = |((one, other, network), steps): ((usize, usize, &str), Vec<usize>)| {
        let forget = [(one, other), (other, one)];
        let forget = forget.into_iter().filter_map(|(who, whom)| Some((who, address_on(&members[whom], network)?)));
        Group { forget: forget.collect(), steps }
    };
    let mut groups: Vec<Group> = pairs.into_iter().map(group).collect();
    // Not one container's pairs after another's: all are asked evenly.
    groups.sort_by_key(|group| group.steps.first().copied());
    (groups, others)
}

fn address_on(member: &Member, network: &str) -> Option<Ipv4Addr> {
    member.addresses.iter().find_map(|(own, address)| match address {
        IpAddr::V4(address) if own == network => Some(*address),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::probe::matrix::plan::plan;
    use crate::model::probe::matrix::spec::Question;
    use crate::model::probe::order::Inside;
    use crate::model::probe::place::Transport;

    fn crowd(count: u8) -> (Vec<Member>, Vec<Step>) {
        let member = |at: u8| Member {
            name: at.to_string(),
            inside: Some(Inside { id: at.to_string(), pid: 1, sandbox: String::new() }),
            status: "running".into(),
            addresses: vec![("net".into(), Ipv4Addr::new(10, 0, 0, at).into())],
        };
        let members: Vec<Member> = (0..count).map(member).collect();
        let steps = plan(&members, &[Question { transport: Transport::Icmp, port: None }]);
        (members, steps)
    }

    #[test]
    fn a_crowd_is_asked_in_pairs_and_a_few_are_not() {
        let (members, steps) = crowd(40);
        let all: Vec<usize> = (0..steps.len()).collect();
        let (pairs, others) = groups(&members, &steps, &all);
        assert_eq!((pairs.len(), others.len()), (40 * 39 / 2, 0));
        assert!(pairs.iter().all(|group| group.steps.len() == 2 && group.forget.len() == 2));
        let (members, steps) = crowd(10);
        let all: Vec<usize> = (0..steps.len()).collect();
        let (pairs, others) = groups(&members, &steps, &all);
        assert_eq!((pairs.len(), others.len()), (0, 90));
    }
}
