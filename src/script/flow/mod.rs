//! Functions of the script that are called again, later, or several at a time.

mod again;
mod captures;
mod closure;
mod parallel;

pub(super) use again::{retry, wait_for};
pub(super) use closure::{Closure, Taker};
pub(super) use parallel::parallel;
