//! How answers reach people and programs: the printer, which masks secrets, diagnostics, tables, progress.

mod diagnostic;
pub mod inventory;
mod junit;
mod mask;
pub mod matrix;
mod printer;
mod progress;
mod sink;
mod table;

pub use diagnostic::{Diagnostic, Place};
pub use junit::{JunitCase, JunitEnding, JunitSuite, junit};
pub use mask::{Secrets, Stream as SecretStream};
pub use printer::{Colour, Printer, Settings};
pub use progress::Progress;
pub use sink::Sink;
pub use table::{Table, printable};
