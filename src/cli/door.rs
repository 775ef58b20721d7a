//! What the engine room advises in the words of scripts, in those of the command line.

/// The hint as one who types commands can follow it.
pub(super) fn hint(hint: &str) -> String {
    let mut words = String::new();
    let mut rest = hint;
    while let Some(at) = rest.find("docker.") {
        words += &flags(&rest[..at]);
        let call = &rest[at..];
        // What a flag does too is said beside it already.
        if let Some((_, after)) = call.split_once(" or `--ensure`").filter(|(call, _)| !call.contains(' ')) {
            words += "`--ensure`";
            rest = after;
            continue;
        }
        let Some(end) = end(call) else {
            rest = call;
            break;
        };
        words += &command(&call[..end]);
        rest = &call[end..];
    }
    words += &flags(rest);
    words
}

/// `` `force: true` `` as `` `--force` ``.
fn flags(text: &str) -> String {
    let mut parts: Vec<String> = text.split('`').map(str::to_owned).collect();
    for part in parts.iter_mut().skip(1).step_by(2) {
        if let Some(option) = part.strip_suffix(": true")
            && option.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '6' | '4'))
        {
            *part = match option {
                "enable_ipv6" => "--ipv6".to_owned(),
                option => format!("--{}", option.replace('_', "-")),
            };
        }
    }
    parts.join("`")
}

/// Where a call ends: behind its bracket, or behind its name where it has none.
fn end(call: &str) -> Option<usize> {
    let name = call.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(call.len());
    if !call[name..].starts_with('(') {
        return Some(name);
    }
    let mut depth = 0_usize;
    for (at, c) in call.char_indices().skip_while(|(at, _)| *at < name) {
        match c {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The command that does the same, or the call by way of `xnet eval`.
fn command(call: &str) -> String {
    let (name, arguments) = call.split_once('(').unwrap_or((call, ")"));
    let arguments = arguments.trim_end_matches(')');
    let forced = arguments.ends_with(", #{force: true}");
    let plain = arguments.trim_end_matches(", #{force: true}");
    let simple = plain.is_empty() || plain.split(", ").all(|word| word.len() > 2 && word.matches('"').count() == 2);
    let command = match name {
        "docker.network.disconnect" => "network disconnect",
        "docker.network.remove" => "network rm",
        "docker.network.prune" => "network prune",
        "docker.network.list" => "network ls",
        "docker.list" => "ps",
        _ => "",
    };
    if simple && !command.is_empty() {
        let words = plain.replace([',', '"'], "");
        let force = if forced { "--force " } else { "" };
        return format!("`{}`", format!("xnet {command} {force}{words}").trim_end());
    }
    if call.contains('(') { format!("`xnet eval '{call}'`") } else { call.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn hints_speak_of_commands_and_flags() {
        for (script, commands) in [
            (
                "disconnect or remove them first: docker.network.disconnect(\"n\", \"c\")",
                "disconnect or remove them first: `xnet network disconnect n c`",
            ),
            (
                "docker.network.disconnect(\"n\", \"c\", #{force: true}) removes it",
                "`xnet network disconnect --force n c` removes it",
            ),
            ("start it: docker.start(\"web\")", "start it: `xnet eval 'docker.start(\"web\")'`"),
            ("`force: true` recreates a network", "`--force` recreates a network"),
            ("`allow_route_overlap: true` takes it", "`--allow-route-overlap` takes it"),
            (
                "docker.network.ensure(\"n\") or `--ensure` keeps the one that is there",
                "`--ensure` keeps the one that is there",
            ),
            ("docker.network.ensure_connected or `--ensure` accepts that", "`--ensure` accepts that"),
            ("docker.broken(\"a", "docker.broken(\"a"),
            ("docker", "docker"),
        ] {
            assert_eq!(hint(script), commands);
        }
    }
}
