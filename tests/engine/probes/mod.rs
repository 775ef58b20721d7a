//! What probes find from inside containers, held against what tools in the containers find.

mod commands;
mod crowds;
mod random;
mod verdicts;

use serde_json::Value;

use crate::support::Engine;

/// The verdict of `xnet reach`, whatever it is.
#[track_caller]
fn verdict(engine: &Engine, from: &str, to: &str) -> Value {
    let test = engine.test().args(["--json", "reach", "--timeout", "1500ms"]);
    let outcome = test.raw_arg(engine.fill(from)).raw_arg(engine.fill(to)).run();
    outcome.check_code(&[0, 1]);
    let verdict = outcome.json();
    outcome.check((verdict["ok"] == true) == (outcome.status.code() == Some(0)), "the exit code of the verdict");
    verdict
}

#[track_caller]
fn expect(engine: &Engine, from: &str, to: &str, cause: &str) -> Value {
    let verdict = verdict(engine, from, to);
    assert_eq!(verdict["cause"], cause, "{from} → {to}: {verdict:#}");
    assert_eq!(verdict["ok"], cause == "reachable");
    verdict
}

/// Whether a tool inside a container connects.
fn connects(engine: &Engine, from: &str, address: &str, port: u16) -> bool {
    let line = format!("nc -w 2 {address} {port} </dev/null >/dev/null 2>&1 && echo yes");
    engine.exec(from, &["sh", "-c", &engine.fill(&line)]).contains("yes")
}

/// The address of a container on a network.
fn address(engine: &Engine, container: &str, network: &str) -> String {
    let networks = engine.container(container)["NetworkSettings"]["Networks"].clone();
    networks[engine.fill(network)]["IPAddress"].as_str().unwrap_or_default().to_owned()
}
