//! By which way probes get into the containers' network namespaces, as people choose it: `--probe helper`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::names;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The first of the others that works.
    #[default]
    Auto,
    /// This process enters them itself.
    Local,
    /// One container of the engine enters them all.
    Helper,
    /// A container without any rights stands beside each, in its namespace.
    Sidecar,
}

const WAYS: [(&str, Way); 4] =
    [("auto", Way::Auto), ("local", Way::Local), ("helper", Way::Helper), ("sidecar", Way::Sidecar)];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{typed}\" is no way to probe; {}", near.map_or("there are auto, local, helper and sidecar".to_owned(), |near| format!("did you mean `{near}`?")))]
pub struct WayFault {
    typed: String,
    near: Option<&'static str>,
}

impl FromStr for Way {
    type Err = WayFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = WAYS.iter().find(|(name, _)| *name == text).map(|(_, way)| *way);
        found.ok_or_else(|| {
            let near = names::nearest(text, WAYS.iter().map(|(name, _)| *name));
            let near = WAYS.iter().map(|(name, _)| *name).find(|name| near == Some(*name));
            WayFault { typed: text.to_owned(), near }
        })
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(WAYS.iter().find(|(_, way)| way == self).map_or("auto", |(name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_read_as_it_is_printed_and_another_word_is_refused() {
        for (name, way) in WAYS {
            assert_eq!(name.parse(), Ok(way));
            assert_eq!(way.to_string(), name);
        }
        let words = |text: &str| text.parse::<Way>().unwrap_err().to_string();
        assert_eq!(words("helpr"), "\"helpr\" is no way to probe; did you mean `helper`?");
        assert_eq!(words("xyzzy"), "\"xyzzy\" is no way to probe; there are auto, local, helper and sidecar");
    }
}
