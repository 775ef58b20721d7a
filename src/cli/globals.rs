//! The options that every command takes.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use crate::model::probe::way::Way;
use crate::runtime::Cancel;
use crate::view::{Colour, Printer, Settings};

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Globals {
    /// Engine to talk to, such as `unix:///path`, `tcp://host:port` or `ssh://user@host`
    #[arg(long, global = true, value_name = "URL")]
    pub(super) host: Option<String>,
    /// Docker context to take the engine from
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "host")]
    pub(super) context: Option<String>,
    /// Task file to use instead of the .xnet/config.yaml found upwards
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Work as if started in this folder
    #[arg(short = 'C', global = true, value_name = "DIR")]
    pub(super) directory: Option<PathBuf>,
    /// How probes get into containers: auto, local (this process), helper (one container), sidecar (one beside each)
    #[arg(
        long = "probe",
        global = true,
        value_name = "WAY",
        env = "XNET_PROBE",
        default_value = "auto",
        hide_env_values = true
    )]
    pub(super) probe: Way,
    /// JSON on stdout instead of tables and text
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing on stderr but warnings and errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,
    /// Do not ask before removing
    #[arg(short, long, global = true)]
    pub(super) yes: bool,
    /// Stop a script after this many operations; 0 is no limit
    #[arg(long, global = true, value_name = "N", default_value_t = 0, hide_short_help = true)]
    pub(super) max_operations: u64,
    /// Nested function calls that a script may make
    #[arg(long, global = true, value_name = "N", default_value_t = 256, hide_short_help = true,
          value_parser = clap::value_parser!(u64).range(1..=2_000))]
    pub(super) max_call_depth: u64,
}

impl Globals {
    fn settings(&self) -> Settings {
        Settings { json: self.json, quiet: self.quiet, verbose: self.verbose, colour: self.color }
    }

    /// A printer for what is said before there is anything to cancel.
    pub(super) fn printer(&self) -> Printer {
        Printer::new(self.settings(), Cancel::new())
    }

    pub(super) fn printer_for(&self, cancel: &Cancel) -> Printer {
        Printer::new(self.settings(), cancel.clone())
    }
}
