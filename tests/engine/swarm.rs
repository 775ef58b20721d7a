//! Swarms, in engines of their own: one of all tests would be in the way of the others.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::{Engine, PrivateEngine};

#[test]
fn a_private_engine_is_apart_from_the_shared_one_and_leaves_nothing() {
    let engine = PrivateEngine::start(&["--default-address-pool", "base=10.201.0.0/23,size=24"]);
    let folder = engine.address().trim_start_matches("unix://").trim_end_matches("/docker.sock").to_owned();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net", "PortBindings": {"80/tcp": [{}]}}}));
    assert_eq!(engine.exec("@web", &["cat", "/www/index.html"]), "hello from busybox\n");
    let outcome = engine.script(r#"docker.network.create("@more"); print(docker.list().len());"#).run();
    outcome.code(4).stderr_has("address");
    let shared = Engine::new();
    assert!(shared.network("@net").is_null() && shared.container("@web").is_null());
    let pid = engine.container("@web")["State"]["Pid"].to_string();
    assert!(engine.host(&["ip", "link"]).contains("docker0"));
    drop(engine);
    assert!(!Path::new(&folder).exists(), "{folder} is left");
    // A process that ended and that nobody has waited for yet has no arguments any more.
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    assert!(arguments.is_empty(), "{}", String::from_utf8_lossy(&arguments));
}
