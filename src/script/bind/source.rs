//! Where a probe starts, as scripts say it: `host`, a container's name, or its handle.

use std::sync::Arc;

use rhai::Dynamic;

use super::World;
use crate::model::probe::place::Source;
use crate::script::fault::{Fault, Subject};
use crate::script::values;

/// A source, the engine that knows it, and what errors call it.
pub(super) struct Start {
    pub(super) source: Source,
    pub(super) world: Arc<World>,
    subject: Option<Subject>,
}

impl Start {
    pub(super) fn of(value: &Dynamic, here: &Arc<World>) -> Result<Self, Fault> {
        let world = values::world_of(value, here);
        if value.is_string() && value.to_string() == "host" {
            return Ok(Self { source: Source::Host, world, subject: None });
        }
        let subject = values::subject(value, "container")?;
        Ok(Self { source: Source::Container(subject.id.clone()), world, subject: Some(subject) })
    }

    /// What an error is about.
    pub(super) fn subjects(&self) -> Vec<&Subject> {
        self.subject.iter().collect()
    }
}
