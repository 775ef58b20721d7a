//! The parameters of a task, and their values.

use super::names::{self, Place};
use super::offers::Offers;
use crate::cli::invocation::Invocation;
use crate::task::{OPTIONS, Param, ParamKind, Task};

/// What may follow a task. `given` are the words that do already; `bare` is whether a `--` does.
pub(super) fn params(
    task: &Task,
    given: &[&str],
    current: &str,
    bare: bool,
    place: &Place,
    invocation: &Invocation,
) -> Offers {
    let named = |name: &str| task.params.iter().find(|param| param.name == name);
    let dashed = current.strip_prefix("--");
    if let Some((name, _)) = dashed.unwrap_or(current).split_once('=') {
        let lead = current.len() - dashed.unwrap_or(current).len();
        let prefix = &current[..=lead + name.len()];
        return named(name).map(|param| values(param, place, invocation).after(prefix)).unwrap_or_default();
    }
    let last = given.last().and_then(|word| word.strip_prefix("--")).and_then(named);
    if let Some(param) = last.filter(|param| param.kind != ParamKind::Bool) {
        return values(param, place, invocation);
    }
    let mut offers = Offers::default();
    for param in task.params.iter().filter(|param| param.kind == ParamKind::List || !is_given(param, given)) {
        let help = param.description.as_deref().unwrap_or_default();
        if !current.starts_with('-') {
            offers.add(format!("{}=", param.name), help);
            continue;
        }
        // Of two of one name it is xnet's.
        if !bare && OPTIONS.contains(&param.name.as_str()) {
            continue;
        }
        offers.add(format!("--{}", param.name), help);
        if param.kind == ParamKind::Bool {
            offers.add(format!("--no-{}", param.name), help);
        }
    }
    offers
}

fn is_given(param: &Param, given: &[&str]) -> bool {
    given.iter().any(|word| {
        let name = word.trim_start_matches("--").split('=').next().unwrap_or_default();
        name == param.name || name.strip_prefix("no-") == Some(&param.name)
    })
}

fn values(param: &Param, place: &Place, invocation: &Invocation) -> Offers {
    let mut offers = Offers::default();
    match param.kind {
        _ if param.secret => {}
        _ if !param.values.is_empty() => offers.all(param.values.iter().cloned()),
        ParamKind::Bool => offers.all(["true", "false"]),
        ParamKind::Container => offers.all(names::containers(place, invocation)),
        ParamKind::Network => offers.all(names::networks(place, invocation)),
        ParamKind::Path => offers.files = true,
        _ => offers.all(param.default.iter().map(|value| value.text.clone()).filter(|text| !text.is_empty())),
    }
    offers
}
