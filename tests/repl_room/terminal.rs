//! A person at the REPL: a pseudo terminal, keys, and what the screen shows.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

const BOUND: Duration = Duration::from_secs(20);

pub(crate) struct Person {
    child: Child,
    keys: File,
    seen: Arc<Mutex<Vec<u8>>>,
    read: usize,
    ended: bool,
}

/// `xnet repl` in a folder, whose `state` holds the history.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xnet"));
    command.arg("repl").current_dir(folder).env("XDG_STATE_HOME", folder.join("state")).env("TERM", "xterm");
    command.env_remove("NO_COLOR");
    command
}

impl Person {
    pub(crate) fn sits_at(command: &Command) -> Self {
        let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo terminal");
        grantpt(&main).and_then(|()| unlockpt(&main)).expect("its other side");
        let path = ptsname(&main, Vec::new()).expect("its name");
        let other = open(path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its other side");
        let size = Winsize { ws_row: 40, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&other, size).expect("its size");
        // As the controlling terminal it turns Ctrl-C into a signal.
        let mut under = Command::new("setsid");
        under.arg("--ctty").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => under.env(name, value),
                None => under.env_remove(name),
            };
        }
        under.current_dir(command.get_current_dir().expect("a folder"));
        let copy = || Stdio::from(other.try_clone().expect("a copy of the terminal"));
        let child = under.stdin(copy()).stdout(copy()).stderr(copy()).spawn().expect("setsid of util-linux");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let keys = File::from(main);
        let (kept, mut screen) = (Arc::clone(&seen), keys.try_clone().expect("a copy of the terminal"));
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = screen.read(&mut piece) {
                kept.lock().unwrap().extend_from_slice(&piece[..length]);
            }
        });
        let mut person = Self { child, keys, seen, read: 0, ended: false };
        person.sees("xnet>");
        person
    }

    pub(crate) fn presses(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self
    }

    /// Types a line, waits until it is echoed, and presses Enter.
    pub(crate) fn types(&mut self, line: &str) -> &mut Self {
        self.presses(line).sees(line).presses("\r")
    }

    /// Waits for words, after what was last waited for.
    #[track_caller]
    pub(crate) fn sees(&mut self, words: &str) -> &mut Self {
        let began = Instant::now();
        loop {
            let shown = self.screen();
            if let Some(at) = shown.get(self.read..).and_then(|new| new.find(words)) {
                self.read += at + words.len();
                return self;
            }
            assert!(began.elapsed() < BOUND, "waited in vain for: {words}\n--- screen\n{shown}");
            sleep(Duration::from_millis(5));
        }
    }

    /// All that was shown, without colours and cursor moves.
    pub(crate) fn screen(&self) -> String {
        let raw = self.raw();
        let (mut plain, mut chars) = (String::new(), raw.chars());
        while let Some(c) = chars.next() {
            match c {
                '\u{1b}' if chars.next() == Some('[') => {
                    chars.by_ref().find(|c| c.is_ascii_alphabetic() || *c == '~');
                }
                '\u{1b}' | '\r' => {}
                c => plain.push(c),
            }
        }
        plain
    }

    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    pub(crate) fn told_to_end(&mut self) -> ExitStatus {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        self.leaves()
    }

    #[track_caller]
    pub(crate) fn leaves(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the state of the process") {
                self.ended = true;
                return status;
            }
            assert!(began.elapsed() < BOUND, "still there\n--- screen\n{}", self.screen());
            sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        if !self.ended {
            let _ = kill_process(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
