//! What a process started: told by the children that `/proc` lists for each of its threads.

use std::fs;
use std::io;

use rustix::process::{Pid, Signal, kill_process};

/// Processes that are to end, and what they start meanwhile: each with its birth, which tells it from a later one.
#[derive(Debug, Default)]
pub struct Descent(Vec<(i32, u64)>);

impl Descent {
    /// Adds a process and all below it that live.
    pub fn gather(&mut self, pid: i32) {
        // Parents first: one that is still to be told could start another child in place of one that was.
        for found in tree(pid).into_iter().rev().filter_map(|pid| birth(pid).map(|birth| (pid, birth))) {
            if !self.0.contains(&found) {
                self.0.push(found);
            }
        }
    }

    /// Forgets those that have ended, and adds what the others started since, and what lost its parent.
    pub fn look(&mut self, orphans: Vec<i32>) {
        self.0.retain(|(pid, born)| birth(*pid) == Some(*born));
        for pid in self.0.iter().map(|(pid, _)| *pid).chain(orphans).collect::<Vec<_>>() {
            self.gather(pid);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A signal to each that is wanted. That one has ended by itself is no error; the first other one is given.
    pub fn send(&self, signal: Signal, wanted: impl Fn(Pid) -> bool) -> io::Result<()> {
        let mut answer = Ok(());
        for pid in self.0.iter().filter_map(|(pid, _)| Pid::from_raw(*pid)).filter(|pid| wanted(*pid)) {
            if let Err(error) = kill_process(pid, signal)
                && error != rustix::io::Errno::SRCH
                && answer.is_ok()
            {
                answer = Err(error.into());
            }
        }
        answer
    }
}

/// A process and all below it, the deepest first.
fn tree(pid: i32) -> Vec<i32> {
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

/// The processes of a session: those that a process which began one started, and that began none of their own.
pub fn session(leader: i32) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
    let of = |pid: &i32| {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // After the name in parentheses: state, parent, group, session.
        let session = text.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(3)?.parse::<i32>().ok());
        session == Some(leader)
    };
    pids.filter(of).collect()
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
