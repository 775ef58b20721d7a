//! Tars as a hostile container would send them.

use std::os::unix::fs::MetadataExt;

use tar::{Builder, Header};

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("xnet-unpack-{}-{name}", process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        names(&self.0).unwrap().into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    fn unpack(&self, tar: &[u8], target: &str, outside_links: bool) -> Answer<Landing> {
        unpack(tar, &Target { container: "c".into(), path: self.0.join(target), outside_links })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Entries with names as they are given, which the crate's own builder would refuse.
fn tar(entries: &[(EntryType, &str, &str)]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (kind, name, what) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(if kind.is_dir() { 0o755 } else { 0o4640 });
        header.set_mtime(1_000_000_000);
        let content = if kind.is_file() { what.as_bytes() } else { b"" };
        if !kind.is_file() {
            header.as_old_mut().linkname[..what.len()].copy_from_slice(what.as_bytes());
        }
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, content).unwrap();
    }
    tar.into_inner().unwrap()
}

const DIR: EntryType = EntryType::Directory;
const FILE: EntryType = EntryType::Regular;
const LINK: EntryType = EntryType::Symlink;
const HARD: EntryType = EntryType::Link;

#[test]
fn a_folder_comes_with_its_files_links_and_modes() {
    let folder = Folder::new("whole");
    let bytes = tar(&[
        (DIR, "etc/", ""),
        (FILE, "etc/a", "one"),
        (LINK, "etc/l", "a"),
        (DIR, "etc/sub/", ""),
        (LINK, "etc/sub/up", "../a"),
        (HARD, "etc/sub/same", "etc/a"),
        (EntryType::Fifo, "etc/pipe", ""),
    ]);
    let landing = folder.unpack(&bytes, "got", false).unwrap();
    assert_eq!((folder.names(), landing.left_out), (vec!["got".to_owned()], vec!["etc/pipe".to_owned()]));
    let got = folder.0.join("got");
    assert_eq!(fs::read_to_string(got.join("sub/up")).unwrap(), "one");
    assert_eq!(fs::read_link(got.join("l")).unwrap(), Path::new("a"));
    let (file, same) = (fs::metadata(got.join("a")).unwrap(), fs::metadata(got.join("sub/same")).unwrap());
    assert_eq!((file.mode() & 0o7777, file.mtime(), file.ino()), (0o640, 1_000_000_000, same.ino()));
}

#[test]
fn nothing_is_written_outside() {
    let outside = Folder::new("outside");
    let abroad = outside.0.join("x").display().to_string();
    for (number, (entries, words)) in [
        (vec![(FILE, "../x", "bad")], "leads outside"),
        (vec![(DIR, "d/", ""), (FILE, "d/../../x", "bad")], "leads outside"),
        (vec![(FILE, abroad.as_str(), "bad")], "leads outside"),
        (vec![(DIR, "d/", ""), (FILE, "other/x", "bad")], "was not asked for"),
        (vec![(DIR, "d/", ""), (LINK, "d/l", "/etc")], "outside"),
        (vec![(DIR, "d/", ""), (LINK, "d/l", "../..")], "outside"),
        (vec![(DIR, "d/", ""), (DIR, "d/e/", ""), (LINK, "d/a", "."), (LINK, "d/e/l", "../a/../..")], "outside"),
        (vec![(LINK, "l", "x")], "outside"),
        (vec![(DIR, "d/", ""), (HARD, "d/h", "../x")], "leads outside"),
        (vec![(DIR, "d/", ""), (HARD, "d/h", "/etc/passwd")], "leads outside"),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = Folder::new(&format!("hostile-{number}"));
        let fault = folder.unpack(&tar(&entries), "got", false).unwrap_err();
        assert!(fault.to_string().contains(words), "{number}: {fault}");
        assert_eq!(folder.names(), Vec::<String>::new(), "{number}");
    }
    assert_eq!(outside.names(), Vec::<String>::new());
}

