//! The suites.

mod repl_room;
