//! The nodes of a swarm, as a manager knows them.

use serde_json::{Value, json};

use super::client::Engine;
use super::errors::{Error, Result};
use super::filters;
use super::raw::Request;
use super::swarm::refused;
use super::swarm_fault::SwarmError;
use crate::model::swarm::{NodeFilters, NodeSpec};

impl Engine {
    /// Docker's list of the nodes.
    pub async fn list_nodes(&self, asked: &NodeFilters) -> Result<Vec<Value>> {
        let filters = filters::json(&[
            ("id", &asked.id),
            ("name", &asked.name),
            ("label", &asked.label),
            ("node.label", &asked.node_label),
            ("role", &asked.role),
            ("membership", &asked.membership),
        ]);
        match self.send(&Request::get(&["nodes"]).query("filters", &filters)).await.map_err(refused)? {
            Value::Array(nodes) => Ok(nodes),
            _ => Ok(Vec::new()),
        }
    }

    /// Docker's own JSON of a node, given by id, host name or `self`.
    pub async fn inspect_node(&self, name: &str) -> Result<Value> {
        self.about_node(name, &Request::get(&["nodes", name])).await
    }

    /// Changes what is given and leaves the rest.
    pub async fn update_node(&self, name: &str, asked: &NodeSpec) -> Result<()> {
        asked.check().map_err(SwarmError::from)?;
        let node = self.inspect_node(name).await?;
        let (id, version) = (node["ID"].as_str().unwrap_or(name), node["Version"]["Index"].to_string());
        let body = updated(node["Spec"].clone(), asked);
        let request = Request::post(&["nodes", id, "update"]).query("version", &version).json(&body);
        self.about_node(name, &request).await.map(drop)
    }

    /// Removes a node that has left the swarm; one that has not only with `force`.
    pub async fn remove_node(&self, name: &str, force: bool) -> Result<()> {
        let request = Request::delete(&["nodes", name]).switch("force", force);
        self.about_node(name, &request).await.map(drop)
    }

    async fn about_node(&self, name: &str, request: &Request) -> Result<Value> {
        match self.send(request).await {
            Err(Error::Refused { status: 404, .. }) => {
                let nodes = self.list_nodes(&NodeFilters::default()).await.unwrap_or_default();
                let known = nodes.iter().filter_map(|node| node["Description"]["Hostname"].as_str());
                Err(Error::NotFound { what: "node", name: name.to_owned(), known: known.map(str::to_owned).collect() })
            }
            answer => answer.map_err(refused),
        }
    }
}

fn updated(mut spec: Value, asked: &NodeSpec) -> Value {
    for (key, value) in [("Availability", &asked.availability), ("Role", &asked.role)] {
        if let Some(value) = value {
            spec[key] = value.clone().into();
        }
    }
    let mut labels = spec["Labels"].as_object().cloned().unwrap_or_default();
    for name in &asked.label_remove.0 {
        labels.remove(name);
    }
    labels.extend(asked.labels.0.iter().map(|(name, value)| (name.clone(), json!(value))));
    spec["Labels"] = labels.into();
    spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::Words;

    #[test]
    fn an_update_leaves_what_it_does_not_name() {
        let spec = json!({"Role": "worker", "Availability": "active", "Labels": {"a": "1", "b": "2"}});
        let asked = NodeSpec {
            availability: Some("drain".into()),
            label_remove: Words(vec!["a".into()]),
            ..NodeSpec::default()
        };
        assert_eq!(updated(spec, &asked), json!({"Role": "worker", "Availability": "drain", "Labels": {"b": "2"}}));
    }
}
