//! Random topologies: each verdict against that of `ping` and `nc` inside the containers.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::support::Engine;

/// A small generator, so that a seed tells the whole topology.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

const NETWORKS: [&str; 3] = ["@red", "@green", "@blue"];
const MEMBERS: [&str; 5] = ["@a", "@b", "@c", "@d", "@e"];

fn build(engine: &Engine, dice: &mut Dice) {
    for network in NETWORKS {
        let icc = if dice.roll(4) == 0 { "false" } else { "true" };
        let options = json!({"com.docker.network.bridge.enable_icc": icc});
        engine.add_network(network, json!({"Internal": dice.roll(3) == 0, "Options": options}));
    }
    for member in MEMBERS {
        let command = match dice.roll(3) {
            0 => json!(["httpd", "-f", "-p", "127.0.0.1:80"]),
            1 => json!(["sleep", "1000"]),
            _ => json!(["httpd", "-f", "-p", "80"]),
        };
        let listens = command[0] == "httpd";
        let first = usize::try_from(dice.roll(3)).unwrap();
        let host = json!({"NetworkMode": NETWORKS[first], "Init": true});
        engine.add_container(member, json!({"Cmd": command, "HostConfig": host}));
        for (at, network) in NETWORKS.iter().enumerate() {
            if at != first && dice.roll(4) == 0 {
                let joined = engine.post(&format!("/networks/{network}/connect"), &json!({"Container": member}));
                assert_eq!(joined.status, 200, "{}", joined.text());
            }
        }
        if listens {
            engine.until_listening(member, 80);
        }
    }
}

/// What the tools of a container say of all these, asked at the same time: `icmp 10.0.0.2` and `tcp 10.0.0.2`.
fn by_tools(engine: &Engine, from: &str, addresses: &[String]) -> HashMap<String, bool> {
    let one = |address: &String| {
        format!(
            "(if ping -c 2 -W 2 {address} >/dev/null 2>&1; then echo icmp {address} 1; else echo icmp {address} 0; fi) & \
             (if nc -w 2 {address} 80 </dev/null >/dev/null 2>&1; then echo tcp {address} 1; else echo tcp {address} 0; fi) & "
        )
    };
    let script: String = addresses.iter().map(one).collect::<String>() + "wait";
    let said = engine.exec(from, &["sh", "-c", &script]);
    let line = |line: &str| line.trim().rsplit_once(' ').map(|(what, yes)| (what.to_owned(), yes == "1"));
    said.lines().filter_map(line).collect()
}

fn compare(seed: u64) {
    let engine = Engine::new();
    build(&engine, &mut Dice(seed));
    let test = engine.test().args(["--json", "matrix", "@a", "@b", "@c", "@d", "@e"]);
    let outcome = test.raw_arg("--port").raw_arg("80").raw_arg("--proto").raw_arg("icmp,tcp").run();
    outcome.success();
    let cells = outcome.json()["cells"].as_array().unwrap().clone();
    assert!(cells.len() >= 2 * MEMBERS.len() * (MEMBERS.len() - 1), "{}", cells.len());
    for member in MEMBERS {
        let from = engine.fill(member);
        let own: Vec<&Value> = cells.iter().filter(|cell| cell["from"] == from).collect();
        let mut addresses: Vec<String> = own.iter().map(|cell| cell["address"].as_str().unwrap().to_owned()).collect();
        addresses.sort();
        addresses.dedup();
        let said = by_tools(&engine, member, &addresses);
        for cell in own {
            let what = format!("{} {}", cell["protocol"].as_str().unwrap(), cell["address"].as_str().unwrap());
            let tool =
                said.get(&what).unwrap_or_else(|| panic!("seed {seed}: the tools say nothing of {what}: {said:?}"));
            assert_eq!(cell["ok"], *tool, "seed {seed}: {cell:#}");
        }
    }
}

#[test]
fn verdicts_on_a_random_topology_are_those_of_ping_and_nc() {
    compare(1);
}

#[test]
fn verdicts_on_another_random_topology_are_those_of_ping_and_nc() {
    compare(20_241);
}
