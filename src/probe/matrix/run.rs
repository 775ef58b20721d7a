//! A matrix is asked in rounds: what the load itself may have spoilt is asked again, with less of it.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::members::fault;
use crate::model::probe::matrix::outcome::{Cell, Matrix};
use crate::model::probe::matrix::plan::{Member, Step, plan};
use crate::model::probe::matrix::spec::MatrixSpec;
use crate::model::probe::order::{Answer, Ask, Found, Order, Stand};
use crate::model::probe::place::Transport;
use crate::model::probe::reach::ask;
use crate::model::probe::verdict::{Cause, Miss};
use crate::probe::error::Error;
use crate::probe::prober::Prober;

/// Orders handed to the agent at a time, which lets fewer through where its machine cannot hold so many.
const UNDER_WAY: usize = 4096;
/// Of those that are asked again.
const GENTLY: usize = 64;
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
        let before = self.overflows(&members).await;
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

    /// Asks again what was silent at listeners whose queues were full, and what this machine could not send.
    async fn again(
        &self,
        members: &[Member],
        steps: &[Step],
        answers: &mut HashMap<usize, Answer>,
        within: Duration,
        mut before: Vec<Option<u64>>,
    ) {
        for _ in 0..ROUNDS {
            let now = self.overflows(members).await;
            let crowded = |to: usize| now[to].zip(before[to]).is_some_and(|(now, before)| now > before);
            let doubtful = |at: &usize| match answers.get(at) {
                Some(Err(miss)) if miss.cause == Cause::NotSent => miss.after > Duration::ZERO,
                Some(Err(miss)) if miss.cause == Cause::Filtered => {
                    steps[*at].question.transport == Transport::Tcp && crowded(steps[*at].to)
                }
                _ => false,
            };
            let doubtful: Vec<usize> = (0..steps.len()).filter(doubtful).collect();
            if doubtful.is_empty() {
                return;
            }
            sleep(PAUSE).await;
            before = now;
            let round = self.round(members, steps, &doubtful, within, GENTLY).await;
            let better = round.values().any(Result::is_ok);
            answers.extend(round);
            if !better {
                break;
            }
        }
        let now = self.overflows(members).await;
        for (at, answer) in answers.iter_mut() {
            let to = steps[*at].to;
            let stuck = now[to].zip(before[to]).is_some_and(|(now, before)| now > before);
            if let Err(miss) = answer
                && stuck
                && miss.cause == Cause::Filtered
                && steps[*at].question.transport == Transport::Tcp
            {
                *miss = full(miss);
            }
        }
    }

    /// Asks some of the steps, so many at a time. Dropped, it ends all of them.
    async fn round(
        &self,
        members: &[Member],
        steps: &[Step],
        wanted: &[usize],
        within: Duration,
        at_once: usize,
    ) -> HashMap<usize, Answer> {
        let (mut under_way, mut answers) = (JoinSet::new(), HashMap::with_capacity(wanted.len()));
        let mut waiting = wanted.iter();
        loop {
            while under_way.len() < at_once
                && let Some(at) = waiting.next()
            {
                match order(members, &steps[*at], within) {
                    Ok(order) => {
                        let (prober, at) = (self.clone(), *at);
                        under_way.spawn(async move { (at, prober.ask(order).await) });
                    }
                    Err(miss) => drop(answers.insert(*at, Err(miss))),
                }
            }
            match under_way.join_next().await {
                Some(Ok((at, answer))) => drop(answers.insert(at, answer)),
                // Reported as lost.
                Some(Err(_)) => {}
                None => return answers,
            }
        }
    }

    /// How many handshakes each container has dropped so far because a listener's queue was full, where it can be known.
    async fn overflows(&self, members: &[Member]) -> Vec<Option<u64>> {
        let mut counts = Vec::with_capacity(members.len());
        for member in members {
            let count = match &member.inside {
                None => None,
                Some(inside) => {
                    let from = Stand::Inside(inside.clone());
                    match self.ask(Order { from, ask: Ask::Overflows, within: COUNTED }).await {
                        Ok(Found::Overflows(count)) => Some(count),
                        _ => None,
                    }
                }
            };
            counts.push(count);
        }
        counts
    }
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
    let detail = "it was reached, but the queue of its listener is full: nothing accepts".to_owned();
    Miss { cause: Cause::TimedOut, detail, after: miss.after }
}

fn lost() -> Miss {
    Miss::new(Cause::NotSent, "the probe was lost inside xnet", Duration::ZERO)
}
