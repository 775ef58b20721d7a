//! What a key of a task takes, in an example of two lines: for those who have given it something of another shape.

use crate::config::{Fault, Problem};

/// Keys, and what stands under them.
const EXAMPLES: &[(&[&str], &str)] = &[
    (&["steps", "on_error", "finally"], "steps:\n  - command: echo one"),
    (&["params"], "params:\n  - {name: version, default: latest}"),
    (&["needs"], "needs:\n  - build"),
    (&["targets"], "targets:\n  - containers.web"),
    (&["env"], "env:\n  LEVEL: debug"),
    (&["vars"], "vars:\n  image: web"),
    (&["with"], "with:\n  version: latest"),
    (&["matrix"], "matrix:\n  os: [alpine, debian]"),
    (&["dotenv"], "dotenv:\n  - .env"),
    (&["aliases"], "aliases:\n  - ship"),
    (&["values"], "values:\n  - dev"),
    (&["include"], "include:\n  - ops/net.yaml"),
    (&["secrets"], "secrets:\n  db: {env: DB_PASSWORD}"),
    (&["tasks"], "tasks:\n  hello: {command: echo hello}"),
    (&["retry"], "retry:\n  {times: 3, delay: 2s}"),
    (&["exec"], "exec:\n  {container: web, command: ls}"),
    (&["command", "script"], "command: |\n  echo one; echo two"),
    (&["shell"], "shell: bash -euo pipefail -c\ncommand: echo one | tee log"),
    (&["timeout", "delay"], "timeout: 30s\ndelay: 250ms"),
    (&["description", "name", "group", "confirm"], "name: say\ndescription: Say hello"),
    (&["private", "parallel", "fail_fast", "always", "quiet", "required", "secret"], "private: true\nparallel: false"),
];

/// How the key that a fault is about is written.
pub(super) fn hint(fault: &Fault) -> Option<String> {
    if !matches!(fault.problem, Problem::WrongType { .. } | Problem::Invalid { .. }) {
        return None;
    }
    let last = fault.path.rsplit('.').next().unwrap_or_default();
    // Of an element that is wrong the whole list shows what stands there.
    example(last.split('[').next().unwrap_or_default())
}

/// How a key is written.
pub(super) fn example(key: &str) -> Option<String> {
    let (_, example) = EXAMPLES.iter().find(|(keys, _)| keys.contains(&key))?;
    let example = if example.starts_with(key) { (*example).to_owned() } else { example.replacen("steps", key, 1) };
    Some(format!("it is written so:\n{example}"))
}
