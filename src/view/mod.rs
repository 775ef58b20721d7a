//! How answers reach people and programs: the printer, diagnostics, tables, progress.

mod diagnostic;
pub mod inventory;
mod printer;
mod progress;
mod table;

pub use diagnostic::{Diagnostic, Place};
pub use printer::{Colour, Printer, Settings};
pub use progress::Progress;
pub use table::{Table, printable};
