//! The YAML task language, without an engine.

mod bad_files;
mod dry_run;
mod early;
mod faults;
mod finally;
mod finding;
mod foreach;
mod hostile;
mod matrix;
mod needs;
mod output;
mod parallel;
mod params;
mod results;
mod retry;
mod running;
mod schema;
mod secrets;
mod steps;
mod timeout;
mod values;
