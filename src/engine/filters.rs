//! Docker's `filters` parameter: a JSON map from name to the values of which one must match.

use serde_json::{Map, Value};

use crate::model::container::ContainerFilters;
use crate::model::events::EventFilters;
use crate::model::image::ImageFilters;
use crate::model::network::{NetworkFilters, PruneFilters};
use crate::model::text::Words;

/// Without `dangling`: engines up to 20.10 at least answer it from a list that knows of no containers.
pub(super) fn network(filters: &NetworkFilters) -> String {
    json(&[
        ("driver", &filters.driver),
        ("id", &filters.id),
        ("label", &filters.label),
        ("name", &filters.name),
        ("scope", &filters.scope),
        ("type", &filters.kind),
    ])
}

pub(super) fn prune(filters: &PruneFilters) -> String {
    json(&[("label", &filters.label), ("until", &filters.until)])
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
        ("volume", &filters.volume),
        ("before", &filters.before),
        ("since", &filters.since),
    ])
}

pub(super) fn event(filters: &EventFilters) -> String {
    json(&[
        ("type", &filters.kind),
        ("event", &filters.event),
        ("container", &filters.container),
        ("network", &filters.network),
        ("image", &filters.image),
        ("volume", &filters.volume),
        ("daemon", &filters.daemon),
        ("plugin", &filters.plugin),
        ("service", &filters.service),
        ("node", &filters.node),
        ("secret", &filters.secret),
        ("config", &filters.config),
        ("label", &filters.label),
        ("scope", &filters.scope),
    ])
}

pub(super) fn image(filters: &ImageFilters) -> String {
    let dangling = Words(filters.dangling.iter().map(ToString::to_string).collect());
    json(&[
        ("reference", &filters.reference),
        ("label", &filters.label),
        ("dangling", &dangling),
        ("before", &filters.before),
        ("since", &filters.since),
    ])
}

/// Whether a network with its `Containers` is dangling as Docker means it: made by users, and used by no running container.
pub(super) fn dangling(network: &Value) -> bool {
    !builtin(network) && network["Containers"].as_object().is_none_or(Map::is_empty)
}

/// Whether it is one of those that every engine has.
pub(super) fn builtin(network: &Value) -> bool {
    ["bridge", "host", "none"].iter().any(|name| network["Name"] == *name)
}

pub(super) fn json(filters: &[(&str, &Words)]) -> String {
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
        assert_eq!(network(&filters), r#"{"type":["custom"]}"#);
        assert_eq!(container(&ContainerFilters::default()), "{}");
        let filters = PruneFilters { until: Words(vec!["24h".into()]), ..PruneFilters::default() };
        assert_eq!(prune(&filters), r#"{"until":["24h"]}"#);
    }
}
