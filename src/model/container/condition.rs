//! What a container is waited for: `running`, `healthy`, `port:80`, `log:ready`.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use crate::model::names;
use crate::model::ports::{ExposedPort, Protocol};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It runs, and still does after a short while.
    Running,
    /// Its healthcheck says so.
    Healthy,
    /// Something in it listens there, not on its loopback alone.
    Port(u16, Protocol),
    /// A line with this text stands in its log, on either stream.
    Log(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionFault {
    #[error("\"{0}\" cannot be waited for: {1}")]
    Unknown(String, String),
    #[error("\"{0}\": one port is waited for, such as \"port:80\" or \"port:53/udp\"")]
    Port(String),
    #[error("\"log:\" needs the text to look for, such as \"log:ready\"")]
    EmptyLog,
}

impl FromStr for Condition {
    type Err = ConditionFault;

    fn from_str(text: &str) -> Result<Self, ConditionFault> {
        if let Some(port) = text.strip_prefix("port:") {
            let bad = || ConditionFault::Port(text.to_owned());
            let ExposedPort { ports, protocol } = port.parse().map_err(|_| bad())?;
            let listens = ports.first == ports.last && protocol != Protocol::Sctp;
            return if listens { Ok(Self::Port(ports.first, protocol)) } else { Err(bad()) };
        }
        if let Some(words) = text.strip_prefix("log:") {
            return if words.is_empty() { Err(ConditionFault::EmptyLog) } else { Ok(Self::Log(words.to_owned())) };
        }
        match text {
            "running" => Ok(Self::Running),
            "healthy" => Ok(Self::Healthy),
            _ => {
                let known = ["running", "healthy", "port:80", "log:TEXT"];
                let hint = names::suggestion(text, known).unwrap_or_default();
                Err(ConditionFault::Unknown(text.to_owned(), hint))
            }
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Healthy => f.write_str("healthy"),
            Self::Port(port, Protocol::Tcp) => write!(f, "port:{port}"),
            Self::Port(port, protocol) => write!(f, "port:{port}/{protocol}"),
            Self::Log(text) => write!(f, "log:{text}"),
        }
    }
}

/// One condition, or a list of which all must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions(pub Vec<Condition>);

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ConditionsVisitor;
        impl<'de> Visitor<'de> for ConditionsVisitor {
            type Value = Conditions;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("\"running\", \"healthy\", \"port:80\", \"log:TEXT\" or a list of these")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Conditions, E> {
                text.parse().map(|condition| Conditions(vec![condition])).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Conditions, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = seq.next_element::<String>()? {
                    all.push(text.parse().map_err(A::Error::custom)?);
                }
                if all.is_empty() {
                    return Err(A::Error::custom("an empty list waits for nothing"));
                }
                Ok(Conditions(all))
            }
        }
        deserializer.deserialize_any(ConditionsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_print_as_they_are_written() {
        for text in ["running", "healthy", "port:80", "port:53/udp", "log:ready: now"] {
            assert_eq!(text.parse::<Condition>().unwrap().to_string(), text);
        }
        for text in ["", "runing", "port:", "port:0", "port:80-81", "port:80/sctp", "log:", "Healthy"] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
        assert!("runing".parse::<Condition>().unwrap_err().to_string().contains("did you mean `running`?"));
    }
}
