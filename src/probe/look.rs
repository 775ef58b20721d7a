//! What is there: listeners, connections, addresses, routes and neighbours of a container or the host, with the names that
//! the engine knows.

use std::time::Duration;

use serde_json::Value;

use super::error::Error;
use super::prober::Prober;
use crate::model::container::{ListSpec, NetworkMode};
use crate::model::network::NetworkFilters;
use crate::model::probe::interface::{self, Address, AddressesSpec, Interface};
use crate::model::probe::neighbour::{self, NamedNeighbour, NeighboursSpec};
use crate::model::probe::order::{Ask, Found, Order, Stand};
use crate::model::probe::place::Source;
use crate::model::probe::route::{self, NamedRoute, RoutesSpec};
use crate::model::probe::socket::{self, Connection, Listener, ListeningSpec, SocketsSpec, Which};
use crate::model::probe::surroundings::Surroundings;
use crate::model::probe::verdict::{Cause, Miss};

/// The kernel answers at once; a helper elsewhere may be slow.
const WITHIN: Duration = Duration::from_secs(30);

impl Prober {
    /// What listens in a network namespace: TCP sockets that listen and UDP sockets that take from anyone.
    pub async fn listening(&self, at: &Source, spec: ListeningSpec) -> Result<Vec<Listener>, Error> {
        let stand = self.stand(at).await?;
        match self.found(&stand, Ask::Sockets(Which::Listening)).await? {
            Found::Sockets(sockets) => Ok(socket::listeners(&sockets, &self.around(at).await?, spec)),
            _ => Err(astray()),
        }
    }

    /// The sockets that are in use, with the containers at their other ends.
    pub async fn sockets(&self, at: &Source, spec: SocketsSpec) -> Result<Vec<Connection>, Error> {
        let stand = self.stand(at).await?;
        match self.found(&stand, Ask::Sockets(Which::All)).await? {
            Found::Sockets(sockets) => Ok(socket::connections(&sockets, &self.around(at).await?, spec)),
            _ => Err(astray()),
        }
    }

    /// The interfaces with their addresses, and the networks they belong to.
    pub async fn interface_addresses(&self, at: &Source, spec: AddressesSpec) -> Result<Vec<Address>, Error> {
        let stand = self.stand(at).await?;
        let interfaces = self.interfaces(&stand).await?;
        Ok(interface::addresses(&interfaces, &self.around(at).await?, spec))
    }

    /// The routes, with the networks they lead into.
    pub async fn routes(&self, at: &Source, spec: RoutesSpec) -> Result<Vec<NamedRoute>, Error> {
        let stand = self.stand(at).await?;
        let interfaces = self.interfaces(&stand).await?;
        match self.found(&stand, Ask::Routes).await? {
            Found::Routes(routes) => Ok(route::routes(routes, &interfaces, &self.around(at).await?, spec)),
            _ => Err(astray()),
        }
    }

    /// Who is known on the links, with the containers that have the addresses.
    pub async fn neighbours(&self, at: &Source, spec: NeighboursSpec) -> Result<Vec<NamedNeighbour>, Error> {
        let stand = self.stand(at).await?;
        let interfaces = self.interfaces(&stand).await?;
        match self.found(&stand, Ask::Neighbours).await? {
            Found::Neighbours(found) => Ok(neighbour::neighbours(found, &interfaces, &self.around(at).await?, spec)),
            _ => Err(astray()),
        }
    }

    async fn interfaces(&self, stand: &Stand) -> Result<Vec<Interface>, Error> {
        match self.found(stand, Ask::Interfaces).await? {
            Found::Interfaces(interfaces) => Ok(interfaces),
            _ => Err(astray()),
        }
    }

    async fn found(&self, stand: &Stand, ask: Ask) -> Result<Found, Error> {
        Ok(self.ask(Order { from: stand.clone(), ask, within: WITHIN }).await?)
    }

    /// What the engine knows of the namespace.
    async fn around(&self, at: &Source) -> Result<Surroundings, Error> {
        let engine = self.engine();
        let (filters, running) = (NetworkFilters::default(), ListSpec::default());
        let lists = async { tokio::try_join!(engine.list_networks(&filters), engine.list_containers(&running)) };
        let Source::Container(name) = at else {
            // An engine elsewhere knows nothing of this machine.
            if !engine.is_local() {
                return Ok(Surroundings::default());
            }
            let (networks, running) = lists.await?;
            return Ok(Surroundings::of_host(&networks, &running));
        };
        let (whole, (networks, running)) = tokio::try_join!(engine.inspect_container(name), lists)?;
        let owner = self.owner(&whole).await?;
        Ok(Surroundings::of_container(&whole, &owner, &networks, &running))
    }

    /// The container whose namespace it uses: its own, or that of another, which may share as well.
    async fn owner(&self, whole: &Value) -> Result<Value, Error> {
        /// More would be a circle.
        const DEEPEST: usize = 16;
        let mut owner = whole.clone();
        for _ in 0..DEEPEST {
            let mode = owner["HostConfig"]["NetworkMode"].as_str().unwrap_or_default();
            let NetworkMode::Container(name) = NetworkMode::parse(mode) else { break };
            owner = self.engine().inspect_container(&name).await?;
        }
        Ok(owner)
    }
}

/// An agent of another version could answer so.
fn astray() -> Error {
    let detail = "the agent answered something else than what it was asked".to_owned();
    Miss { cause: Cause::Protocol, detail, after: Duration::ZERO }.into()
}
