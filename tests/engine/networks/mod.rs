//! `docker.network`, compared with the engine's own word on what is there, and with traffic between containers.

mod addresses;
mod apart;
mod drivers;
mod endpoints;
mod lifecycle;
