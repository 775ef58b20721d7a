//! Where waiting happens: the one tokio runtime, the token that ends every wait, the signals that trip it, processes.

mod cancel;
mod cleanup;
pub mod descendants;
mod ending;
mod hurry;
mod limit;
mod living;
mod pipes;
pub mod pool;
pub mod process;
pub mod processes;
pub mod prompt;
mod signals;
mod wait;

pub use cancel::{Cancel, Reason};
pub use cleanup::{Cleaning, Cleanup};
pub use ending::{GLANCE, PATIENCE};
pub use hurry::Hurry;
pub use limit::limited;
pub use signals::{heeded, watch_signals};
pub use wait::{Stopped, wait};
