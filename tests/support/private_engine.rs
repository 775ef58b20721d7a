//! A container engine of one test's own, fully apart from the shared one: its own processes, network namespace, mounts,
//! folders and socket. For what would disturb others: swarms, address pools that run out, an engine's own options.
//!
//! It ends with the value, and also when the test process is killed: a guard holds the reading end of a pipe.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::Once;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::engine::Engine;
use super::http::Socket;

/// Starts take well under a second on an idle machine.
const BOUND: Duration = Duration::from_mins(1);
const STEP: Duration = Duration::from_millis(20);
const PREFIX: &str = "xnet-engine-";

/// Runs in the folder of the engine; `$1` is the daemon, `$2` the group of its socket, what follows more options. `/run` is
/// hidden so that a containerd of the machine is not found there: the daemon then starts one of its own.
const GUARD: &str = r#"
daemon=$1 group=$2
shift 2
PATH=$(dirname "$daemon"):$(dirname "$daemon")/../bin:$PATH
echo '{}' >daemon.json
# Where a daemon leaves what it has no other place for.
export TMPDIR=$PWD
unshare --net --mount --propagation private sh -c 'ip link set lo up && mount -t tmpfs none /run && exec "$@"' engine \
    "$daemon" --config-file "$PWD/daemon.json" --data-root "$PWD/data" --exec-root "$PWD/exec" --pidfile "$PWD/docker.pid" \
    --host "unix://$PWD/docker.sock" --group "$group" --storage-driver vfs --exec-opt native.cgroupdriver=cgroupfs \
    --cgroup-parent "/$(basename "$PWD")" "$@" >log 2>&1 &
echo $! >started && mv started pid
trap '' HUP INT TERM
read -r _
"#;

/// Ends all of an engine's processes and removes its folder. All of them name the folder in their arguments, but for those
/// in its containers, which are their children. The control groups of its containers are named after the folder.
const END: &str = r#"
folder=$PWD
tree() {
    for process in "$@"; do
        echo "$process"
        tree $(cat /proc/"$process"/task/*/children 2>/dev/null)
    done
}
for round in 1 2 3 4 5; do
    named=$(cd /proc && printf '%s/' "$folder" | grep -lsaF -f - [0-9]*/cmdline | cut -d/ -f1)
    [ -n "$named" ] || break
    all=$(tree $named)
    kill -KILL $all 2>/dev/null
    for wait in 1 2 3 4 5 6 7 8 9 10; do
        left=
        for process in $all; do ! grep -qs . /proc/"$process"/cmdline || left=yes; done
        [ -n "$left" ] || break
        sleep 0.05
    done
done
find /sys/fs/cgroup -depth -type d -path "*/$(basename "$folder")*" -exec rmdir {} + 2>/dev/null
cd / && rm -rf "$folder"
"#;

/// Removes a control group and those in it.
const GROUPS: &str = r#"group=$PWD; cd / && find "$group" -depth -type d -exec rmdir {} \;"#;

static SWEPT: Once = Once::new();

#[derive(Debug)]
pub(crate) struct PrivateEngine {
    engine: Engine,
    guard: Guard,
}

impl PrivateEngine {
    /// Starts an engine with these options over the ones that keep it apart. It has the images of the tests.
    #[track_caller]
    pub(crate) fn start(options: &[&str]) -> Self {
        SWEPT.call_once(sweep);
        let guard = Guard::start(options);
        guard.until_answering();
        Self { engine: Engine::at(guard.socket()), guard }
    }

    /// The process of the daemon, by which its namespaces are entered.
    pub(crate) fn pid(&self) -> u32 {
        self.guard.pid().expect("a daemon that has started")
    }

    /// What a command on this machine prints when run in the engine's own network namespace.
    #[track_caller]
    pub(crate) fn host(&self, command: &[&str]) -> String {
        let pid = self.pid().to_string();
        privileged(&[&["nsenter", "-t", &pid, "-n"], command].concat())
    }

    /// An address of this machine that leads to a TCP port of the engine's namespace, until the test process ends.
    pub(crate) fn relay(&self, port: u16) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its number");
        let (pid, port) = (self.pid().to_string(), port.to_string());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (input, output) = (client.try_clone().expect("a copy"), client);
                let mut carrier = rooted("nsenter");
                carrier.args(["-t", &pid, "-n", "busybox", "nc", "127.0.0.1", &port]);
                carrier.stdin(OwnedFd::from(input)).stdout(OwnedFd::from(output)).stderr(Stdio::null());
                let mut carrier = carrier.spawn().expect("nsenter of util-linux");
                thread::spawn(move || carrier.wait());
            }
        });
        address
    }

    /// Joins the network namespaces of two engines by a cable, with these addresses (`10.9.0.1/24`) at its ends.
    #[track_caller]
    pub(crate) fn cable(&self, address: &str, other: &Self, theirs: &str) {
        let (here, there) = (self.pid().to_string(), other.pid().to_string());
        let link =
            ["ip", "link", "add", "cable", "netns", &here, "type", "veth", "peer", "name", "cable", "netns", &there];
        privileged(&link);
        for (engine, address) in [(self, address), (other, theirs)] {
            engine.host(&["ip", "address", "add", address, "dev", "cable"]);
            engine.host(&["ip", "link", "set", "cable", "up"]);
        }
    }
}

