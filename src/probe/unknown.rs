//! What is known of a name that means nothing where a probe starts: a container that has it all the same, or one that is
//! called almost so.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::Value;

use super::error::Error;
use super::peer::endpoints;
use super::prober::Prober;
use crate::model::container::{ContainerFilters, ListSpec};
use crate::model::names::nearest;
use crate::model::probe::order::Stand;
use crate::model::probe::place::{Destination, Place, Source};
use crate::model::probe::reach::ReachSpec;
use crate::model::probe::verdict::{Cause, Miss};
use crate::model::text::Words;

/// Containers whose aliases are read.
const MOST: usize = 64;

impl Prober {
    /// The words of `reach` for a name without an address, in place of those of the name server.
    pub(super) async fn unknown(&self, from: &Source, name: &str, miss: Miss) -> Result<(Miss, Option<String>), Error> {
        let of_names = [Cause::NameUnknown, Cause::DnsSilent, Cause::DnsFailed, Cause::NoNameserver];
        let Some(to) = name.parse::<Destination>().ok().filter(|_| of_names.contains(&miss.cause)) else {
            return Ok((miss, None));
        };
        let named = matches!(&to.place, Place::Name(own) if own == name) && to.port.is_none();
        if !named || self.peer(name).await?.is_none() {
            let hint = self.meant(from, name).await;
            return Ok((miss, hint));
        }
        let told = self.reach(from, &to, &ReachSpec::default()).await?;
        if told.ok {
            return Ok((miss, None));
        }
        Ok((Miss { cause: told.cause, detail: told.message, after: miss.after }, told.hint))
    }

    /// The nearest of the names that are known there.
    pub(super) async fn meant(&self, from: &Source, name: &str) -> Option<String> {
        // What cannot be read is suggested by nobody.
        let (stand, whole) = self.located(from).await.ok()?;
        let known = if stand == Stand::Own { return None } else { self.known_to(&whole).await };
        nearest(name, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
    }

    /// The names and aliases on the networks of a container.
    async fn known_to(&self, whole: &Value) -> BTreeSet<String> {
        let networks: Vec<String> =
            endpoints(whole).into_iter().map(|(network, _)| network).filter(|one| one != "bridge").collect();
        if networks.is_empty() {
            return BTreeSet::new();
        }
        let filters = ContainerFilters { network: Words(networks.clone()), ..ContainerFilters::default() };
        let list = self.engine().list_containers(&ListSpec { filters, ..ListSpec::default() }).await;
        let list = list.unwrap_or_default();
        let ids = list.iter().filter_map(|one| one["Id"].as_str()).take(MOST);
        let inspected = join_all(ids.map(|id| self.engine().inspect_container(id))).await;
        let mut known = BTreeSet::new();
        for one in inspected.iter().flatten() {
            known.extend(one["Name"].as_str().map(|name| name.trim_start_matches('/').to_owned()));
            for network in &networks {
                let aliases = one["NetworkSettings"]["Networks"][network]["Aliases"].as_array().into_iter().flatten();
                let id = one["Id"].as_str().unwrap_or_default();
                // The engine adds the short id as an alias by itself.
                let aliases = aliases.filter_map(Value::as_str).filter(|alias| !id.starts_with(alias));
                known.extend(aliases.map(str::to_owned));
            }
        }
        known
    }
}
