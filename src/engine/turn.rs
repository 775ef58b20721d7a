//! One at a time on this machine: engines before 25 make two networks of one name when they are asked at once, and show
//! neither to the other's maker before it is whole.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use super::client::Engine;

/// Whoever waits longer goes on without: what is looked at afterwards tells most of what was missed.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

impl Engine {
    /// A turn that ends when it is dropped; none for an engine elsewhere. The folder of its socket is what is locked, so
    /// that nothing is left behind.
    pub(super) async fn turn(&self) -> Option<File> {
        let socket = self.address().strip_prefix("unix://")?;
        let folder = File::open(Path::new(socket).parent()?).ok()?;
        let end = Instant::now() + PATIENCE;
        while folder.try_lock().is_err() {
            if Instant::now() > end {
                return None;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Some(folder)
    }
}
