//! What works inside network namespaces. It knows no engine: it is told which namespace, and what to do there.

mod dial;
mod dns;
mod namespace;
mod work;

pub(in crate::probe) use work::Agent;
