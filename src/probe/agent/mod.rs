//! What works inside network namespaces. It knows no engine: it is told which namespace, and what to do there.

mod attempts;
mod cache;
mod connect;
mod datagram;
mod dial;
mod echo;
mod flight;
mod identity;
mod namespace;
mod setback;
mod socket;
mod work;

pub(in crate::probe) use work::Agent;
