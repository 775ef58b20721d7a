//! Where waiting happens: the one tokio runtime, the token that ends every wait, the signals that trip it, processes.

mod cancel;
pub mod descendants;
mod ending;
mod living;
mod pipes;
pub mod process;
pub mod processes;
pub mod prompt;
mod signals;
mod wait;

pub use cancel::{Cancel, Reason};
pub use signals::{heeded, second_signal, watch_signals};
pub use wait::{Stopped, wait};
