//! `xnet http`: a page asked for from inside a container.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::http::{HttpProbe, HttpSpec, Method};
use crate::model::probe::place::Source;
use crate::model::probe::timeout::Timeout;
use crate::model::text::Pairs;
use crate::view::{Diagnostic, printable};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Container from which it is asked for; `host` is this machine
    from: Source,
    /// Such as <http://api:8080/health>
    url: String,
    /// Ask for the head alone
    #[arg(short = 'I', long)]
    head: bool,
    /// A header to send, such as accept=text/html; may be given several times
    #[arg(short = 'H', long = "header", value_name = "NAME=VALUE", value_parser = super::network_options::pair)]
    headers: Vec<(String, String)>,
    /// Go where redirects lead, at most five times
    #[arg(short = 'L', long)]
    follow: bool,
    /// Take any certificate
    #[arg(short = 'k', long)]
    insecure: bool,
    /// Authorities to believe besides those of this machine: a file in PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Give up after this long; 10s when absent
    #[arg(long, value_name = "TIME")]
    timeout: Option<Timeout>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let spec = HttpSpec {
        method: if arguments.head { Method::Head } else { Method::Get },
        headers: Pairs(arguments.headers.iter().cloned().collect()),
        timeout: arguments.timeout,
        follow: arguments.follow,
        insecure: arguments.insecure,
        ca: arguments.ca.as_ref().map(|file| file.to_string_lossy().into_owned()),
    };
    let told = invocation.probe(async |prober| prober.http(&arguments.from, &arguments.url, &spec).await)?;
    let printer = &invocation.printer;
    if printer.json() {
        printer.value(&json!(told));
        return if told.ok { Ok(()) } else { Err(Failure::silent(1)) };
    }
    if told.status.is_some() {
        print(&told, arguments.head, invocation);
    }
    if told.ok {
        return Ok(());
    }
    Err(Failure::new(1, Diagnostic::new(format!("{}: {}", told.url, told.message)).hint(told.hint)))
}

/// The body to stdout as it is, unless that is a terminal, which would obey what a server writes; how it was got to stderr.
fn print(told: &HttpProbe, head: bool, invocation: &Invocation) {
    let printer = &invocation.printer;
    let shown = |text: &str| if io::stdout().is_terminal() { printable(text) } else { text.to_owned() };
    let at = told.address.as_deref().unwrap_or_default();
    printer.talk(&printable(&format!("{} from {at} in {} ms", told.message, told.latency_ms)));
    if head {
        told.headers.iter().for_each(|(name, value)| printer.data(&shown(&format!("{name}: {value}"))));
    } else if !told.body.is_empty() {
        printer.data(&shown(told.body.trim_end_matches('\n')));
    }
    if told.truncated {
        printer.warn("the body goes on: the first MiB is shown");
    }
}
