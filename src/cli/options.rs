//! Which words of a command line are xnet's own options, and which belong to the task that is run.
//!
//! One rule: up to a `--`, a word that is an option of `xnet run` is that, before the task and after it. Every other word
//! after the task, and every word after the `--`, is the task's.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};

/// The options of a command with the global ones of the whole, in the order of the help.
pub(super) fn of<'a>(root: &'a Command, command: &'a Command) -> Vec<&'a Arg> {
    let nested = command.get_name() != root.get_name();
    let global = root.get_arguments().filter(move |option| nested && option.is_global_set());
    command.get_arguments().chain(global).filter(|option| !option.is_positional() && !option.is_hide_set()).collect()
}

/// The option that a word is: `--name`, `--name=value`, `-n`, `-nvalue`, or several short ones such as `-qy`, of which the
/// last counts. With it the value that stands in the word.
pub(super) fn option<'a, 'w>(options: &[&'a Arg], word: &'w str) -> Option<(&'a Arg, Option<&'w str>)> {
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        return options.iter().find(|option| option.get_long() == Some(name)).map(|option| (*option, value));
    }
    let letters = word.strip_prefix('-')?;
    let mut found = None;
    for (at, letter) in letters.char_indices() {
        let option = *options.iter().find(|option| option.get_short() == Some(letter))?;
        let rest = &letters[at + letter.len_utf8()..];
        if option.get_action().takes_values() {
            let value = Some(rest.strip_prefix('=').unwrap_or(rest)).filter(|_| !rest.is_empty());
            return Some((option, value));
        }
        found = Some((option, None));
    }
    found
}

/// Whether the value of an option is the next word.
fn waits((option, value): (&Arg, Option<&str>)) -> bool {
    value.is_none() && option.get_action().takes_values()
}

/// The words of a command line with xnet's options before the task that `xnet run` is to run; any other line as it is.
pub(super) fn before_the_task(root: &Command, words: Vec<OsString>) -> Vec<OsString> {
    let Some(task) = task(root, &words) else { return words };
    let ended = words[task - 1] == "--";
    let mut ordered = words[..task - usize::from(ended)].to_vec();
    let (own, theirs) = if ended { (Vec::new(), words[task + 1..].to_vec()) } else { split(root, &words[task + 1..]) };
    ordered.extend(own);
    // The first `--` is clap's; one among the task's words stays there.
    ordered.push(OsString::from("--"));
    ordered.push(words[task].clone());
    ordered.extend(theirs);
    ordered
}

/// Where the task stands among the words of an `xnet run`.
fn task(root: &Command, words: &[OsString]) -> Option<usize> {
    let (mut command, mut at) = (root, 1);
    loop {
        let word = words.get(at)?.to_str();
        let is_run = command.get_name() == "run";
        match word {
            Some("--") => return (is_run && at + 1 < words.len()).then_some(at + 1),
            Some(word) if word.len() > 1 && word.starts_with('-') => {
                at += 1 + usize::from(waits(option(&of(root, command), word)?));
            }
            _ if is_run => return Some(at),
            Some("run") => {
                command = root.find_subcommand("run")?;
                at += 1;
            }
            _ => return None,
        }
    }
}

/// What stands after the task: xnet's options, and the task's words.
fn split(root: &Command, words: &[OsString]) -> (Vec<OsString>, Vec<OsString>) {
    let options = root.find_subcommand("run").map(|run| of(root, run)).unwrap_or_default();
    let (mut own, mut theirs, mut without_value) = (Vec::new(), Vec::new(), Vec::new());
    let mut words = words.iter().peekable();
    while let Some(word) = words.next_if(|word| *word != "--") {
        let Some(found) = word.to_str().and_then(|word| option(&options, word)) else {
            let next = words.peek().and_then(|next| next.to_str());
            let alone = is_named(word) && next.is_some_and(|next| option(&options, next).is_some());
            // What comes after xnet's option is not its value.
            if alone { &mut without_value } else { &mut theirs }.push(word.clone());
            continue;
        };
        own.push(word.clone());
        if waits(found) {
            own.extend(words.next_if(|word| *word != "--").cloned());
        }
    }
    theirs.extend(without_value);
    theirs.extend(words.cloned());
    (own, theirs)
}

/// `--name`, whose value may be the next word.
fn is_named(word: &OsStr) -> bool {
    word.to_str().is_some_and(|word| word.starts_with("--") && !word.contains('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;
    use crate::task;

    #[track_caller]
    fn ordered(line: &str, wanted: &str) {
        let words = line.split(' ').map(OsString::from).collect();
        let ordered = before_the_task(&command(), words);
        let shown: Vec<_> = ordered.iter().map(|word| word.to_string_lossy()).collect();
        assert_eq!(shown.join(" "), wanted, "{line}");
    }

    #[test]
    fn options_after_the_task_go_before_it() {
        ordered("xnet tasks x --json", "xnet tasks x --json");
        ordered("xnet run --json", "xnet run --json");
        ordered("xnet run t", "xnet run -- t");
        ordered("xnet run t a=1 --json -C dir b=2", "xnet run --json -C dir -- t a=1 b=2");
        ordered("xnet -C run run -j4 t -qy --color=never x", "xnet -C run run -j4 -qy --color=never -- t x");
        ordered("xnet run t --name --json x=1", "xnet run --json -- t x=1 --name");
        ordered("xnet run t --name -3 -x", "xnet run -- t --name -3 -x");
        ordered("xnet run t --dry-run -- --json", "xnet run --dry-run -- t -- --json");
        ordered("xnet run -- t --json", "xnet run -- t --json");
        ordered("xnet run t --output", "xnet run --output -- t");
        ordered("xnet run t --output -- x", "xnet run --output -- t -- x");
        ordered("xnet --nonsense run t --json", "xnet --nonsense run t --json");
    }

    #[test]
    fn the_tasks_know_the_options_of_xnet() {
        let root = command();
        let run = root.find_subcommand("run").unwrap();
        let mut names: Vec<_> = of(&root, run).iter().filter_map(|option| option.get_long()).collect();
        names.sort_unstable();
        let mut known = task::OPTIONS.to_vec();
        known.sort_unstable();
        assert_eq!(names, known);
    }
}
