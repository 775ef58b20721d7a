//! The endpoints that a container was made with, read back to explain why it does not start.

use serde_json::Value;

use super::client::Engine;
use super::errors::Error;
use crate::model::network::EndpointSpec;

impl Engine {
    /// A container that did not start, by what its networks could not give it.
    pub(super) async fn explain_endpoints_of(&self, error: Error, container: &str) -> Error {
        let Error::Refused { .. } = error else { return error };
        let whole = self.inspect_container(container).await.unwrap_or_default();
        self.explain_attachments(error, &endpoints(&whole)).await
    }
}

fn endpoints(whole: &Value) -> Vec<(String, EndpointSpec)> {
    let networks = whole["NetworkSettings"]["Networks"].as_object().into_iter().flatten();
    let fixed = |endpoint: &Value| EndpointSpec {
        ipv4_address: endpoint["IPAMConfig"]["IPv4Address"].as_str().and_then(|text| text.parse().ok()),
        ipv6_address: endpoint["IPAMConfig"]["IPv6Address"].as_str().and_then(|text| text.parse().ok()),
        ..EndpointSpec::default()
    };
    networks.map(|(network, endpoint)| (network.clone(), fixed(endpoint))).collect()
}
