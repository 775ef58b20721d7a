//! The REPL: an editor over a script session, with completion, colours, history and meta commands.
//!
//! `words` and `cursor` are pure; `complete` answers what `cursor` asks; `editor` and `talk` are the loop and its effects.

mod complete;
mod cursor;
mod editor;
mod ending;
mod history;
mod meta;
mod show;
mod talk;
mod words;

pub use talk::run;
