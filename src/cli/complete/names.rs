//! The names of containers and networks, from an engine that answers soon.

use std::time::Duration;

use crate::cli::invocation::Invocation;
use crate::engine::{self, Engine, Target};
use crate::model::container::ListSpec;
use crate::model::network::NetworkFilters;
use crate::runtime;
use crate::view::inventory;

/// Nobody waits longer for a shell to complete a word.
const SOON: Duration = Duration::from_millis(300);

/// The engine that the line names, where it names one.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) host: Option<String>,
    pub(super) context: Option<String>,
}

pub(super) fn containers(place: &Place, invocation: &Invocation) -> Vec<String> {
    let spec = ListSpec { all: true, ..ListSpec::default() };
    let list = ask(place, invocation, async move |engine| engine.list_containers(&spec).await);
    sorted(list.iter().map(inventory::container_name))
}

pub(super) fn networks(place: &Place, invocation: &Invocation) -> Vec<String> {
    let filters = NetworkFilters::default();
    let list = ask(place, invocation, async move |engine| engine.list_networks(&filters).await);
    sorted(list.iter().filter_map(|network| network["Name"].as_str().map(str::to_owned)))
}

/// An engine that is silent, or not there, has no names.
fn ask<T: Default, F>(place: &Place, invocation: &Invocation, question: impl FnOnce(Engine) -> F) -> T
where
    F: Future<Output = Result<T, engine::Error>>,
{
    let context = invocation.context();
    let named = place.host.is_some() || place.context.is_some();
    let typed = Target { host: place.host.clone(), context: place.context.clone() };
    let target = if named { typed } else { context.target };
    let asking = async {
        let engine = Engine::connect(&target, context.ownership.clone()).await.ok()?;
        question(engine).await.ok()
    };
    let bounded = async { tokio::time::timeout(SOON, asking).await.ok().flatten() };
    runtime::wait(&invocation.cancel, bounded).ok().flatten().unwrap_or_default()
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    names.sort();
    names
}
