//! The swarm that an engine is in: begin one, join one, leave it, tell of it.

use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use super::body;
use super::cleanup::{detach, or_undo};
use super::client::Engine;
use super::errors::{Error, Result};
use super::raw::Request;
use super::swarm_fault::SwarmError;
use crate::model::swarm::{JoinSpec, Refusal, SwarmSpec};

impl Engine {
    /// Begins a swarm whose first manager is this engine, and says its node id.
    pub async fn init_swarm(&self, spec: &SwarmSpec) -> Result<String> {
        spec.check().map_err(SwarmError::from)?;
        let body = init(spec, &body::labels(&spec.labels, self.ownership()));
        let request = Request::post(&["swarm", "init"]).json(&body);
        // Forcing a new cluster keeps the swarm that is there: leaving it would be no undoing.
        let (worker, undoer, undone) = (self.clone(), self.clone(), !spec.force_new_cluster);
        let work = async move { worker.send(&request).await };
        let undo = move |_: Value| async move {
            if undone {
                let _ = undoer.send(&leaving(true)).await;
            }
        };
        let answer = or_undo(work, undo).await.unwrap_or_else(|| Err(self.lost()));
        Ok(answer.map_err(refused)?.as_str().unwrap_or_default().to_owned())
    }

    /// Joins a swarm. What did not succeed is taken back: an engine would go on trying behind the caller's back.
    pub async fn join_swarm(&self, spec: &JoinSpec) -> Result<()> {
        spec.check().map_err(SwarmError::from)?;
        // Asked beforehand, so that nothing can take the engine out of a swarm that it was in before.
        let state = self.swarm_state().await?;
        if state != "inactive" {
            return Err(SwarmError::Refused {
                refusal: Refusal::AlreadyIn,
                words: format!("its state there is {state}"),
            }
            .into());
        }
        let joining = Joining { engine: self.clone(), handle: Some(Handle::current()) };
        let answer = self.send(&Request::post(&["swarm", "join"]).json(&join(spec))).await;
        let Err(error) = answer else {
            joining.ended();
            return Ok(());
        };
        if self.swarm_state().await.is_ok_and(|state| state != "inactive") {
            self.leave_swarm(true).await?;
        }
        joining.ended();
        Err(refused(error))
    }

    async fn swarm_state(&self) -> Result<String> {
        let info = self.info().await?;
        Ok(told(&info["Swarm"])["state"].as_str().unwrap_or_default().to_owned())
    }

    /// Leaves the swarm; a manager only with `force`.
    pub async fn leave_swarm(&self, force: bool) -> Result<()> {
        self.send(&leaving(force)).await.map(drop).map_err(refused)
    }

    /// What there is to know of the swarm: `active`, `state`, `node_id`, `address`, `manager` and `managers`, and from a
    /// manager Docker's own `GET /swarm` beside them. In no swarm, `active` is false.
    pub async fn swarm(&self) -> Result<Value> {
        let info = self.info().await?;
        let here = &info["Swarm"];
        let manager = here["ControlAvailable"] == true;
        let whole = if manager { self.send(&Request::get(&["swarm"])).await.map_err(refused)? } else { Value::Null };
        let Value::Object(mut told) = told(here) else { return Ok(Value::Null) };
        told.extend(whole.as_object().cloned().unwrap_or_default());
        Ok(Value::Object(told))
    }

    pub(super) fn lost(&self) -> Error {
        self.transport("the request was lost".into())
    }
}

/// A join under way; dropped before its end, the engine is told to leave. It does so when its own try ends, after 20 s at
/// most, whether or not somebody still waits for the answer.
struct Joining {
    engine: Engine,
    handle: Option<Handle>,
}

impl Joining {
    fn ended(mut self) {
        self.handle = None;
    }
}

impl Drop for Joining {
    fn drop(&mut self) {
        let Some(handle) = self.handle.take() else { return };
        let engine = self.engine.clone();
        detach(&handle, async move {
            let _ = engine.send(&leaving(true)).await;
        });
    }
}

