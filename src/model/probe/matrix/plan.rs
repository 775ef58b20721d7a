//! The plan of a matrix: each container asks each address of each other.

use std::net::IpAddr;

use super::spec::Question;
use crate::model::probe::order::Inside;

/// A container of a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    /// `None` when it does not run.
    pub inside: Option<Inside>,
    /// Its state in Docker's word.
    pub status: String,
    /// Its networks, each with an address of it there. None with host networking or without a network.
    pub addresses: Vec<(String, IpAddr)>,
}

/// One question of one container to one address of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Places in the list of members.
    pub from: usize,
    pub to: usize,
    pub network: Option<String>,
    /// `None`: it does not run.
    pub address: Option<IpAddr>,
    pub question: Question,
}

/// All ordered pairs, but for targets without an address. They are ordered so that neither a source nor a target comes many times in a row: nobody is
/// pressed while others wait.
pub fn plan(members: &[Member], questions: &[Question]) -> Vec<Step> {
    let mut steps = Vec::new();
    let count = members.len();
    for question in questions {
        for distance in 1..count {
            for from in 0..count {
                let to = (from + distance) % count;
                steps.extend(pair(members, from, to, *question));
            }
        }
    }
    steps
}

fn pair(members: &[Member], from: usize, to: usize, question: Question) -> Vec<Step> {
    let step = |network, address| Step { from, to, network, address, question };
    let target = &members[to];
    if target.inside.is_none() {
        return vec![step(None, None)];
    }
    target.addresses.iter().map(|(network, address)| step(Some(network.clone()), Some(*address))).collect()
}
