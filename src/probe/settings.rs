//! How probes are to be sent, and who hears how they are.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::probe::way::Way;

/// Who hears which way was chosen.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// How probes are to be sent.
#[derive(Clone, Default)]
pub struct Settings {
    pub way: Way,
    /// What runs in the containers of agents, in place of this process's own executable: an `xnet` that needs no other
    /// libraries than this process has.
    pub executable: Option<PathBuf>,
    pub tell: Option<Tell>,
}

impl Settings {
    pub(super) fn tell(&self, words: &str) {
        if let Some(tell) = &self.tell {
            tell(words);
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Settings").field("way", &self.way).field("executable", &self.executable).finish_non_exhaustive()
    }
}
