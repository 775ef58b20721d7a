//! A matrix is asked in rounds: what the load itself may have spoilt is asked again, with less of it.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::groups::{PAIRS, groups};
use super::members::fault;
use crate::model::probe::matrix::outcome::{Cell, Matrix};
use crate::model::probe::matrix::plan::{Member, Step, plan};
use crate::model::probe::matrix::spec::{MatrixFault, MatrixSpec};
use crate::model::probe::order::{Answer, Ask, Found, Order, Stand};
use crate::model::probe::place::Transport;
use crate::model::probe::reach::ask;
use crate::model::probe::verdict::{Cause, Miss};
use crate::probe::error::Error;
use crate::probe::prober::Prober;
use crate::probe::queues::{FULL, rose};

/// Orders handed to the agent at a time, which lets fewer through where its machine cannot hold so many.
const UNDER_WAY: usize = 4096;
/// Of those that are asked again.
const GENTLY: usize = 256;
/// Rounds of asking again; they end before when nothing changes.
const ROUNDS: usize = 5;
/// Longer than a lost SYN takes to be sent again.
const PATIENTLY: Duration = Duration::from_millis(1500);
/// Until a crowd has gone from the queues of listeners and the tables of the kernel.
const PAUSE: Duration = Duration::from_millis(100);
/// The kernel counts at once.
const COUNTED: Duration = Duration::from_secs(5);

impl Prober {
    /// Asks all ordered pairs of the chosen containers, each at every address of the other.
    pub async fn matrix(&self, spec: &MatrixSpec) -> Result<Matrix, Error> {
        let questions = spec.questions().map_err(|wrong| fault(&wrong))?;
        let members = self.members(spec).await?;
        let began = Instant::now();
        let steps = plan(&members, &questions);
        if steps.is_empty() {
            let names = members.into_iter().map(|member| member.name).collect();
            return Err(fault(&MatrixFault::NothingToAsk(names)));
        }
        let before = Counts { queues: self.all_overflows(&members).await, tables: self.table_fulls().await };
        let all: Vec<usize> = (0..steps.len()).collect();
        let mut answers = self.round(&members, &steps, &all, spec.within(), UNDER_WAY).await;
        self.again(&members, &steps, &mut answers, spec.within().max(PATIENTLY), before).await;
        let cells = steps.iter().enumerate().map(|(at, step)| {
            let answer = answers.remove(&at).unwrap_or_else(|| Err(lost()));
            Cell::of(&members, step, answer)
        });
        let cells = cells.collect();
        Ok(Matrix::new(&members, cells, began.elapsed()))
    }

    /// Asks again what was silent at listeners whose queues were full, while the kernel had no room for neighbours, or towards
    /// an address that answers others of its network; and what this machine could not send.
    async fn again(
        &self,
        members: &[Member],
        steps: &[Step],
        answers: &mut HashMap<usize, Answer>,
        within: Duration,
        mut before: Counts,
    ) {
        for _ in 0..ROUNDS {
            let now = Counts { queues: self.all_overflows(members).await, tables: self.table_fulls().await };
            let no_room = rose(before.tables, now.tables);
            let met = met(steps, answers);
            let doubtful = |at: &usize| match answers.get(at) {
                Some(Err(miss)) if miss.cause == Cause::NotSent => miss.after > Duration::ZERO,
                Some(Err(miss)) if matches!(miss.cause, Cause::Filtered | Cause::NoRoute | Cause::NoAnswer) => {
                    let step = &steps[*at];
                    let crowded = rose(before.queues[step.to], now.queues[step.to]);
                    let contradicted = near(members, step) && met.contains(&(step.to, step.address));
                    let sent = !miss.after.is_zero();
                    sent && (no_room || contradicted || crowded && step.question.transport == Transport::Tcp)
                }
                _ => false,
            };
            let doubtful: Vec<usize> = (0..steps.len()).filter(doubtful).collect();
            if doubtful.is_empty() {
                return;
            }
            sleep(PAUSE).await;
            before = Counts { queues: now.queues, tables: self.table_fulls().await };
            let round = self.round(members, steps, &doubtful, within, GENTLY).await;
            let better = round.values().any(Result::is_ok);
            answers.extend(round);
            if !better {
                break;
            }
        }
        let now = self.all_overflows(members).await;
        for (at, answer) in answers.iter_mut() {
            let to = steps[*at].to;
            let stuck = rose(before.queues[to], now[to]);
            if let Err(miss) = answer
                && stuck
                && miss.cause == Cause::Filtered
                && steps[*at].question.transport == Transport::Tcp
            {
                *miss = full(miss);
            }
        }
    }

