//! What works inside network namespaces. It knows no engine: it is told which namespace, and what to do there.

mod arp;
mod attempts;
mod cache;
mod connect;
mod counters;
mod datagram;
mod dial;
mod dns;
mod echo;
mod flight;
mod identity;
mod links;
mod namespace;
mod netlink;
mod path;
mod path_mtu;
mod setback;
mod socket;
mod sockets;
mod trace;
mod work;

pub(in crate::probe) use work::Agent;
