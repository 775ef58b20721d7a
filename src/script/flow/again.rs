//! Functions of the script that are called until they do well: `retry` and `wait_for`.

use rhai::{Dynamic, EvalAltResult, FnPtr, Map, NativeCallContext};

use super::closure::Taker;
use crate::model::duration::seconds;
use crate::model::flow::{RetrySpec, WaitSpec};
use crate::runtime;
use crate::script::context::World;
use crate::script::fault::Fault;
use crate::script::values;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// Calls a function until it throws no more; `when` says of an error whether another try is worth it.
pub(in crate::script) fn retry(
    world: &World,
    context: &NativeCallContext,
    spec: RetrySpec,
    when: Option<FnPtr>,
    function: FnPtr,
) -> Answer<Dynamic> {
    let (mut function, mut when) = (Taker::new(context, function), when.map(|when| Taker::new(context, when)));
    let mut tries = 1;
    loop {
        let attempt = Dynamic::from_int(tries.into());
        let error = match function.call(std::slice::from_ref(&attempt)) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let wanted = is_worth_another(&error)
            && match &mut when {
                Some(when) => holds(&when.call(&[caught(&error), attempt])?)?,
                None => true,
            };
        if !wanted {
            return Err(error);
        }
        if tries >= spec.times.get() {
            return Err(Box::new(tried(*error, tries)));
        }
        world.printer().detail(&format!("retry: try {tries} of {} failed: {}", spec.times, told(&error)));
        pause(world, spec.pause(tries))?;
        tries += 1;
    }
}

fn holds(answer: &Dynamic) -> Result<bool, Fault> {
    answer.as_bool().map_err(|_| {
        let message = format!("retry: `when` must answer true or false, and answered {}", values::a_kind(answer));
        Fault::invalid(message)
    })
}

/// Calls a function until it answers `true`, or a map whose `ok` is; that answer is given.
pub(in crate::script) fn wait_for(
    world: &World,
    context: &NativeCallContext,
    spec: WaitSpec,
    function: FnPtr,
) -> Answer<Dynamic> {
    let outer = world.cancel();
    let mut function = Taker::new(context, function);
    let (mut tries, mut last) = (0_u32, String::from("it has not answered"));
    let asking = |cancel: &runtime::Cancel| {
        world.under(cancel, || {
            loop {
                tries += 1;
                match function.call(&[Dynamic::from_int(tries.into())]) {
                    Ok(answer) if answers(&answer)? => return Ok(answer),
                    Ok(answer) => last = format!("the last answer was {}", values::shown(&answer)),
                    Err(error) if is_worth_another(&error) => last = format!("the last error was: {}", told(&error)),
                    Err(error) => return Err(error),
                }
                pause(world, spec.every.0)?;
            }
        })
    };
    let limited = runtime::limited(&outer, Some(spec.timeout.0), asking);
    let (answer, tripped) = limited.map_err(|error| Fault::new("io", format!("no thread for a timeout: {error}")))?;
    let stopped =
        answer.as_ref().is_err_and(|error| matches!(error.unwrap_inner(), EvalAltResult::ErrorTerminated(..)));
    if tripped && stopped && outer.reason().is_none() {
        let times = if tries == 1 { "once".to_owned() } else { format!("{tries} times") };
        let message = format!("not so within {}, asked {times}; {last}", seconds(spec.timeout.0));
        return Err(Fault::new("timeout", message).into());
    }
    answer
}

/// Whether an answer says that it is so.
fn answers(answer: &Dynamic) -> Result<bool, Fault> {
    if answer.is_unit() {
        return Ok(false);
    }
    let said = answer.read_lock::<Map>().and_then(|map| map.get("ok").and_then(|ok| ok.as_bool().ok()));
    said.or_else(|| answer.as_bool().ok()).ok_or_else(|| {
        let message = format!("wait_for: the function answered {}", values::shown(answer));
        Fault::invalid(message).hint("it answers true once it is so and false until then, or a map with `ok`")
    })
}

fn pause(world: &World, pause: std::time::Duration) -> Result<(), Fault> {
    Ok(runtime::wait(&world.cancel(), async { tokio::time::sleep(pause).await })?)
}

/// Whether it could go well another time. A mistake in the script stays one.
fn is_worth_another(error: &EvalAltResult) -> bool {
    use EvalAltResult as E;
    match error.unwrap_inner() {
        E::ErrorRuntime(value, _) => {
            let kind = value.read_lock::<Map>().and_then(|map| map.get("kind").map(ToString::to_string));
            !matches!(kind.as_deref(), Some("invalid" | "script"))
        }
        E::ErrorVariableNotFound(..)
        | E::ErrorFunctionNotFound(..)
        | E::ErrorModuleNotFound(..)
        | E::ErrorParsing(..)
        | E::ErrorAssignmentToConstant(..) => false,
        other => other.is_catchable(),
    }
}

/// What the script would catch.
fn caught(error: &EvalAltResult) -> Dynamic {
    match error.unwrap_inner() {
        EvalAltResult::ErrorRuntime(value, _) => value.clone(),
        other => Fault::new("script", told(other)).to_map().into(),
    }
}

/// An error in one line.
pub(super) fn told(error: &EvalAltResult) -> String {
    match error.unwrap_inner() {
        EvalAltResult::ErrorRuntime(value, _) => {
            let message = value.read_lock::<Map>().and_then(|map| map.get("message").map(ToString::to_string));
            message.unwrap_or_else(|| value.to_string())
        }
        other => match other.position().line() {
            Some(line) => format!("{} (line {line})", plain(other)),
            None => plain(other),
        },
    }
}

/// The last error, which says how often it was tried.
fn tried(error: EvalAltResult, tries: u32) -> EvalAltResult {
    use EvalAltResult as E;
    let note = if tries == 1 { "tried once".to_owned() } else { format!("tried {tries} times") };
    match error {
        E::ErrorInFunctionCall(name, source, inner, at) => {
            E::ErrorInFunctionCall(name, source, Box::new(tried(*inner, tries)), at)
        }
        E::ErrorInModule(name, inner, at) => E::ErrorInModule(name, Box::new(tried(*inner, tries)), at),
        E::ErrorRuntime(value, at) => E::ErrorRuntime(noted(value, &note), at),
        other => {
            let map = Fault::new("script", format!("{} ({note})", plain(&other))).to_map();
            E::ErrorRuntime(map.into(), other.position())
        }
    }
}

/// The language's words, without the place that it puts at their end.
fn plain(error: &EvalAltResult) -> String {
    let mut words = error.to_string();
    if let Some(at) = words.rfind(" (line ") {
        words.truncate(at);
    }
    words
}

/// What was thrown, with a note in its words; a value without words stays as it is.
fn noted(value: Dynamic, note: &str) -> Dynamic {
    if value.is_string() {
        return format!("{value} ({note})").into();
    }
    match value.clone().flatten().try_cast::<Map>() {
        Some(mut map) if map.contains_key("message") => {
            let message = map.get("message").map(ToString::to_string).unwrap_or_default();
            map.insert("message".into(), format!("{message} ({note})").into());
            map.into()
        }
        _ => value,
    }
}
