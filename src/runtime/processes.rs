//! The processes of this machine as `/proc` shows them: their names, the sockets they hold, the container they are in.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;

use super::descendants;

/// The ids of all processes.
pub fn all() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The inodes of the sockets that a process holds. Others' processes need root to be looked at.
pub fn sockets(pid: u32) -> io::Result<HashSet<u64>> {
    let files = fs::read_dir(format!("/proc/{pid}/fd"))?;
    Ok(files.flatten().filter_map(|file| socket(&file.path())).collect())
}

fn socket(file: &Path) -> Option<u64> {
    let link = fs::read_link(file).ok()?;
    link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// The name that the kernel knows a process by: at most 15 characters.
pub fn name(pid: u32) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}

/// When it began, in ticks since boot; `None` once it has ended.
pub fn birth(pid: u32) -> Option<u64> {
    descendants::birth(pid.try_into().ok()?)
}

/// Whether a process belongs to a container, by the container's full id in its control group.
pub fn is_in_container(pid: u32, container: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cgroup")).is_ok_and(|text| text.contains(container))
}

/// The full id of the container that a process belongs to, by its control group.
pub fn container(pid: u32) -> Option<String> {
    container_in(&fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?)
}

/// `0::/system.slice/docker-<64 hexadecimal digits>.scope`; the last one, where containers hold containers.
fn container_in(cgroup: &str) -> Option<String> {
    let mut words = cgroup.split(|c: char| !c.is_ascii_hexdigit());
    words.rfind(|word| word.len() == 64).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn our_own_sockets_are_found() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let own = std::process::id();
        let link = fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
        let held = sockets(own).unwrap();
        assert!(held.iter().any(|inode| link.to_str().unwrap() == format!("socket:[{inode}]")));
        assert!(all().contains(&own) && name(own).is_some() && birth(own).is_some());
    }

    #[test]
    fn the_id_of_a_container_is_read_from_the_forms_of_a_control_group() {
        let id = "0123456789abcdef".repeat(4);
        for text in [
            format!("0::/docker/{id}\n"),
            format!("0::/system.slice/docker-{id}.scope\n"),
            format!("12:pids:/docker/{id}\n1:name=systemd:/docker/{id}\n"),
            format!("0::/machine.slice/libpod-{id}.scope/container\n"),
        ] {
            assert_eq!(container_in(&text), Some(id.clone()), "{text}");
        }
        assert_eq!(container_in("0::/user.slice/session-1.scope\n"), None);
    }
}
