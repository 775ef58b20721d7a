//! What a process started: told by the children that `/proc` lists for each of its threads.

use std::fs;

/// A process and all below it, the deepest first.
pub fn tree(pid: i32) -> Vec<i32> {
    let mut all = vec![pid];
    let mut index = 0;
    while let Some(parent) = all.get(index) {
        all.extend(children(*parent));
        index += 1;
    }
    all.reverse();
    all
}

/// The children of all threads: a child belongs to the thread that started it.
pub(super) fn children(pid: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|child| child.parse().ok()).collect::<Vec<_>>()).collect()
}

/// When a process began, in ticks since boot; `None` once it has ended. With its id this tells it from a later one.
pub(super) fn birth(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; the state follows it, and the beginning 19 fields later.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let birth = fields.nth(18)?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(birth)
}

/// Whether it has ended and waits for its parent to take note.
pub(super) fn is_zombie(pid: i32) -> bool {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    text.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
}

/// Whether a process began with this variable in its environment.
pub(super) fn has_variable(pid: i32, name: &str, value: &str) -> bool {
    let all = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let wanted = format!("{name}={value}");
    all.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::thread;

    use super::*;

    #[test]
    fn a_child_of_any_thread_is_found_until_it_ends() {
        let us = std::process::id().cast_signed();
        let mut child = thread::spawn(|| Command::new("sleep").arg("60").spawn().unwrap()).join().unwrap();
        let pid = child.id().cast_signed();
        assert!(tree(us).contains(&pid));
        assert_eq!(tree(us).last(), Some(&us));
        assert!(birth(pid) >= birth(us) && birth(us).is_some());
        child.kill().unwrap();
        // Another test may have taken note of its end.
        let _ = child.wait();
        assert_eq!(birth(pid), None);
    }
}
