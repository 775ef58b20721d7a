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
use super::obstacle::Obstacle;
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

/// Why nobody works for a place.
enum NoWay {
    /// What would be probed from has ended.
    Gone(Miss),
    Tried(Vec<Attempt>),
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
    /// What fails for every container alike, and would again.
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
        self.chosen(stand).await.map(drop).map_err(|none| match none {
            NoWay::Gone(miss) => Error::Miss(miss),
            NoWay::Tried(tried) => Error::NoAgent { from: called.to_owned(), tried },
        })
    }

    async fn chosen(&self, stand: &Stand) -> Result<Chosen, NoWay> {
        let known = locked(&self.chosen).get(stand).cloned();
        if let Some(chosen) = known {
            return Ok(chosen);
        }
        let chosen = self.search(stand).await?;
        self.forget_earlier(stand);
        locked(&self.chosen).insert(stand.clone(), chosen.clone());
        Ok(chosen)
    }

    /// The first way that works; what does not is told, and why. What may work the next time leads on to no other way: that
    /// could be one with more rights.
    async fn search(&self, stand: &Stand) -> Result<Chosen, NoWay> {
        let (way, mut tried) = (self.settings.way, Vec::new());
        if matches!(way, Way::Auto | Way::Local) {
            match self.enter_here(stand).await {
                Ok(()) => {
                    self.tell_once("probes: from this process");
                    return Ok(Chosen::Here);
                }
                Err(miss) if miss.cause == Cause::SourceGone && self.has_ended(stand).await => {
                    return Err(NoWay::Gone(self.gone(stand, miss.after)));
                }
                Err(miss) => self.note(&mut tried, "local", miss.detail),
            }
        }
        for post in Post::for_stand(stand, way) {
            let failed = locked(&self.failed).get(&post).cloned();
            if let Some(why) = failed {
                self.note(&mut tried, &post.to_string(), why);
                continue;
            }
            let obstacle = match self.try_twice(&post, stand).await {
                Ok(()) => return Ok(Chosen::At(post)),
                Err(obstacle) => obstacle,
            };
            if self.has_ended(stand).await {
                return Err(NoWay::Gone(self.gone(stand, Duration::ZERO)));
            }
            let passing = matches!(obstacle, Obstacle::Passing(_));
            self.overcome(&post, obstacle, &mut tried);
            if passing {
                break;
            }
        }
        Err(NoWay::Tried(tried))
    }

    /// What may pass is tried again once.
    async fn try_twice(&self, post: &Post, stand: &Stand) -> Result<(), Obstacle> {
        match self.enter_at(post, stand).await {
            Err(Obstacle::Passing(why)) if !self.has_ended(stand).await => {
                self.tell_once(&format!("probes: {post}: {why}; tried again"));
                self.enter_at(post, stand).await
            }
            outcome => outcome,
        }
    }

    /// Tells it, and remembers it where it would be the same for every container.
    fn overcome(&self, post: &Post, obstacle: Obstacle, tried: &mut Vec<Attempt>) {
        if let Obstacle::Everywhere(why) = &obstacle {
            locked(&self.failed).insert(post.clone(), why.clone());
            locked(&self.posts).remove(post);
        }
        self.note(tried, &post.to_string(), obstacle.why());
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

    async fn enter_here(&self, stand: &Stand) -> Result<(), Miss> {
        if *stand != Stand::Own && !self.engine.is_local() {
            let words = format!("the engine at {} is not on this machine", self.engine.address());
            return Err(Miss::new(Cause::NotSent, words, Duration::ZERO));
        }
        self.here.enter(stand).await
    }

    /// Whether the agent there can work for this place. One that is older than the container is replaced once.
    async fn enter_at(&self, post: &Post, stand: &Stand) -> Result<(), Obstacle> {
        let mut stale = None;
        loop {
            let far = self.far(post, stale.as_ref()).await?;
            match far.connection.enter(post.seen(stand)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(miss)) if stale.is_some() || miss.cause != Cause::SourceGone => {
                    return Err(Obstacle::entering(miss));
                }
                Err(fault) if stale.is_some() => return Err(Obstacle::Passing(far.last_told(&fault).await)),
                Ok(Err(_)) | Err(_) => stale = Some(far),
            }
        }
    }

    /// The agent there: the one that works, unless it is `stale`, or a new one.
    async fn far(&self, post: &Post, stale: Option<&Arc<Far>>) -> Result<Arc<Far>, Obstacle> {
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
            return Err(Obstacle::Everywhere(why));
        }
        // The one before goes only once the other is there: they share an image.
        match self.starter.start(&self.engine, post, &self.settings).await {
            Ok(far) => Ok(slot.insert(Arc::new(far)).clone()),
            Err(error) => {
                *slot = None;
                Err(Obstacle::starting(&error))
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
            Err(none) => return Err(self.no_way(&order.from, none).await),
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

    /// The same, if whoever can do it is there already: `None` where an agent would have to be started.
    pub(super) async fn ask_if_at_hand(&self, order: Order) -> Option<Answer> {
        if matches!(self.settings.way, Way::Auto | Way::Local) && self.enter_here(&order.from).await.is_ok() {
            return Some(self.here.ask(order).await);
        }
        for post in Post::for_stand(&order.from, self.settings.way) {
            let slot = locked(&self.posts).get(&post).cloned();
            let Some(far) = slot.and_then(|slot| slot.try_lock().ok()?.clone()) else { continue };
            let here = Order { from: post.seen(&order.from), ..order.clone() };
            if let Ok(Ok(found)) = far.connection.ask(here).await {
                return Some(Ok(found));
            }
        }
        None
    }

    /// A connection that is made inside and kept.
    pub(super) async fn dial(&self, from: &Stand, to: SocketAddr, within: Duration) -> Result<Dialled, Miss> {
        let post = match self.chosen(from).await {
            Ok(Chosen::Here) => return Ok(Dialled::here(self.here.dial(from, to, within).await?)),
            Ok(Chosen::At(post)) => post,
            Err(none) => return Err(self.no_way(from, none).await),
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
            Err(obstacle) => Err(self.unsent(from, obstacle.why()).await),
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

    async fn no_way(&self, from: &Stand, none: NoWay) -> Miss {
        match none {
            NoWay::Gone(miss) => miss,
            NoWay::Tried(tried) => self.unsent(from, words(&tried)).await,
        }
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
