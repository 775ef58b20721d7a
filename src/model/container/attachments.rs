//! The networks of a container, and where its network stack comes from.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use crate::model::network::EndpointSpec;

/// The networks of a container, as a list of names or as a map from name to how it is attached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachments(pub Vec<(String, EndpointSpec)>);

impl<'de> Deserialize<'de> for Attachments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AttachmentsVisitor;
        impl<'de> Visitor<'de> for AttachmentsVisitor {
            type Value = Attachments;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a network's name, a list of them, or a map from network to its options")
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Attachments(vec![(name.to_owned(), EndpointSpec::default())]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut networks = Vec::new();
                while let Some(name) = seq.next_element::<String>()? {
                    networks.push((name, EndpointSpec::default()));
                }
                Ok(Attachments(networks))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut networks = Vec::new();
                while let Some((name, endpoint)) = map.next_entry::<String, Option<EndpointSpec>>()? {
                    networks.push((name, endpoint.unwrap_or_default()));
                }
                Ok(Attachments(networks))
            }
        }
        deserializer.deserialize_any(AttachmentsVisitor)
    }
}

/// Where a container's network stack comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkMode {
    /// The default bridge.
    Default,
    Host,
    None,
    /// Shares the stack of another container.
    Container(String),
    /// A user-defined network, by name.
    Named(String),
}

impl NetworkMode {
    pub fn parse(text: &str) -> Self {
        match text {
            "" | "default" | "bridge" => Self::Default,
            "host" => Self::Host,
            "none" => Self::None,
            other => match other.strip_prefix("container:") {
                Some(name) => Self::Container(name.to_owned()),
                None => Self::Named(other.to_owned()),
            },
        }
    }
}
