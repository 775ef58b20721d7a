//! A person at a terminal: types, waits for words, presses Ctrl-C.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tempfile::TempDir;

use super::names::Names;
use super::running::BOUND;

#[derive(Debug)]
pub(crate) struct Terminal {
    child: Child,
    keys: File,
    seen: Arc<Mutex<Vec<u8>>>,
    /// How much of what was seen `until` has passed.
    read: usize,
    names: Names,
    ended: bool,
    _folder: TempDir,
}

impl Terminal {
    pub(crate) fn start(command: &Command, names: Names, folder: TempDir) -> Self {
        let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo terminal");
        grantpt(&main).and_then(|()| unlockpt(&main)).expect("its other side");
        let path = ptsname(&main, Vec::new()).expect("its name");
        let side = open(path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its other side");
        let window = Winsize { ws_row: 40, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&side, window).expect("its size");
        // setsid(1) makes it the controlling terminal, so that Ctrl-C reaches the process as it does for people.
        let mut under = Command::new("setsid");
        under.arg("--ctty").arg(command.get_program()).args(command.get_args()).env_clear();
        under.envs(command.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
        under.env("TERM", "xterm").current_dir(command.get_current_dir().expect("a folder"));
        let copy = || Stdio::from(side.try_clone().expect("a copy of the terminal"));
        let child = under.stdin(copy()).stdout(copy()).stderr(copy()).spawn().expect("setsid of util-linux");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let keys = File::from(main);
        let mut screen = keys.try_clone().expect("a copy of the terminal");
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = screen.read(&mut piece) {
                kept.lock().unwrap().extend_from_slice(&piece[..length]);
            }
        });
        Self { child, keys, seen, read: 0, names, ended: false, _folder: folder }
    }

    /// Types a line and presses Enter.
    pub(crate) fn line(&mut self, text: &str) -> &mut Self {
        let text = self.names.fill(text);
        self.press(&format!("{text}\r"))
    }

    /// Waits for the prompt of the REPL, then types a line: what is typed ahead of the prompt is lost.
    #[track_caller]
    pub(crate) fn enter(&mut self, text: &str) -> &mut Self {
        self.prompt().line(text)
    }

    /// Waits for a new prompt of the REPL.
    #[track_caller]
    pub(crate) fn prompt(&mut self) -> &mut Self {
        self.until("\nxnet> ")
    }

    /// Presses keys: `\t` completes, `\u{3}` is Ctrl-C, `\u{4}` Ctrl-D.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, rows: u16, columns: u16) -> &mut Self {
        let window = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.keys, window).expect("its size");
        self
    }

    /// Waits until the screen shows these words, after what was last waited for.
    #[track_caller]
    pub(crate) fn until(&mut self, words: &str) -> &mut Self {
        let words = self.names.fill(words);
        let began = Instant::now();
        loop {
            let shown = self.shown();
            if let Some(at) = shown[self.read..].find(&words) {
                self.read += at + words.len();
                return self;
            }
            assert!(began.elapsed() < BOUND, "waited in vain for: {words}\n--- screen\n{shown}");
            sleep(Duration::from_millis(5));
        }
    }

    /// All that was shown so far, without the escape sequences that place and colour it.
    pub(crate) fn shown(&self) -> String {
        let raw = String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned();
        let mut plain = String::with_capacity(raw.len());
        let mut chars = raw.chars();
        while let Some(c) = chars.next() {
            match c {
                '\u{1b}' => {
                    if chars.next() == Some('[') {
                        chars.by_ref().find(|c| c.is_ascii_alphabetic() || *c == '~');
                    }
                }
                '\r' => {}
                c => plain.push(c),
            }
        }
        plain
    }

    /// All that was shown so far, as it came.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn finish(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the state of the process") {
                self.ended = true;
                return status;
            }
            assert!(began.elapsed() < BOUND, "still running after {BOUND:?}\n--- screen\n{}", self.shown());
            sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if !self.ended {
            let _ = kill_process(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
