//! The options of `docker.network.ensure` and `docker.ensure_container`: those of the thing, and what to do with one that
//! differs.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnsureSpec<T> {
    pub asked: T,
    /// Make a different one anew, where nothing is lost by it.
    pub force: bool,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for EnsureSpec<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EnsureVisitor(PhantomData))
    }
}

struct EnsureVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EnsureVisitor<T> {
    type Value = EnsureSpec<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a map of options")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut force = false;
        let rest = MapAccessDeserializer::new(Rest { map, force: &mut force });
        let asked = T::deserialize(rest)?;
        Ok(EnsureSpec { asked, force })
    }
}

/// All entries but `force`, which is taken out: a flattened type could not refuse unknown ones.
struct Rest<'a, A> {
    map: A,
    force: &'a mut bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if key != "force" {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            *self.force = self.map.next_value()?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Node, read};
    use crate::model::network::NetworkSpec;
    use serde_json::json;

    type NetworkEnsureSpec = EnsureSpec<NetworkSpec>;

    #[test]
    fn force_stands_beside_the_options_of_a_network_and_others_do_not() {
        let spec: NetworkEnsureSpec =
            read(&Node::from(json!({"internal": true, "force": true, "driver": "bridge"}))).unwrap();
        assert!(spec.force && spec.asked.internal && spec.asked.driver() == "bridge");
        let fault = read::<NetworkEnsureSpec>(&Node::from(json!({"intrenal": true}))).unwrap_err();
        assert_eq!((fault.to_string().as_str(), fault.hint().is_some()), ("unknown option `intrenal`", true));
        assert!(read::<NetworkEnsureSpec>(&Node::from(json!({"force": 3}))).is_err());
        assert_eq!(read::<NetworkEnsureSpec>(&Node::from(json!({}))).unwrap(), NetworkEnsureSpec::default());
    }
}