fn leaving(force: bool) -> Request {
    Request::post(&["swarm", "leave"]).switch("force", force)
}

/// What `GET /info` says of the swarm, in our words.
fn told(here: &Value) -> Value {
    let state = here["LocalNodeState"].as_str().filter(|state| !state.is_empty()).unwrap_or("inactive");
    let managers = here["RemoteManagers"].as_array().into_iter().flatten().map(|manager| manager["Addr"].clone());
    let mut told = json!({
        "active": state == "active",
        "state": state,
        "node_id": here["NodeID"].as_str().unwrap_or_default(),
        "address": here["NodeAddr"].as_str().unwrap_or_default(),
        "manager": here["ControlAvailable"] == true,
        "managers": managers.collect::<Vec<_>>(),
    });
    if let Some(error) = here["Error"].as_str().filter(|error| !error.is_empty()) {
        told["error"] = error.into();
    }
    told
}

/// An engine's refusal that is about the swarm, told apart by its words.
pub(super) fn refused(error: Error) -> Error {
    let Error::Refused { status, words } = error else { return error };
    if words.contains("not a swarm manager") {
        return Error::NotSwarm { words };
    }
    match Refusal::read(&words) {
        Some(refusal) => SwarmError::Refused { refusal, words }.into(),
        None => Error::Refused { status, words },
    }
}

fn init(spec: &SwarmSpec, labels: &Value) -> Value {
    let mut body = addresses(spec.listen(), spec.advertise_addr.as_ref(), spec.data_path_addr.as_ref());
    body.insert("ForceNewCluster".into(), spec.force_new_cluster.into());
    body.insert("Spec".into(), json!({"Labels": labels}));
    if let Some(port) = spec.data_path_port {
        body.insert("DataPathPort".into(), port.into());
    }
    if !spec.default_addr_pool.0.is_empty() {
        body.insert("DefaultAddrPool".into(), spec.default_addr_pool.0.clone().into());
        body.insert("SubnetSize".into(), spec.subnet_size.unwrap_or(24).into());
    }
    if let Some(availability) = &spec.availability {
        body.insert("Availability".into(), availability.clone().into());
    }
    body.into()
}

fn join(spec: &JoinSpec) -> Value {
    let mut body = addresses(spec.listen(), spec.advertise_addr.as_ref(), spec.data_path_addr.as_ref());
    body.insert("RemoteAddrs".into(), spec.remote_addrs.0.clone().into());
    body.insert("JoinToken".into(), spec.token.clone().into());
    if let Some(availability) = &spec.availability {
        body.insert("Availability".into(), availability.clone().into());
    }
    body.into()
}

fn addresses(listen: &str, advertise: Option<&String>, data_path: Option<&String>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("ListenAddr".into(), listen.into());
    for (key, value) in [("AdvertiseAddr", advertise), ("DataPathAddr", data_path)] {
        if let Some(value) = value {
            body.insert(key.into(), value.clone().into());
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::Words;

    #[test]
    fn an_engine_without_a_swarm_tells_so() {
        assert_eq!(told(&Value::Null)["active"], false);
        let info = json!({"LocalNodeState": "active", "ControlAvailable": true, "RemoteManagers": [{"Addr": "10.0.0.1:2377"}]});
        let told = told(&info);
        assert_eq!(
            (&told["active"], &told["manager"], &told["managers"][0]),
            (&json!(true), &json!(true), &json!("10.0.0.1:2377"))
        );
    }

    #[test]
    fn a_pool_brings_its_size_and_nothing_is_sent_that_was_not_asked_for() {
        let spec = SwarmSpec { default_addr_pool: Words(vec!["10.20.0.0/16".into()]), ..SwarmSpec::default() };
        let body = init(&spec, &json!({}));
        assert_eq!((&body["SubnetSize"], &body["ListenAddr"]), (&json!(24), &json!("0.0.0.0:2377")));
        assert!(body.get("AdvertiseAddr").is_none() && body.get("DataPathPort").is_none());
    }
}