#[test]
fn nothing_is_written_through_a_link() {
    let outside = Folder::new("beyond");
    let to = outside.0.display().to_string();
    let folder = Folder::new("through");
    // The link and then a name below it: the name comes first, so the link has no place.
    let bytes = tar(&[(DIR, "d/", ""), (LINK, "d/l", to.as_str()), (FILE, "d/l/x", "bad")]);
    assert!(folder.unpack(&bytes, "got", true).is_err());
    let bytes = tar(&[(DIR, "d/", ""), (LINK, "d/l", to.as_str()), (DIR, "d/l/", ""), (FILE, "d/l/x", "bad")]);
    assert!(folder.unpack(&bytes, "got", true).is_err());
    // A link that would be made through another, at once or further down.
    fs::create_dir(outside.0.join("sub")).unwrap();
    for entries in [
        vec![(DIR, "d/", ""), (LINK, "d/l", to.as_str()), (LINK, "d/l/evil", "/etc/passwd")],
        vec![(DIR, "d/", ""), (LINK, "d/l/evil", "/etc/passwd"), (LINK, "d/l", to.as_str())],
        vec![(DIR, "d/", ""), (LINK, "d/l", to.as_str()), (LINK, "d/l/sub/evil", "/etc/passwd")],
        vec![(LINK, "d", to.as_str()), (LINK, "d/evil", "/etc/passwd")],
    ] {
        let fault = folder.unpack(&tar(&entries), "got", true).unwrap_err();
        assert!(matches!(fault, CopyFault::Escapes { .. }), "{fault}");
        assert_eq!(folder.names(), Vec::<String>::new());
    }
    assert!(fs::read_dir(outside.0.join("sub")).unwrap().next().is_none());
    fs::remove_dir(outside.0.join("sub")).unwrap();
    assert_eq!(outside.names(), Vec::<String>::new());
    // A link from an earlier copy, and a folder of its name in the next one.
    folder.unpack(&tar(&[(DIR, "d/", ""), (LINK, "d/l", to.as_str())]), "got", true).unwrap();
    let bytes = tar(&[(DIR, "d/", ""), (DIR, "d/l/", ""), (FILE, "d/l/x", "bad")]);
    assert!(folder.unpack(&bytes, "got", true).unwrap_err().to_string().contains("through it"));
    // A file of its name takes its place.
    folder.unpack(&tar(&[(DIR, "d/", ""), (FILE, "d/l", "mine")]), "got", true).unwrap();
    assert_eq!(fs::read_to_string(folder.0.join("got/l")).unwrap(), "mine");
    assert_eq!((outside.names(), folder.names()), (vec![], vec!["got".to_owned()]));
}

#[test]
fn a_copy_that_breaks_off_or_does_not_fit_changes_nothing() {
    let folder = Folder::new("broken");
    fs::create_dir_all(folder.0.join("got/a")).unwrap();
    fs::write(folder.0.join("got/b"), "old").unwrap();
    let whole = tar(&[(DIR, "d/", ""), (FILE, "d/b", "new"), (FILE, "d/a", "new")]);
    assert!(matches!(folder.unpack(&whole, "got", false), Err(CopyFault::InTheWay { .. })));
    assert!(matches!(folder.unpack(&whole[..1600], "got", false), Err(CopyFault::BrokenOff { .. })));
    assert!(matches!(folder.unpack(&[], "got", false), Err(CopyFault::BrokenOff { .. })));
    assert_eq!(fs::read_to_string(folder.0.join("got/b")).unwrap(), "old");
    assert_eq!(folder.names(), ["got"]);
    let fits = tar(&[(DIR, "d/", ""), (FILE, "d/b", "new"), (DIR, "d/a/", ""), (FILE, "d/a/c", "more")]);
    folder.unpack(&fits, "got", false).unwrap();
    assert_eq!(fs::read_to_string(folder.0.join("got/b")).unwrap(), "new");
    assert_eq!(fs::read_to_string(folder.0.join("got/a/c")).unwrap(), "more");
}
