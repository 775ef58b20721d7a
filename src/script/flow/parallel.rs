//! Functions of the script on several threads at a time.

use std::sync::{Mutex, PoisonError};

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, NativeCallContext};

use super::again::told;
use super::captures;
use super::closure::Taker;
use crate::model::flow::ParallelSpec;
use crate::runtime::pool::{Width, permitted};
use crate::script::context::World;
use crate::script::fault::Fault;
use crate::script::values;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// Elements of a list that are worked on at a time.
const USUAL: usize = 16;
/// How many of the other errors are told.
const TOLD: usize = 20;

/// What went wrong: the first error, and how many came after it.
#[derive(Default)]
struct Failed {
    first: Option<Box<EvalAltResult>>,
    others: usize,
}

/// Calls each function, or one function with each element, and gives the values in order. The first error is thrown, the
/// others are told.
pub(in crate::script) fn parallel(
    world: &World,
    context: &NativeCallContext,
    list: &[Dynamic],
    function: Option<&FnPtr>,
    spec: ParallelSpec,
) -> Answer<Array> {
    let width = spec.limit.map(|limit| usize::from(limit.get()));
    let width = width.unwrap_or(if function.is_some() { USUAL } else { usize::MAX });
    let mut functions = match function {
        Some(function) => vec![function.clone()],
        None => list.iter().enumerate().map(is_function).collect::<Result<Vec<_>, Fault>>()?,
    };
    captures::part(context, &mut functions);
    let (cancel, failed) = (world.cancel(), Mutex::new(Failed::default()));
    let call = |index: usize| {
        let begun = failed.lock().unwrap_or_else(PoisonError::into_inner).first.is_none();
        if !begun && spec.fail_fast || cancel.reason().is_some() {
            return Dynamic::UNIT;
        }
        let called = world.under(&cancel, || match function {
            Some(_) => Taker::new(context, functions[0].clone()).call(&[list[index].clone(), index_of(index)]),
            None => Taker::new(context, functions[index].clone()).call(&[]),
        });
        called.unwrap_or_else(|error| {
            failed.lock().unwrap_or_else(PoisonError::into_inner).take(world, index, error);
            Dynamic::UNIT
        })
    };
    let width = Width { most: width, stack: Some(world.context().limits.stack()) };
    let values = permitted(world.threads(), width, list.len(), call);
    if let Some(reason) = cancel.reason() {
        return Err(Fault::stop(reason).into());
    }
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner).first {
        Some(error) => Err(error),
        None => Ok(values.into_iter().map(Dynamic::flatten).collect()),
    }
}

impl Failed {
    fn take(&mut self, world: &World, index: usize, error: Box<EvalAltResult>) {
        let stopped = matches!(error.unwrap_inner(), EvalAltResult::ErrorTerminated(..));
        if self.first.is_none() {
            self.first = Some(error);
        } else if !stopped {
            self.others += 1;
            if self.others <= TOLD {
                world.printer().warn(&format!("parallel: element {index} failed too: {}", told(&error)));
            } else if self.others == TOLD + 1 {
                world.printer().warn("parallel: more elements failed, which are not told");
            }
        }
    }
}

fn is_function((index, value): (usize, &Dynamic)) -> Result<FnPtr, Fault> {
    value.clone().flatten().try_cast::<FnPtr>().ok_or_else(|| {
        let fault = Fault::invalid(format!("parallel: element {index} is {}, and no function", values::a_kind(value)));
        fault.hint("parallel([|| one(), || two()]), or parallel(list, |element| …)")
    })
}

fn index_of(index: usize) -> Dynamic {
    Dynamic::from_int(i64::try_from(index).unwrap_or(i64::MAX))
}
