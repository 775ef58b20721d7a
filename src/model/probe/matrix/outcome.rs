//! What a matrix found.

use std::net::IpAddr;

use serde::Serialize;

use super::plan::{Member, Step};
use crate::model::probe::expect::is_open;
use crate::model::probe::order::Found;
use crate::model::probe::place::Transport;
use crate::model::probe::reach::millis;
use crate::model::probe::verdict::{Cause, Miss};

/// The verdict on one address of one pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    pub from: String,
    pub to: String,
    pub network: Option<String>,
    pub address: Option<IpAddr>,
    pub protocol: Transport,
    pub port: Option<u16>,
    pub ok: bool,
    /// Whether anything came back, so that the way there is open: a refusal does too.
    pub reached: bool,
    pub cause: Cause,
    pub latency_ms: Option<f64>,
    pub message: String,
}

/// A whole matrix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Matrix {
    /// The names, in the order of rows and columns.
    pub containers: Vec<String>,
    /// Of these, those that run without an address of their own: they ask, and nobody can ask them.
    pub without_address: Vec<String>,
    /// Everybody was asked, and everybody answered.
    pub all_ok: bool,
    /// Cells that answered.
    pub ok: usize,
    pub failed: usize,
    pub total: usize,
    /// Without reading the engine's lists.
    pub duration_ms: f64,
    pub cells: Vec<Cell>,
    /// The cells that did not answer.
    pub failures: Vec<Cell>,
}

impl Cell {
    pub fn of(members: &[Member], step: &Step, answer: Result<Found, Miss>) -> Self {
        let (cause, latency, message) = match answer {
            Ok(found) => (Cause::Reachable, found.latency(), String::new()),
            Err(miss) => (miss.cause, None, miss.detail),
        };
        Self {
            from: members[step.from].name.clone(),
            to: members[step.to].name.clone(),
            network: step.network.clone(),
            address: step.address,
            protocol: step.question.transport,
            port: step.question.port,
            ok: cause == Cause::Reachable,
            reached: is_open(cause),
            cause,
            latency_ms: latency.map(millis),
            message,
        }
    }
}

impl Matrix {
    pub fn new(members: &[Member], mut cells: Vec<Cell>, duration: std::time::Duration) -> Self {
        let bare: Vec<String> = members
            .iter()
            .filter(|member| member.inside.is_some() && member.addresses.is_empty())
            .map(|member| member.name.clone())
            .collect();
        let containers: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
        let place = |name: &str| containers.iter().position(|known| known == name);
        cells.sort_by_cached_key(|cell| {
            (place(&cell.from), place(&cell.to), cell.protocol, cell.port, cell.network.clone(), cell.address)
        });
        let failures: Vec<Cell> = cells.iter().filter(|cell| !cell.ok).cloned().collect();
        Self {
            all_ok: failures.is_empty() && bare.is_empty() && !cells.is_empty(),
            ok: cells.len() - failures.len(),
            failed: failures.len(),
            total: cells.len(),
            duration_ms: millis(duration),
            without_address: bare,
            containers,
            cells,
            failures,
        }
    }
}
