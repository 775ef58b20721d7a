//! The two images of the tests, made from a static busybox on this machine: nothing is ever pulled.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Once;

use tar::{Builder, EntryType, Header};

use super::http::Socket;

/// Every applet as a link, `/www` with a page; stays up and stops at once when told to.
pub(crate) const BUSYBOX: &str = "xnet-test/busybox";
/// One program and nothing else: no shell, no tools.
pub(crate) const SCRATCH: &str = "xnet-test/scratch";

/// Raised when what is in the images changes.
const VERSION: &str = "1";
static READY: Once = Once::new();

/// Makes both images in the shared engine unless it has them. Other test processes wait at the lock.
pub(crate) fn prepare() {
    READY.call_once(|| {
        let lock = File::create(std::env::temp_dir().join("xnet-test-images.lock")).expect("a lock file");
        lock.lock().expect("the lock");
        prepare_in(&Socket::shared());
    });
}

/// Makes both images in an engine unless it has them.
pub(crate) fn prepare_in(engine: &Socket) {
    if !present(engine, BUSYBOX) {
        let stay = r#"CMD ["/bin/sh","-c","trap 'exit 0' TERM INT; sleep 1000000 & wait"]"#;
        import(engine, BUSYBOX, &busybox_tar(), stay);
    }
    if !present(engine, SCRATCH) {
        import(engine, SCRATCH, &scratch_tar(), r#"CMD ["/busybox-app","sleep","1000000"]"#);
    }
}

fn present(engine: &Socket, image: &str) -> bool {
    let answer = engine.get(&format!("/images/{image}:latest/json"));
    answer.status == 200 && answer.json()["Config"]["Labels"]["xnet.test.image"] == VERSION
}

fn import(engine: &Socket, image: &str, tar: &[u8], command: &str) {
    let label = format!("LABEL xnet.test.image={VERSION}");
    let changes = [command, &label].map(|change| format!("&changes={}", encode(change))).concat();
    let path = format!("/images/create?fromSrc=-&repo={}&tag=latest{changes}", encode(image));
    let answer = engine.request("POST", &path, "application/x-tar", tar);
    assert!(answer.status == 200 && present(engine, image), "importing {image}: {}", answer.text());
}

pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn busybox() -> PathBuf {
    let places = ["/bin/busybox", "/usr/bin/busybox"].map(PathBuf::from);
    let path = places.into_iter().find(|path| path.exists()).expect("these tests need busybox-static (see .ci/run)");
    let program = fs::read(&path).expect("busybox can be read");
    let dynamic = program.windows(3).take(4096).any(|word| word == b"/ld");
    assert!(!dynamic, "{} needs libraries: these tests need busybox-static (see .ci/run)", path.display());
    path
}

fn busybox_tar() -> Vec<u8> {
    let path = busybox();
    let list = Command::new(&path).arg("--list").output().expect("busybox runs");
    let mut tar = Builder::new(Vec::new());
    for (folder, mode) in [("bin/", 0o755), ("etc/", 0o755), ("root/", 0o700), ("tmp/", 0o1777), ("www/", 0o755)] {
        entry(&mut tar, folder, EntryType::Directory, mode, b"");
    }
    entry(&mut tar, "bin/busybox", EntryType::Regular, 0o755, &fs::read(&path).expect("busybox can be read"));
    for applet in String::from_utf8_lossy(&list.stdout).lines().filter(|applet| *applet != "busybox") {
        let mut header = header(EntryType::Symlink, 0o777, 0);
        tar.append_link(&mut header, format!("bin/{applet}"), "/bin/busybox").expect("a link");
    }
    entry(&mut tar, "etc/passwd", EntryType::Regular, 0o644, b"root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/:\n");
    entry(&mut tar, "etc/group", EntryType::Regular, 0o644, b"root:x:0:\nuser:x:1000:\n");
    entry(&mut tar, "www/index.html", EntryType::Regular, 0o644, b"hello from busybox\n");
    tar.into_inner().expect("a whole tar")
}

fn scratch_tar() -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    let program = fs::read(busybox()).expect("busybox can be read");
    // The name must begin with `busybox`: under any other, the program is the applet of that name.
    entry(&mut tar, "busybox-app", EntryType::Regular, 0o755, &program);
    tar.into_inner().expect("a whole tar")
}

fn header(kind: EntryType, mode: u32, size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size as u64);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn entry(tar: &mut Builder<Vec<u8>>, path: &str, kind: EntryType, mode: u32, bytes: &[u8]) {
    tar.append_data(&mut header(kind, mode, bytes.len()), path, bytes).expect("an entry");
}
