//! Where a probe starts and where it goes, as people type it: `web`, `host`, `db:5432`, `db:53/udp`, `internet`.

use std::fmt;
use std::str::FromStr;

/// Where a probe starts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// The machine that xnet runs on.
    Host,
    /// A container, by name or id.
    Container(String),
}

impl FromStr for Source {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "host" { Self::Host } else { Self::Container(text.to_owned()) })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Container(name) => f.write_str(name),
        }
    }
}
