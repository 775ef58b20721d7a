//! The state of a container in words: `running`, `exited with 3`. Pure.

use serde_json::Value;

/// Whether it has a process, paused or not.
pub(super) fn alive(whole: &Value) -> bool {
    whole["State"]["Running"] == true || whole["State"]["Paused"] == true
}

/// From its inspect data.
pub(super) fn in_words(whole: &Value) -> String {
    let status = whole["State"]["Status"].as_str().unwrap_or("stopped");
    match whole["State"]["ExitCode"].as_i64() {
        Some(code) if status == "exited" => format!("exited with {code}"),
        _ => status.to_owned(),
    }
}
