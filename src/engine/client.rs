//! The engine as everything here holds it: an open client, where it leads, and whose the things it makes are.

use std::sync::Arc;

use bollard::Docker;
use tokio::sync::OnceCell;

/// What the command line says about where the engine is.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// `--host`: an address.
    pub host: Option<String>,
    /// `--context`: the name of a Docker context.
    pub context: Option<String>,
}

/// Whose everything created is: becomes the labels `xnet.project` and `xnet.run`. An empty one is left out.
#[derive(Debug, Clone, Default)]
pub struct Ownership {
    pub project: String,
    pub run: String,
}

/// A Docker engine that answered. Clones are cheap and share it.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    docker: Docker,
    address: String,
    local: bool,
    ownership: Ownership,
    /// Its API version, once it was asked for.
    api: OnceCell<(u32, u32)>,
}

impl Engine {
    pub(super) fn new(docker: Docker, address: String, local: bool, ownership: Ownership) -> Self {
        Self { inner: Arc::new(Inner { docker, address, local, ownership, api: OnceCell::new() }) }
    }

    /// Where it answers: `unix:///var/run/docker.sock`.
    pub fn address(&self) -> &str {
        &self.inner.address
    }

    /// Whether it is reached through a socket of this machine, so that `/proc` here speaks of its processes too.
    pub fn is_local(&self) -> bool {
        self.inner.local
    }

    pub(super) fn docker(&self) -> &Docker {
        &self.inner.docker
    }

    pub(super) fn ownership(&self) -> &Ownership {
        &self.inner.ownership
    }

    pub(super) fn api_cell(&self) -> &OnceCell<(u32, u32)> {
        &self.inner.api
    }
}
