//! What works inside network namespaces. It knows no engine: it is told which namespace, and what to do there.

mod dns;
mod links;
mod namespace;
mod netlink;
mod sockets;
mod work;

pub(in crate::probe) use work::Agent;
