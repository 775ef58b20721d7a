//! Devices of the host in a container: `/dev/null`, `/dev/null:/dev/xnull`, `/dev/null:/dev/xnull:rw`.

use std::str::FromStr;

use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Device {
    pub host: String,
    pub container: String,
    /// Of `r`, `w` and `m`, the right to make device files.
    pub rights: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceFault {
    #[error("device \"{entry}\": \"{path}\" is not an absolute path")]
    Path { entry: String, path: String },
    #[error("device \"{entry}\": rights are letters of rwm, not \"{rights}\"")]
    Rights { entry: String, rights: String },
    #[error("device \"{entry}\" has more than three parts")]
    Parts { entry: String },
}

fn are_rights(text: &str) -> bool {
    let once = |c: char| "rwm".contains(c) && text.matches(c).count() == 1;
    !text.is_empty() && text.chars().all(once)
}

impl FromStr for Device {
    type Err = DeviceFault;

    fn from_str(entry: &str) -> Result<Self, DeviceFault> {
        let parts: Vec<&str> = entry.split(':').collect();
        let (host, container, rights) = match parts[..] {
            [host] => (host, host, "rwm"),
            [host, rights] if are_rights(rights) => (host, host, rights),
            [host, container] => (host, container, "rwm"),
            [host, container, rights] => (host, container, rights),
            _ => return Err(DeviceFault::Parts { entry: entry.to_owned() }),
        };
        if let Some(path) = [host, container].into_iter().find(|path| !path.starts_with('/')) {
            return Err(DeviceFault::Path { entry: entry.to_owned(), path: path.to_owned() });
        }
        if !are_rights(rights) {
            return Err(DeviceFault::Rights { entry: entry.to_owned(), rights: rights.to_owned() });
        }
        Ok(Self { host: host.to_owned(), container: container.to_owned(), rights: rights.to_owned() })
    }
}

impl TryFrom<String> for Device {
    type Error = DeviceFault;

    fn try_from(entry: String) -> Result<Self, DeviceFault> {
        entry.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_told_apart() {
        let parts = |entry: &str| entry.parse::<Device>().map(|d| format!("{} {} {}", d.host, d.container, d.rights));
        assert_eq!(parts("/dev/a").unwrap(), "/dev/a /dev/a rwm");
        assert_eq!(parts("/dev/a:r").unwrap(), "/dev/a /dev/a r");
        assert_eq!(parts("/dev/a:/dev/b:rw").unwrap(), "/dev/a /dev/b rw");
        for bad in ["", "a", "/dev/a:b", "/dev/a:/dev/b:x", "/dev/a:/dev/b:rr", "/a:/b:r:w"] {
            assert!(parts(bad).is_err(), "{bad}");
        }
    }
}
