//! Probes as plain data: where they start and go, what an agent is asked to do, and what it finds.

pub mod address;
pub mod dns;
pub mod expect;
pub mod http;
pub mod interface;
pub mod listener;
pub mod matrix;
pub mod names;
pub mod neighbour;
pub mod order;
pub mod path;
pub mod ping;
pub mod place;
pub mod post;
pub mod reach;
pub mod resolver;
pub mod route;
pub mod socket;
pub mod surroundings;
pub mod timeout;
pub mod tls;
pub mod verdict;
pub mod wait;
pub mod way;
pub mod wire;
