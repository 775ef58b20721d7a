//! What an engine says when it cannot start a container or a command, in plain words with what to do. Pure.
//!
//! Its own words are those of several programs below it, each with what it was doing when the next one failed.

use crate::model::names;

/// What stopped a container or a command from starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    NoProgram { program: String, why: String },
    Advice { words: String, hint: String },
}

/// The kernel's capabilities, without `CAP_`.
const CAPABILITIES: [&str; 41] = [
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

/// What the words mean; `None` where they say enough themselves, or are not known.
pub(super) fn told(words: &str) -> Option<Told> {
    if let Some((program, why)) = no_program(words) {
        return Some(Told::NoProgram { program, why });
    }
    let (words, hint) = folder(words)
        .or_else(|| identity(words))
        .or_else(|| kernel_setting(words))
        .or_else(|| capability(words))
        .or_else(|| host(words))?;
    Some(Told::Advice { words, hint })
}

/// The end of the engine's words about a program, which says what is wrong with it.
pub(super) fn reason(words: &str) -> String {
    let after = words.rsplit_once("exec: \"").and_then(|(_, rest)| rest.split_once("\": "));
    let why = after.map_or(words, |(_, why)| why);
    why.split(": unknown").next().unwrap_or(why).to_owned()
}

fn no_program(words: &str) -> Option<(String, String)> {
    if !words.contains("OCI runtime") {
        return None;
    }
    let (_, rest) = words.rsplit_once("exec: \"")?;
    let (program, why) = rest.split_once("\": ")?;
    let lacks =
        ["not found", "no such file", "permission denied", "is a directory"].iter().any(|one| why.contains(one));
    lacks.then(|| (program.to_owned(), reason(words)))
}

fn folder(words: &str) -> Option<(String, String)> {
    let hint = "`working_dir` is a folder in the container".to_owned();
    if let Some((_, rest)) = words.split_once("chdir to cwd (\"") {
        let folder = rest.split('"').next()?;
        let what = if rest.contains("not a directory") { "is no folder" } else { "cannot be entered: it is not there" };
        let what = if rest.contains("permission denied") { "may not be entered by its user" } else { what };
        return Some((format!("\"{folder}\" {what}"), hint));
    }
    let path = words.split_once("Cannot mkdir: ")?.1.strip_suffix(" is not a directory")?;
    Some((format!("\"{path}\" is no folder"), hint))
}

fn identity(words: &str) -> Option<(String, String)> {
    let low = words.to_lowercase();
    for (start, what, file) in
        [("unable to find user ", "user", "/etc/passwd"), ("unable to find group ", "group", "/etc/group")]
    {
        if let Some(at) = low.find(start) {
            let name = words.get(at + start.len()..)?.split(": ").next()?;
            let hint = format!("give a name that stands in its {file}, or a number");
            return Some((format!("the container has no {what} \"{name}\""), hint));
        }
    }
    None
}

fn kernel_setting(words: &str) -> Option<(String, String)> {
    if let Some((_, rest)) = words.split_once("sysctl \"") {
        let name = rest.split('"').next()?;
        if rest.contains("not in a separate kernel namespace") {
            let hint = "a container has only net.*, kernel.msg*, kernel.sem, kernel.shm* and fs.mqueue.* for itself";
            return Some((format!("sysctl \"{name}\" is one of the whole machine"), hint.into()));
        }
        if rest.contains("not allowed in host") {
            let hint = "set it on the host, or give the container a network of its own";
            return Some((format!("sysctl \"{name}\" is the host's own, as is the network"), hint.into()));
        }
    }
    let (_, rest) = words.split_once(" /proc/sys/")?;
    let (path, why) = rest.split_once(": ")?;
    let name = path.replace('/', ".");
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(if why.contains("no such file") {
        (format!("the kernel has no sysctl \"{name}\""), format!("those that it has stand in /proc/sys/{folder}"))
    } else {
        let why = why.split(": unknown").next().unwrap_or(why);
        (format!("sysctl \"{name}\" does not take this value: {why}"), "give it as the kernel shows it".into())
    })
}

fn capability(words: &str) -> Option<(String, String)> {
    let name = words.split_once("unknown capability: \"")?.1.split('"').next()?;
    let bare = name.strip_prefix("CAP_").unwrap_or(name);
    let near = names::nearest(bare, CAPABILITIES);
    let hint =
        near.map_or("they are called NET_ADMIN, SYS_PTRACE, …".into(), |near| format!("did you mean `{near}`?"));
    Some((format!("there is no capability \"{bare}\""), hint))
}

/// What the machine or the engine itself does not have.
fn host(words: &str) -> Option<(String, String)> {
    if words.contains("cannot assign requested address") {
        let (address, _) = super::procfs::endpoint_in(words)?;
        let address = address.rsplit_once(':').map_or(address.as_str(), |(address, _)| address);
        let hint = "publish on one that it has, or leave the address out";
        return Some((format!("the engine's machine has no address {address}"), hint.into()));
    }
    if words.contains("external connectivity") && words.contains("protocol not supported") {
        let hint = "`modprobe sctp` there, or leave the SCTP port out";
        return Some(("the kernel of the engine's machine says of a port: protocol not supported".into(), hint.into()));
    }
    if let Some(mode) = words.trim().strip_prefix("invalid mode: ") {
        return Some((format!("a volume cannot be mounted as \"{mode}\""), "write \"ro\" or \"rw\"".into()));
    }
    if let Some(rest) = words.split_once("error looking up logging plugin ").map(|(_, rest)| rest) {
        let name = rest.split(':').next()?;
        let hint = "engines have json-file, local, journald, syslog, fluentd and none";
        return Some((format!("the engine has no log driver \"{name}\""), hint.into()));
    }
    let rest = words.split_once("adding custom device \"")?.1;
    let hint = "a device is given by its path on the engine's machine";
    Some((format!("there is no device \"{}\"", rest.split('"').next()?), hint.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(words: &str, plain: &str) {
        let Some(Told::Advice { words, hint }) = told(words) else { panic!("{:?}", told(words)) };
        assert!(!hint.is_empty());
        assert_eq!(words, plain);
    }

    #[test]
    fn a_program_that_is_missing_is_named_with_the_reason() {
        let words = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start \
                     container process: exec: \"nope\": executable file not found in $PATH: unknown";
        let why = "executable file not found in $PATH".to_owned();
        assert_eq!(told(words), Some(Told::NoProgram { program: "nope".into(), why }));
        assert_eq!(told("Minimum memory limit allowed is 6MB"), None);
    }

    #[test]
    fn the_layers_below_the_engine_are_left_out() {
        let start = "OCI runtime exec failed: exec failed: unable to start container process: ";
        let at = "chdir to cwd (\"/nonex\") set in config.json failed: no such file or directory: unknown";
        says(&format!("{start}{at}"), "\"/nonex\" cannot be entered: it is not there");
        says("unable to find user p: no matching entries in passwd file", "the container has no user \"p\"");
        let open = "error during container init: open /proc/sys/net/ipv4/ip_forwad: no such file or directory: unknown";
        says(&format!("{start}{open}"), "the kernel has no sysctl \"net.ipv4.ip_forwad\"");
        let words = "invalid CapAdd: unknown capability: \"CAP_NET_ADMN\"";
        says(words, "there is no capability \"NET_ADMN\"");
        let Some(Told::Advice { hint, .. }) = told(words) else { panic!() };
        assert_eq!(hint, "did you mean `NET_ADMIN`?");
        let words = "driver failed programming external connectivity on endpoint a (b): Error starting userland proxy: \
                     listen tcp4 10.99.99.99:18501: bind: cannot assign requested address";
        says(words, "the engine's machine has no address 10.99.99.99");
    }
}
