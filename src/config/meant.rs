//! Options that people type by other names, or in another place: what to type instead.

/// Typed names; an option that the place must know for the hint to make sense; the hint.
const MEANT: &[(&[&str], &str, &str)] = &[
    (
        &["ip", "ip6", "ip_address", "ipv4", "ipv4_address", "ipv6_address", "ipv4Address", "ipv6Address"],
        "networks",
        "a fixed address belongs to a network: networks: #{\"NAME\": #{ipv4_address: \"10.0.0.2\"}}",
    ),
    (
        &["subnet", "gateway", "ip_range", "ipRange", "aux_address", "aux_addresses"],
        "ipam",
        "it stands in `ipam`: ipam: #{subnet: \"10.0.0.0/24\", gateway: \"10.0.0.1\"}",
    ),
    // What a task takes, needs and does, as other runners of tasks call it.
    (&["args", "arguments", "inputs", "parameters"], "params", "did you mean `params`? params: [{name: version}]"),
    (&["cmds", "commands", "tasks", "script_lines"], "steps", "did you mean `steps`? steps: [{command: make}]"),
    (&["deps", "depends_on", "depends", "dependencies", "requires"], "needs", "did you mean `needs`?"),
    (
        &[
            "if",
            "when",
            "unless",
            "condition",
            "foreach",
            "loop",
            "register",
            "retry",
            "quiet",
            "silent",
            "shell",
            "on_failure",
        ],
        "steps",
        "it stands on a step: steps: [{command: make, when: params.all}]; a step has `when`, `foreach`, `retry`, `register`, \
         `quiet`, `shell` and `on_failure`",
    ),
    (
        &["preconditions", "precondition"],
        "steps",
        "a first step that fails ends the task: steps: [{command: test -f Makefile}]",
    ),
    (
        &["sources", "generates", "status", "run_once"],
        "steps",
        "tasks are not skipped for the files they make; a step runs only `when` its expression is true",
    ),
    (&["ensure", "after", "post", "cleanup", "teardown", "defer"], "finally", "did you mean `finally`?"),
    (&["rescue", "catch"], "on_error", "did you mean `on_error`?"),
    (&["internal", "hidden"], "private", "did you mean `private`?"),
    (&["desc", "summary", "help"], "description", "did you mean `description`?"),
    (
        &["dir", "cwd", "chdir", "working_dir", "working_directory", "working-directory"],
        "workdir",
        "did you mean `workdir`?",
    ),
    (&["if", "only_if", "condition"], "when", "did you mean `when`? It is an expression: when: params.x == \"y\""),
    (&["unless"], "when", "write `when` with the opposite: when: params.x != \"y\""),
    (
        &["loop", "with_items", "items", "for", "each", "for_each", "forEach", "with_list"],
        "foreach",
        "did you mean `foreach`? foreach: [a, b] gives `${item}`",
    ),
    (
        &["ignore_error", "ignore_errors", "allow_failure", "continue_on_error", "continue-on-error", "on_error"],
        "on_failure",
        "write `on_failure: continue`",
    ),
    (&["silent", "no_log", "hide"], "quiet", "did you mean `quiet`?"),
    (&["retries", "attempts", "tries"], "retry", "did you mean `retry`? retry: {times: 3, delay: 2s}"),
    (&["until"], "retry", "retry: {times: 30, delay: 1s, when: \"!result.ok\"} tries again until it succeeds"),
    (&["container", "docker", "service"], "exec", "did you mean `exec`? exec: {container: web, command: ls}"),
    (&["uses", "call", "invoke"], "task", "did you mean `task`?"),
    (&["id", "output", "outputs", "save"], "register", "did you mean `register`?"),
    (&["retries", "attempts", "count", "max", "limit"], "times", "did you mean `times`?"),
    (&["interval", "wait", "every", "pause"], "delay", "did you mean `delay`?"),
    (&["choices", "options", "enum", "allowed", "one_of", "oneOf"], "values", "did you mean `values`?"),
    (&["regex", "regexp", "match", "matches"], "pattern", "did you mean `pattern`?"),
    (&["optional"], "required", "write `required: false`"),
    (&["cmd", "args", "arguments", "run", "sh", "bash"], "command", "did you mean `command`?"),
    (&["environment", "environ", "env_vars"], "env", "did you mean `env`?"),
    (&["publish", "port", "p", "port_bindings"], "ports", "did you mean `ports`?"),
    (&["net"], "network", "did you mean `network`?"),
    (&["mount", "mounts", "binds", "bind"], "volumes", "did you mean `volumes`?"),
    (&["restart_policy", "restartPolicy"], "restart", "did you mean `restart`?"),
    (&["hosts"], "extra_hosts", "did you mean `extra_hosts`?"),
    (&["detach", "detached", "d"], "wait", "leave it out: the call returns as soon as the container runs"),
    (&["mtu"], "ipam", "it is an option of the driver: options: #{\"com.docker.network.driver.mtu\": \"1400\"}"),
    (&["parent"], "ipam", "it is an option of the driver: options: #{parent: \"eth0\"}"),
];

/// What to type instead of an option that is not known here.
pub(super) fn hint(typed: &str, known: &[&str]) -> Option<String> {
    let meant = MEANT.iter().find(|(names, home, _)| names.contains(&typed) && known.contains(home))?;
    Some(meant.2.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::config::{Node, read};
    use crate::model::container::ContainerSpec;
    use crate::model::network::NetworkSpec;

    #[test]
    fn an_option_of_another_name_or_place_is_shown_where_it_belongs() {
        let container = |typed: &str| read::<ContainerSpec>(&Node::from(json!({typed: "x"}))).unwrap_err().hint();
        for (typed, meant) in [
            ("ip", "networks: #{"),
            ("ipv4_address", "networks: #{"),
            ("cmd", "`command`"),
            ("environment", "`env`"),
            ("publish", "`ports`"),
            ("net", "`network`"),
        ] {
            let hint = container(typed).unwrap_or_default();
            assert!(hint.contains(meant), "{typed}: {hint}");
        }
        let network = |tree: Value| read::<NetworkSpec>(&Node::from(tree)).unwrap_err().hint().unwrap();
        assert!(network(json!({"subnet": "10.0.0.0/24"})).contains("ipam: #{subnet"));
    }

    #[test]
    fn a_list_of_what_is_known_has_each_option_once_as_documented() {
        let hint = read::<NetworkSpec>(&Node::from(json!({"zzzzzz": 1}))).unwrap_err().hint().unwrap();
        assert!(hint.contains("config_only") && hint.contains("enable_ipv6"), "{hint}");
        assert!(!hint.contains("configOnly") && !hint.contains("enableIPv6"), "{hint}");
    }

    #[test]
    fn several_networks_are_pointed_to_their_option() {
        let fault = read::<ContainerSpec>(&Node::from(json!({"network": ["a", "b"]}))).unwrap_err();
        assert_eq!(fault.hint().unwrap(), "several networks stand in `networks`");
    }
}
