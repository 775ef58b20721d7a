//! `xnet ping`: ICMP echoes from inside a container.

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::duration::Span;
use crate::model::probe::ping::PingSpec;
use crate::model::probe::place::{Destination, Source};
use crate::model::probe::timeout::Timeout;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Container to send from; `host` is this machine
    from: Source,
    /// A name or an address, host or internet
    to: Destination,
    /// Echoes; 3 when absent
    #[arg(short, long, value_name = "N")]
    count: Option<u32>,
    /// Between one and the next; 200ms when absent
    #[arg(short, long, value_name = "TIME")]
    interval: Option<Span>,
    /// Bytes of payload; 56 when absent
    #[arg(short, long, value_name = "BYTES")]
    size: Option<u16>,
    /// For each echo; 1s when absent
    #[arg(long, value_name = "TIME")]
    timeout: Option<Timeout>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Arguments { from, to, count, interval, size, timeout } = arguments;
    let spec = PingSpec { count: *count, interval: *interval, size: *size, timeout: *timeout };
    let told = invocation.probe(async |prober| prober.ping(from, to, &spec).await)?;
    let printer = &invocation.printer;
    if printer.json() {
        printer.value(&json!(told));
        return if told.ok { Ok(()) } else { Err(Failure::silent(1)) };
    }
    for (at, time) in told.times_ms.iter().enumerate() {
        printer.detail(&match time {
            Some(time) => format!("echo {}: {time} ms", at + 1),
            None => format!("echo {}: lost", at + 1),
        });
    }
    let mark = if told.ok { "✓" } else { "✗" };
    let cause = if told.ok { String::new() } else { format!(" ({})", told.cause) };
    printer.data(&format!("{mark} {from} → {}{cause}", told.message));
    told.note.iter().for_each(|note| printer.talk(note));
    if told.ok {
        return Ok(());
    }
    told.hint.iter().for_each(|hint| printer.talk(&format!("hint: {hint}")));
    Err(Failure::silent(1))
}