impl Deref for PrivateEngine {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

/// What a command of this machine prints; it needs the rights of root.
#[track_caller]
fn privileged(command: &[&str]) -> String {
    let ran = rooted(command[0]).args(&command[1..]).output();
    let ran = ran.unwrap_or_else(|error| panic!("{}: {error} (see .ci/run)", command[0]));
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

fn rooted(program: &str) -> Command {
    if rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

/// The process that ends the engine when the pipe to it closes.
#[derive(Debug)]
struct Guard {
    child: Child,
    folder: PathBuf,
}

impl Guard {
    fn start(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix(&format!("{PREFIX}{}-", process::id())).tempdir();
        let folder = folder.map(TempDir::keep).expect("a folder for the engine");
        let daemon = which(&std::env::var("XNET_TEST_DOCKERD").unwrap_or_else(|_| String::from("dockerd")));
        let mut command = rooted("sh");
        command.arg("-c").arg(format!("{GUARD}{END}")).arg("guard").arg(daemon);
        command.arg(rustix::process::getegid().as_raw().to_string());
        command.args(options).current_dir(&folder).process_group(0).stdin(Stdio::piped());
        let log = File::create(folder.join("guard.log")).expect("a log");
        command.stdout(log.try_clone().expect("a copy")).stderr(log);
        let child = command.spawn().unwrap_or_else(|error| panic!("sh: {error}"));
        Self { child, folder }
    }

    fn socket(&self) -> Socket {
        Socket(self.folder.join("docker.sock"))
    }

    fn pid(&self) -> Option<u32> {
        fs::read_to_string(self.folder.join("pid")).ok()?.trim().parse().ok()
    }

    #[track_caller]
    fn until_answering(&self) {
        let began = Instant::now();
        let socket = self.socket();
        loop {
            if std::os::unix::net::UnixStream::connect(&socket.0).is_ok() && socket.get("/_ping").status == 200 {
                return;
            }
            let gone = self.pid().is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists());
            let why = "a private engine does not start (it needs root, unshare and ip, see .ci/run)";
            assert!(!gone && began.elapsed() < BOUND, "{why}\n{}", self.log());
            sleep(STEP);
        }
    }

    /// The end of what the daemon and the guard wrote.
    fn log(&self) -> String {
        let texts = ["guard.log", "log"].map(|name| fs::read_to_string(self.folder.join(name)).unwrap_or_default());
        let all = texts.concat();
        let lines: Vec<&str> = all.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Closing the pipe is the word to end.
        drop(self.child.stdin.take());
        let began = Instant::now();
        while !matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
            if began.elapsed() > BOUND {
                assert!(thread::panicking(), "the guard of {} does not end", self.folder.display());
                return;
            }
            sleep(STEP);
        }
        assert!(thread::panicking() || !self.folder.exists(), "{} is left", self.folder.display());
    }
}

/// The whole path of a program, as the daemon's neighbours are looked for beside it.
fn which(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    places
        .map(|place| place.join(program))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("these tests need an engine of their own, and there is no {program} (see .ci/run)"))
}

/// Ends the engines of test processes that are gone, whose guards were killed too, and removes control groups that a guard
/// could not remove yet.
fn sweep() {
    for folder in orphans(&std::env::temp_dir()) {
        let _ = rooted("sh").args(["-c", END]).current_dir(folder).stderr(Stdio::null()).status();
    }
    // The first version of control groups has a tree for each controller.
    let groups = Path::new("/sys/fs/cgroup");
    for tree in below(groups).chain([groups.to_owned()]) {
        for group in orphans(&tree) {
            let _ = rooted("sh").args(["-c", GROUPS]).current_dir(group).stderr(Stdio::null()).status();
        }
    }
}

/// What is named after a test process that is gone.
fn orphans(folder: &Path) -> Vec<PathBuf> {
    // One that was killed and that nobody has waited for yet has no arguments any more.
    let lives = |pid: u32| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|words| !words.is_empty());
    let owner = |path: &PathBuf| -> Option<u32> {
        path.file_name()?.to_str()?.strip_prefix(PREFIX)?.split('-').next()?.parse().ok()
    };
    below(folder).filter(|path| owner(path).is_some_and(|pid| !lives(pid))).collect()
}

fn below(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}
