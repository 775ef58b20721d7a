//! Who is asked: the agent in this process, or one in a container, by what works for the place that is probed from.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as Turn;

use super::agent::Agent;
use super::dialled::Dialled;
use super::error::{Attempt, Error};
use super::far::{Far, Starter};
use super::settings::Settings;
use super::wire::Fault;
use crate::engine::Engine;
use crate::model::probe::order::{Answer, Inside, Order, Stand};
use crate::model::probe::post::Post;
use crate::model::probe::verdict::{Cause, Miss};
use crate::model::probe::way::Way;

/// Who works for one place.
#[derive(Debug, Clone)]
enum Chosen {
    Here,
    At(Post),
}

/// The agent at one post, held by whoever starts it.
type Slot = Arc<Turn<Option<Arc<Far>>>>;

#[derive(Debug)]
pub(super) struct Agents {
    engine: Engine,
    settings: Settings,
    here: Agent,
    starter: Starter,
    chosen: Mutex<HashMap<Stand, Chosen>>,
    /// One at each post, started once however many ask for it.
    posts: Mutex<HashMap<Post, Slot>>,
    /// What would fail for every container alike.
    failed: Mutex<HashMap<Post, String>>,
    told: Mutex<HashSet<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Agents {
    pub(super) fn new(engine: Engine, settings: Settings) -> Self {
        Self {
            engine,
            settings,
            here: Agent::default(),
            starter: Starter::default(),
            chosen: Mutex::default(),
            posts: Mutex::default(),
            failed: Mutex::default(),
            told: Mutex::default(),
        }
    }

    /// Sees to it that somebody can work there. `called` is what people call the place.
    pub(super) async fn choose(&self, stand: &Stand, called: &str) -> Result<(), Error> {
        self.chosen(stand).await.map(drop).map_err(|tried| Error::NoAgent { from: called.to_owned(), tried })
    }

    async fn chosen(&self, stand: &Stand) -> Result<Chosen, Vec<Attempt>> {
        let known = locked(&self.chosen).get(stand).cloned();
        if let Some(chosen) = known {
            return Ok(chosen);
        }
        let mut tried = Vec::new();
        let chosen = self.search(stand, &mut tried).await.ok_or(tried)?;
        self.forget_earlier(stand);
        locked(&self.chosen).insert(stand.clone(), chosen.clone());
        Ok(chosen)
    }

    /// The first way that works; what does not is told, and why.
    async fn search(&self, stand: &Stand, tried: &mut Vec<Attempt>) -> Option<Chosen> {
        let way = self.settings.way;
        if matches!(way, Way::Auto | Way::Local) {
            match self.enter_here(stand).await {
                Ok(()) => {
                    self.tell_once("probes: from this process");
                    return Some(Chosen::Here);
                }
                Err(why) => self.note(tried, "local", why),
            }
        }
        for post in Post::for_stand(stand, way) {
            let failed = locked(&self.failed).get(&post).cloned();
            let outcome = match failed {
                Some(why) => Err(why),
                None => self.enter_at(&post, stand).await,
            };
            match outcome {
                Ok(()) => return Some(Chosen::At(post)),
                Err(why) => self.note(tried, &post.to_string(), why),
            }
        }
        None
    }

    fn note(&self, tried: &mut Vec<Attempt>, way: &str, why: String) {
        self.tell_once(&format!("probes: not by {way}: {why}"));
        tried.push(Attempt { way: way.to_owned(), why });
    }

    fn tell_once(&self, words: &str) {
        if locked(&self.told).insert(words.to_owned()) {
            self.settings.tell(words);
        }
    }

    async fn enter_here(&self, stand: &Stand) -> Result<(), String> {
        if *stand != Stand::Own && !self.engine.is_local() {
            return Err(format!("the engine at {} is not on this machine", self.engine.address()));
        }
        self.here.enter(stand).await.map_err(|miss| miss.detail)
    }

    /// Whether the agent there can work for this place. One that is older than the container is replaced once.
    async fn enter_at(&self, post: &Post, stand: &Stand) -> Result<(), String> {
        let mut stale = None;
        loop {
            let far = match self.far(post, stale.as_ref()).await {
                Ok(far) => far,
                Err(why) => {
                    self.give_up(post, &why);
                    return Err(why);
                }
            };
            match far.connection.enter(post.seen(stand)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(miss)) if stale.is_some() || miss.cause != Cause::SourceGone => {
                    if miss.cause == Cause::NotSent {
                        self.give_up(post, &miss.detail);
                    }
                    return Err(miss.detail);
                }
                Err(fault) if stale.is_some() => return Err(far.last_told(&fault).await),
                Ok(Err(_)) | Err(_) => stale = Some(far),
            }
        }
    }

    /// What does not work for one container works for none.
    fn give_up(&self, post: &Post, why: &str) {
        locked(&self.failed).insert(post.clone(), why.to_owned());
        locked(&self.posts).remove(post);
    }

