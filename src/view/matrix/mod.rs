//! A matrix for people, for spreadsheets and as a picture.

mod heat;
mod text;

pub use heat::svg;
pub use text::{csv, table};
