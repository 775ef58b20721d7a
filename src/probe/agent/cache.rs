//! The namespaces that are kept open between orders: a bounded number, and none whose container has ended.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use super::namespace::Namespace;
use crate::model::probe::order::{Inside, Stand};

/// Each is two open files. Far more containers than one machine runs.
const KEPT: usize = 2048;

#[derive(Debug, Default)]
pub(super) struct Namespaces(Mutex<HashMap<Inside, Namespace>>);

impl Namespaces {
    pub(super) fn open(&self, stand: &Stand) -> io::Result<Namespace> {
        let Stand::Inside(inside) = stand else { return Ok(Namespace::Own) };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(namespace) = kept.get(inside).filter(|namespace| namespace.lives()) {
            return Ok(namespace.clone());
        }
        // Those that ended are let go whenever another is opened.
        kept.retain(|_, namespace| namespace.lives());
        let namespace = Namespace::open(stand)?;
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(inside.clone(), namespace.clone());
        Ok(namespace)
    }
}
