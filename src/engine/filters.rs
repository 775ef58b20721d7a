//! Docker's `filters` parameter: a JSON map from name to the values of which one must match.

use serde_json::{Map, Value};

use crate::model::container::ContainerFilters;
use crate::model::network::NetworkFilters;
use crate::model::text::Words;

pub(super) fn network(filters: &NetworkFilters) -> String {
    let dangling = Words(filters.dangling.map(|value| value.to_string()).into_iter().collect());
    json(&[
        ("driver", &filters.driver),
        ("id", &filters.id),
        ("label", &filters.label),
        ("name", &filters.name),
        ("scope", &filters.scope),
        ("type", &filters.kind),
        ("until", &filters.until),
        ("dangling", &dangling),
    ])
}

pub(super) fn container(filters: &ContainerFilters) -> String {
    json(&[
        ("name", &filters.name),
        ("label", &filters.label),
        ("network", &filters.network),
        ("status", &filters.status),
        ("id", &filters.id),
        ("ancestor", &filters.ancestor),
        ("health", &filters.health),
        ("publish", &filters.publish),
        ("expose", &filters.expose),
        ("exited", &filters.exited),
    ])
}

fn json(filters: &[(&str, &Words)]) -> String {
    let given = filters.iter().filter(|(_, words)| !words.0.is_empty());
    let map: Map<String, Value> =
        given.map(|(name, words)| ((*name).to_owned(), Value::from(words.0.clone()))).collect();
    Value::Object(map).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_given_is_sent() {
        let filters =
            NetworkFilters { kind: Words(vec!["custom".into()]), dangling: Some(true), ..NetworkFilters::default() };
        assert_eq!(network(&filters), r#"{"type":["custom"],"dangling":["true"]}"#);
        assert_eq!(container(&ContainerFilters::default()), "{}");
    }
}