    /// Asks some of the steps, so many at a time, and no more pairs of one link than the kernel has room for. Dropped, it
    /// ends all of them.
    async fn round(
        &self,
        members: &[Member],
        steps: &[Step],
        wanted: &[usize],
        within: Duration,
        at_once: usize,
    ) -> HashMap<usize, Answer> {
        let (mut under_way, mut answers) = (JoinSet::new(), HashMap::with_capacity(wanted.len()));
        let (pairs, others) = groups(members, steps, wanted);
        let (mut pairs, mut others) = (pairs.into_iter(), others.into_iter());
        let (mut paired, mut single) = (0, 0);
        loop {
            while paired < PAIRS.min(at_once)
                && let Some(group) = pairs.next()
            {
                paired += 1;
                let (orders, forget) = orders(members, steps, &group.steps, &group.forget, within, &mut answers);
                let prober = self.clone();
                under_way.spawn(async move { (true, prober.together(orders, forget).await) });
            }
            while single < at_once
                && let Some(at) = others.next()
            {
                match order(members, &steps[at], within) {
                    Ok(order) => {
                        single += 1;
                        let prober = self.clone();
                        under_way.spawn(async move { (false, vec![(at, prober.ask(order).await)]) });
                    }
                    Err(miss) => drop(answers.insert(at, Err(miss))),
                }
            }
            match under_way.join_next().await {
                Some(Ok((pair, done))) => {
                    if pair {
                        paired -= 1;
                    } else {
                        single -= 1;
                    }
                    answers.extend(done);
                }
                // Reported as lost.
                Some(Err(_)) => {}
                None => return answers,
            }
        }
    }

    /// Asks both ways between two containers, and lets the kernel forget that they met.
    async fn together(&self, orders: Vec<(usize, Order)>, forget: Vec<Order>) -> Vec<(usize, Answer)> {
        let all = orders.into_iter().map(async |(at, order)| (at, self.ask(order).await));
        let answers = join_all(all).await;
        for order in forget {
            // What stays in the table goes by itself after a while.
            let _ = self.ask(order).await;
        }
        answers
    }

    /// How many neighbours the kernel had no room for so far, where it can be known.
    async fn table_fulls(&self) -> Option<u64> {
        match self.ask(Order { from: Stand::Own, ask: Ask::NeighbourOverflows, within: COUNTED }).await {
            Ok(Found::Count(count)) => Some(count),
            _ => None,
        }
    }

    /// How many handshakes each container has dropped so far because a listener's queue was full, where it can be known.
    async fn all_overflows(&self, members: &[Member]) -> Vec<Option<u64>> {
        let mut counts = Vec::with_capacity(members.len());
        for member in members {
            counts.push(match &member.inside {
                None => None,
                Some(inside) => self.overflows(&Stand::Inside(inside.clone())).await,
            });
        }
        counts
    }
}

/// The addresses that answered somebody.
fn met(steps: &[Step], answers: &HashMap<usize, Answer>) -> HashSet<(usize, Option<IpAddr>)> {
    let answered = answers.iter().filter(|(_, answer)| answer.is_ok());
    answered.map(|(at, _)| (steps[*at].to, steps[*at].address)).collect()
}

/// Whether both are on the network of the address.
fn near(members: &[Member], step: &Step) -> bool {
    members[step.from].addresses.iter().any(|(network, _)| Some(network) == step.network.as_ref())
}

/// What the kernel had no room for.
struct Counts {
    /// Of each member's listeners.
    queues: Vec<Option<u64>>,
    /// Of neighbours.
    tables: Option<u64>,
}

/// The orders of a group; what cannot be ordered is answered at once.
fn orders(
    members: &[Member],
    steps: &[Step],
    wanted: &[usize],
    forget: &[(usize, Ipv4Addr)],
    within: Duration,
    answers: &mut HashMap<usize, Answer>,
) -> (Vec<(usize, Order)>, Vec<Order>) {
    let mut orders = Vec::with_capacity(wanted.len());
    for at in wanted {
        match order(members, &steps[*at], within) {
            Ok(order) => orders.push((*at, order)),
            Err(miss) => drop(answers.insert(*at, Err(miss))),
        }
    }
    let forget = forget.iter().filter_map(|(who, address)| {
        let from = Stand::Inside(members[*who].inside.clone()?);
        Some(Order { from, ask: Ask::Forget(*address), within: COUNTED })
    });
    (orders, forget.collect())
}

/// What is to be done for a step, or why nothing can be.
fn order(members: &[Member], step: &Step, within: Duration) -> Result<Order, Miss> {
    let (from, to) = (&members[step.from], &members[step.to]);
    let stopped = |member: &Member| {
        let detail = format!("container \"{}\" is not running ({})", member.name, member.status);
        Miss::new(Cause::NotRunning, detail, Duration::ZERO)
    };
    let inside = from.inside.clone().ok_or_else(|| stopped(from))?;
    let address = step.address.ok_or_else(|| stopped(to))?;
    let ask = ask(address, step.question.port, step.question.transport, None);
    Ok(Order { from: Stand::Inside(inside), ask, within })
}

/// The handshake came as far as the listener.
fn full(miss: &Miss) -> Miss {
    Miss { cause: Cause::TimedOut, detail: FULL.to_owned(), after: miss.after }
}

fn lost() -> Miss {
    Miss::new(Cause::NotSent, "the probe was lost inside xnet", Duration::ZERO)
}
