//! Options of networks and containers as any tree at all: read or refused, and then checked, without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xnet::config::{Node, read};
use xnet::model::container::ContainerSpec;
use xnet::model::network::NetworkSpec;

fuzz_target!(|json: &[u8]| {
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(json) else { return };
    let node = Node::from(json);
    match read::<NetworkSpec>(&node) {
        Ok(spec) => drop(spec.check()),
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
    match read::<ContainerSpec>(&node) {
        Ok(spec) => drop(spec.check()),
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
});