    /// The agent there: the one that works, unless it is `stale`, or a new one.
    async fn far(&self, post: &Post, stale: Option<&Arc<Far>>) -> Result<Arc<Far>, String> {
        let slot = locked(&self.posts).entry(post.clone()).or_default().clone();
        let mut slot = slot.lock().await;
        if let Some(far) = slot.as_ref()
            && far.connection.ended().is_none()
            && stale.is_none_or(|stale| !Arc::ptr_eq(stale, far))
        {
            return Ok(far.clone());
        }
        if let Some(fault) = slot.as_ref().and_then(|far| far.connection.ended()) {
            let words = slot.as_ref().map(|far| far.told(&fault)).unwrap_or_default();
            self.tell_once(&format!("probes: {words}; another one is started"));
        }
        // While this one waited for its turn, another may have found that it does not work.
        let failed = locked(&self.failed).get(post).cloned();
        if let Some(why) = failed.filter(|_| slot.is_none()) {
            return Err(why);
        }
        // The one before goes only once the other is there: they share an image.
        match self.starter.start(&self.engine, post, &self.settings).await {
            Ok(far) => Ok(slot.insert(Arc::new(far)).clone()),
            Err(error) => {
                *slot = None;
                Err(error.to_string())
            }
        }
    }

    /// Of a container that was started anew, nothing of its earlier life is kept.
    fn forget_earlier(&self, stand: &Stand) {
        let Stand::Inside(now) = stand else { return };
        let earlier = |other: &Inside| other.id == now.id && other != now;
        locked(&self.chosen).retain(|other, _| !matches!(other, Stand::Inside(other) if earlier(other)));
        locked(&self.posts).retain(|post, _| !matches!(post, Post::Beside(other) if earlier(other)));
    }

    pub(super) async fn ask(&self, order: Order) -> Answer {
        let post = match self.chosen(&order.from).await {
            Ok(Chosen::Here) => return self.here.ask(order).await,
            Ok(Chosen::At(post)) => post,
            Err(tried) => return Err(self.unsent(&order.from, words(&tried)).await),
        };
        let mut stale = None;
        loop {
            let far = self.at(&post, stale.as_ref(), &order.from).await?;
            let asked = far.connection.ask(Order { from: post.seen(&order.from), ..order.clone() }).await;
            match self.heard(asked, &far, &order.from, stale.is_some()).await {
                Some(answer) => return answer,
                None => stale = Some(far),
            }
        }
    }

    /// A connection that is made inside and kept.
    pub(super) async fn dial(&self, from: &Stand, to: SocketAddr, within: Duration) -> Result<Dialled, Miss> {
        let post = match self.chosen(from).await {
            Ok(Chosen::Here) => return Ok(Dialled::here(self.here.dial(from, to, within).await?)),
            Ok(Chosen::At(post)) => post,
            Err(tried) => return Err(self.unsent(from, words(&tried)).await),
        };
        let mut stale = None;
        loop {
            let far = self.at(&post, stale.as_ref(), from).await?;
            let dialled = far.connection.dial(post.seen(from), to, within).await;
            match self.heard(dialled, &far, from, stale.is_some()).await {
                Some(answer) => return answer.map(|(channel, local)| Dialled::far(channel, local, far)),
                None => stale = Some(far),
            }
        }
    }

    async fn at(&self, post: &Post, stale: Option<&Arc<Far>>, from: &Stand) -> Result<Arc<Far>, Miss> {
        match self.far(post, stale).await {
            Ok(far) => Ok(far),
            Err(words) => Err(self.unsent(from, words).await),
        }
    }

    /// What counts of an agent's answer; `None` when another agent is to be asked, which is done once.
    async fn heard<T>(
        &self,
        asked: Result<Result<T, Miss>, Fault>,
        far: &Far,
        from: &Stand,
        again: bool,
    ) -> Option<Result<T, Miss>> {
        let miss = match asked {
            Ok(Ok(found)) => return Some(Ok(found)),
            Ok(Err(miss)) => miss,
            Err(fault) => {
                let words = far.last_told(&fault).await;
                if again {
                    return Some(Err(self.unsent(from, words).await));
                }
                self.tell_once(&format!("probes: {words}; another one is started"));
                return None;
            }
        };
        match far.post {
            // It does not see the ends of others.
            Post::Beside(_) if self.has_ended(from).await => Some(Err(self.gone(from, miss.after))),
            Post::Files(_) | Post::Processes if miss.cause == Cause::SourceGone => {
                // Or it does not see those that were started after it.
                if again || self.has_ended(from).await { Some(Err(self.gone(from, miss.after))) } else { None }
            }
            _ => Some(Err(miss)),
        }
    }

    /// Whether the engine says that the container of a place runs no more, or was started anew.
    async fn has_ended(&self, stand: &Stand) -> bool {
        let Stand::Inside(inside) = stand else { return false };
        match self.engine.inspect_container(&inside.id).await {
            Ok(whole) => whole["State"]["Pid"].as_u64() != Some(inside.pid.into()),
            Err(error) => error.kind() == "not_found",
        }
    }

    fn gone(&self, from: &Stand, after: Duration) -> Miss {
        locked(&self.chosen).remove(from);
        if let Stand::Inside(inside) = from {
            locked(&self.posts).remove(&Post::Beside(inside.clone()));
        }
        Miss::new(Cause::SourceGone, "the container that it was sent from has ended", after)
    }

    /// Nobody could be asked. That the source has ended is why, if it has.
    async fn unsent(&self, from: &Stand, words: String) -> Miss {
        if self.has_ended(from).await {
            return self.gone(from, Duration::ZERO);
        }
        Miss::new(Cause::NotSent, words, Duration::ZERO)
    }
}

fn words(tried: &[Attempt]) -> String {
    let all: Vec<String> = tried.iter().map(ToString::to_string).collect();
    format!("no agent can probe from there: {}", all.join("; "))
}
