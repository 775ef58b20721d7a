//! What xnet does to a container engine, compared with the engine's own word on it.

mod fixture;
