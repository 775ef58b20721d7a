//! Asks on the terminal for what is required and was not given.

use std::fmt::Write;
use std::io::{self, IsTerminal};

use super::arguments::from_here;
use super::error::Error;
use super::existing;
use super::model::Task;
use super::param::Param;
use super::params::{Given, missing, values};
use super::schema::ParamKind;
use crate::runtime::prompt::{self, Unanswered};
use crate::script;

/// Whether somebody is there to answer.
pub(super) fn somebody() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for each missing value until it is one; at the end of input the rest stays missing. Elsewhere nothing is asked.
/// Nobody is asked before the values that were given are known to be right.
pub fn ask(task: &Task, given: &mut Given, context: &script::Context) -> Result<(), Error> {
    let missing = missing(task, given)?;
    if missing.is_empty() || !somebody() {
        return Ok(());
    }
    let cancel = &context.cancel;
    existing::check(task, &values(task, given)?, context, cancel)?;
    let base = task.file.base();
    for param in missing {
        let mut question = question(param);
        loop {
            let answer =
                if param.secret { prompt::ask_hidden(&question, cancel) } else { prompt::ask(&question, cancel) };
            let Some(line) = answer.map_err(unanswered)? else { return Ok(()) };
            let text = from_here(param, chosen(param, line));
            match param.read(&text, &base) {
                Ok(_) => {
                    given.push((param.name.clone(), text));
                    break;
                }
                Err(refused) => question = format!("{}\n{}: ", refused.message, param.name),
            }
        }
    }
    Ok(())
}

pub(super) fn unanswered(why: Unanswered) -> Error {
    match why {
        Unanswered::Stopped(stopped) => stopped.into(),
        Unanswered::Io(_) => Error::invalid(why.to_string()),
    }
}

/// Whether values can be chosen by their number.
fn is_choice(param: &Param) -> bool {
    !param.values.is_empty() && param.kind != ParamKind::List && !param.secret
}

fn question(param: &Param) -> String {
    let about = param.description.as_deref().map(|text| format!(" ({})", text.trim())).unwrap_or_default();
    if !is_choice(param) {
        return format!("{}{about}: ", param.name);
    }
    let mut question = format!("{}{about}\n", param.name);
    for (index, value) in param.values.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = writeln!(question, "  {}) {value}", index + 1);
    }
    format!("{question}choose 1-{}: ", param.values.len())
}

/// The value that a number stands for; a value itself stands for itself.
fn chosen(param: &Param, line: String) -> String {
    if !is_choice(param) || param.values.contains(&line) {
        return line;
    }
    let index = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    index.and_then(|index| param.values.get(index).cloned()).unwrap_or(line)
}
