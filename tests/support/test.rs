//! One run of the binary, in a folder and a home of its own.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use super::names::Names;
use super::outcome::Outcome;
use super::running::Running;
use super::terminal::Terminal;

pub(crate) const XNET: &str = env!("CARGO_BIN_EXE_xnet");

#[derive(Debug)]
pub(crate) struct Test {
    names: Names,
    folder: TempDir,
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(String, String)>,
    stdin: Vec<u8>,
    within: PathBuf,
}

impl Test {
    pub(crate) fn new() -> Self {
        Self::with_names(Names::new())
    }

    pub(crate) fn with_names(names: Names) -> Self {
        let folder = tempfile::Builder::new().prefix("xnet-test-").tempdir().expect("a folder for the test");
        for part in ["work", "home", "tmp"] {
            fs::create_dir(folder.path().join(part)).expect("its parts");
        }
        let within = PathBuf::from("work");
        Self { names, folder, program: XNET.into(), args: vec![], env: vec![], stdin: vec![], within }
    }

    /// `xnet eval CODE`
    pub(crate) fn eval(code: &str) -> Self {
        Self::new().args(["eval", code])
    }

    /// `xnet main.rhai` with this code.
    pub(crate) fn script(self, code: &str) -> Self {
        self.file("main.rhai", code).args(["main.rhai"])
    }

    /// A project with this `.xnet/config.yaml`.
    pub(crate) fn project(self, yaml: &str) -> Self {
        self.file(".xnet/config.yaml", yaml)
    }

    /// A file in the working folder; a path that begins with `~/` stands in the home folder.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let text = self.names.fill(text);
        self.bytes(path, text.as_bytes())
    }

    pub(crate) fn bytes(self, path: &str, bytes: &[u8]) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folders of a file");
        fs::write(&path, bytes).expect("a file of the test");
        self
    }

    /// A file that may be executed.
    pub(crate) fn program_file(self, path: &str, text: &str) -> Self {
        let this = self.file(path, text);
        fs::set_permissions(this.path(path), fs::Permissions::from_mode(0o755)).expect("the mode of a file");
        this
    }

    /// Where a file of this test is.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        match path.strip_prefix("~/") {
            Some(path) => self.folder.path().join("home").join(path),
            None => self.folder.path().join("work").join(path),
        }
    }

    pub(crate) fn args<const N: usize>(mut self, args: [&str; N]) -> Self {
        let filled = args.map(|arg| OsString::from(self.names.fill(arg)));
        self.args.extend(filled);
        self
    }

    /// An argument as it is, which need not be text.
    pub(crate) fn raw_arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Runs this instead of xnet, with xnet's folder at the head of PATH.
    pub(crate) fn run_by(mut self, program: &str) -> Self {
        self.program = program.into();
        self
    }

    /// Runs xnet by way of a program that is given these arguments first.
    pub(crate) fn wrapped(mut self, program: &str, args: &[&str]) -> Self {
        let before = args.iter().map(OsString::from).chain([XNET.into()]);
        self.args = before.chain(std::mem::take(&mut self.args)).collect();
        self.program = program.into();
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), self.names.fill(value)));
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.stdin = self.names.fill(text).into_bytes();
        self
    }

    /// Works in this folder below the test's own, made when missing.
    pub(crate) fn within(mut self, folder: &str) -> Self {
        self.within = Path::new("work").join(folder);
        fs::create_dir_all(self.folder.path().join(&self.within)).expect("the working folder");
        self
    }

    #[track_caller]
    pub(crate) fn run(self) -> Outcome {
        self.start().finish()
    }

    /// Starts, and does not wait.
    pub(crate) fn start(self) -> Running {
        let mut command = self.command();
        if self.stdin.is_empty() {
            command.stdin(Stdio::null());
            return Running::start(command, self.names, self.folder);
        }
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        command.stdin(reader);
        // A child that does not read its stdin must not block the test; its closed pipe is no fault.
        thread::spawn(move || writer.write_all(&self.stdin));
        Running::start(command, self.names, self.folder)
    }

    /// Starts at a terminal.
    pub(crate) fn at_terminal(self) -> Terminal {
        let command = self.command();
        Terminal::start(&command, self.names, self.folder)
    }

    fn command(&self) -> Command {
        let root = self.folder.path();
        let home = root.join("home");
        let own = Path::new(XNET).parent().expect("the folder of the binary");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(root.join(&self.within)).env_clear();
        command.env("PATH", format!("{}:{path}", own.display()));
        command.env("HOME", &home).env("TMPDIR", root.join("tmp")).env("LANG", "C.UTF-8").env("NO_COLOR", "1");
        for (name, folder) in [
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_STATE_HOME", ".local/state"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_CACHE_HOME", ".cache"),
        ] {
            command.env(name, home.join(folder));
        }
        if let Ok(host) = std::env::var("DOCKER_HOST") {
            command.env("DOCKER_HOST", host);
        }
        command.env("XNET_PROJECT", &self.names.project);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}
