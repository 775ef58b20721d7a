//! Who takes part in a matrix.

use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use crate::model::container::{ContainerFilters, ListSpec};
use crate::model::names::LABEL_ROLE;
use crate::model::probe::matrix::plan::Member;
use crate::model::probe::matrix::spec::{MatrixFault, MatrixSpec};
use crate::probe::error::Error;
use crate::probe::peer::endpoints;
use crate::probe::prober::{Prober, inside};

/// Inspects under way at once.
const AT_ONCE: usize = 16;

impl Prober {
    /// The containers that are chosen, in the order of their names.
    pub(super) async fn members(&self, spec: &MatrixSpec) -> Result<Vec<Member>, Error> {
        let mut names = spec.containers.0.clone();
        let by_filter = [
            (spec.all, ContainerFilters::default()),
            (!spec.label.0.is_empty(), ContainerFilters { label: spec.label.clone(), ..ContainerFilters::default() }),
            (
                !spec.network.0.is_empty(),
                ContainerFilters { network: spec.network.clone(), ..ContainerFilters::default() },
            ),
        ];
        let chosen = !names.is_empty() || by_filter.iter().any(|(asked, _)| *asked);
        if !chosen {
            return Err(fault(&MatrixFault::NobodyChosen));
        }
        for network in &spec.network.0 {
            // A network that is not there would otherwise choose nobody, silently.
            self.engine().inspect_network(network).await?;
        }
        for (_, filters) in by_filter.into_iter().filter(|(asked, _)| *asked) {
            let spec = ListSpec { filters, ..ListSpec::default() };
            let list = self.engine().list_containers(&spec).await?;
            // Agents, of this run or another, are no part of what is probed.
            let asked = list.iter().filter(|one| one["Labels"][LABEL_ROLE] != "agent");
            names.extend(asked.filter_map(|one| one["Id"].as_str().map(str::to_owned)));
        }
        let inspected = stream::iter(names).map(|name| async move { self.engine().inspect_container(&name).await });
        let mut all: Vec<Value> = Vec::new();
        let mut inspected = inspected.buffered(AT_ONCE);
        while let Some(whole) = inspected.next().await {
            all.push(whole?);
        }
        all.sort_by_key(|whole| whole["Name"].as_str().unwrap_or_default().to_owned());
        all.dedup_by(|a, b| a["Id"] == b["Id"]);
        let members: Vec<Member> = all.iter().map(member).collect();
        if members.len() < 2 {
            let chosen = members.first().map(|member| member.name.clone());
            return Err(fault(&MatrixFault::TooFew { choice: spec.choice(), chosen }));
        }
        Ok(members)
    }
}

fn member(whole: &Value) -> Member {
    let name = whole["Name"].as_str().unwrap_or_default().trim_start_matches('/').to_owned();
    let networks = endpoints(whole).into_iter();
    let addresses = networks.flat_map(|(network, known)| known.into_iter().map(move |one| (network.clone(), one)));
    Member {
        name,
        inside: inside(whole),
        status: whole["State"]["Status"].as_str().unwrap_or_default().to_owned(),
        addresses: addresses.collect(),
    }
}

pub(super) fn fault(fault: &MatrixFault) -> Error {
    let hint = match fault {
        MatrixFault::NobodyChosen => "name containers, a label or a network, or ask for all",
        MatrixFault::TooFew { .. } => "`docker ps` lists what runs, with `--filter label=…` or `--filter network=…`",
        MatrixFault::NothingToAsk(_) => "containers with `--network host`, `none` or `container:` have none",
        MatrixFault::NoPort(_) => "give one, such as 80 or 53/udp",
        MatrixFault::PortsUnused => "add tcp, or leave proto out",
    };
    Error::Invalid { message: fault.to_string(), hint: Some(hint.to_owned()) }
}
