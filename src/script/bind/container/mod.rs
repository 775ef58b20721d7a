//! Containers in scripts: `docker.run` and `docker.ensure_container`, the calls by name, and the handle.

pub(super) mod calls;
pub(super) mod handle;
pub(super) mod run;

pub(in crate::script) use handle::ContainerHandle;
