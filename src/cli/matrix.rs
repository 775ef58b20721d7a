//! `xnet matrix`: all pairs of containers, as a table, JSON, CSV or a picture.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::matrix::spec::{MatrixSpec, PortSpec};
use crate::model::probe::place::Transport;
use crate::model::probe::timeout::Timeout;
use crate::model::text::Words;
use crate::view::{Diagnostic, matrix};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Names or ids
    containers: Vec<String>,
    /// All containers that run
    #[arg(short, long)]
    all: bool,
    /// Those with a label, such as tier or tier=web
    #[arg(short, long, value_name = "LABEL")]
    label: Vec<String>,
    /// Those on a network
    #[arg(short, long, value_name = "NETWORK")]
    network: Vec<String>,
    /// 80 or 53/udp; may be given several times
    #[arg(short, long, value_name = "PORT", value_delimiter = ',')]
    port: Vec<PortSpec>,
    /// icmp, tcp or udp; tcp where there are ports, icmp otherwise
    #[arg(long, value_name = "PROTOCOL", value_delimiter = ',')]
    proto: Vec<Transport>,
    /// For each address; 1s when absent
    #[arg(long, value_name = "TIME")]
    timeout: Option<Timeout>,
    /// Print a line of CSV for each cell
    #[arg(long)]
    csv: bool,
    /// Write a picture of it
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Exit with 1 unless everything answers
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let printer = &invocation.printer;
    if arguments.csv && printer.json() {
        return Err(Failure::usage(Diagnostic::new("--csv and --json exclude each other".to_owned())));
    }
    let given = |some: bool| some.then_some(());
    let spec = MatrixSpec {
        containers: Words(arguments.containers.clone()),
        label: Words(arguments.label.clone()),
        network: Words(arguments.network.clone()),
        all: arguments.all,
        port: given(!arguments.port.is_empty()).map(|()| arguments.port.clone()).into(),
        proto: given(!arguments.proto.is_empty()).map(|()| arguments.proto.clone()).into(),
        timeout: arguments.timeout,
    };
    let picture = arguments.svg.as_deref().map(Picture::begin).transpose()?;
    let told = match invocation.probe(async |prober| prober.matrix(&spec).await) {
        Ok(told) => told,
        Err(failure) => {
            picture.into_iter().for_each(Picture::abandon);
            return Err(failure);
        }
    };
    if let Some(picture) = picture {
        let file = picture.file;
        let failed = |error| Failure::new(1, Diagnostic::new(format!("--svg {}: {error}", file.display())));
        fs::write(file, matrix::svg(&told)).map_err(failed)?;
        printer.talk(&format!("wrote {}", file.display()));
    }
    if printer.json() {
        printer.value(&json!(told));
    } else if arguments.csv {
        printer.data(&matrix::csv(&told));
    } else {
        printer.data(&matrix::table(&told));
    }
    if !arguments.strict || told.all_ok {
        return Ok(());
    }
    if told.without_address.is_empty() {
        return Err(Failure::silent(1));
    }
    let message = format!("{} could not be asked: without an address of its own", told.without_address.join(", "));
    Err(Failure::new(1, Diagnostic::new(message)))
}

/// The file of the picture: that it can be written is known before anything is asked.
struct Picture<'a> {
    file: &'a Path,
    is_new: bool,
}

impl<'a> Picture<'a> {
    fn begin(file: &'a Path) -> Result<Self, Failure> {
        let is_new = !file.exists();
        let opened = fs::OpenOptions::new().write(true).create(true).truncate(false).open(file);
        opened.map_err(|error| Failure::usage(Diagnostic::new(format!("--svg {}: {error}", file.display()))))?;
        Ok(Self { file, is_new })
    }

    /// There is nothing to draw.
    fn abandon(self) {
        if self.is_new {
            // An empty file that stays does no harm.
            let _ = fs::remove_file(self.file);
        }
    }
}
