//! Says Rhai's errors in plain words, with the nearest name that the script could have meant.

use rhai::{EvalAltResult, LexError, ParseErrorType, Position};

use super::bind::{self, Entry};
use super::elsewhere;
use crate::model::names;

/// The names that a script can see, for suggestions.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Variables and functions of the script and of the session.
    pub(super) variables: Vec<String>,
    pub(super) functions: Vec<String>,
    /// Keys of the maps that the script holds.
    pub(super) keys: Vec<String>,
    /// Imported modules, by alias, with what they hold: `name(parameters)`.
    pub(super) modules: Vec<(String, Vec<String>)>,
}

/// Whether more text could make it whole: it ends too early, rather than being wrong on the way.
pub(super) fn incomplete(error: &ParseErrorType, position: Position, text: &str) -> bool {
    match error {
        ParseErrorType::UnexpectedEOF => true,
        ParseErrorType::MissingToken(token, _) => {
            matches!(token.as_str(), "}" | ")" | "]" | "{" | ";") && at_end(position, text)
        }
        // A string in quotes ends with its line; only those in backticks go on.
        ParseErrorType::BadInput(LexError::UnterminatedString) => open_to_the_end(position, text),
        ParseErrorType::BadInput(lex) => lex.to_string().contains("not terminated"),
        _ => false,
    }
}

fn offset(position: Position, text: &str) -> usize {
    let Some(line) = position.line() else { return text.len() };
    let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let column = position.position().unwrap_or(1) - 1;
    before + rest.char_indices().nth(column).map_or(rest.len(), |(index, _)| index)
}

/// Whether nothing follows: Rhai puts the end of a text after its last character.
fn at_end(position: Position, text: &str) -> bool {
    text.get(offset(position, text)..).is_none_or(|rest| rest.trim().is_empty())
}

fn open_to_the_end(position: Position, text: &str) -> bool {
    let rest = text.get(offset(position, text)..).unwrap_or_default();
    rest.starts_with('`') || text.trim_end().ends_with('\\')
}

pub(super) fn for_syntax(error: &ParseErrorType) -> Option<String> {
    let hint = match error {
        ParseErrorType::Reserved(word) if word == "export" || word == "import" => {
            "`import` and `export` are statements of the language; images are imported with docker.image.import_tar"
                .into()
        }
        ParseErrorType::Reserved(word) => {
            format!("`{word}` is kept for the language; as a map key write \"{word}\", as a name choose another")
        }
        ParseErrorType::UnexpectedEOF => {
            "it ends in the middle of a statement: a bracket, a quote or an operand is missing".into()
        }
        ParseErrorType::MissingToken(token, _) if token == ";" => {
            "statements end with `;`, a map is written #{key: value}, a function `fn name() { … }`".into()
        }
        // Rhai takes none of its own words after a dot.
        ParseErrorType::PropertyExpected => {
            "words of the language cannot follow a dot; images are imported with docker.image.import_tar".into()
        }
        ParseErrorType::BadInput(LexError::MalformedChar(_)) => "text stands in double quotes: \"text\"".into(),
        ParseErrorType::MissingToken(token, why) if token == "," && why.contains("arguments") => {
            "arguments stand apart by `,`; options are one map: #{name: value, other: value}".into()
        }
        _ => return None,
    };
    Some(hint)
}

pub(super) fn for_runtime(error: &EvalAltResult, known: &Known) -> (String, Option<String>) {
    match error {
        EvalAltResult::ErrorFunctionNotFound(signature, _) => unknown_function(signature, known),
        EvalAltResult::ErrorVariableNotFound(name, _) => {
            (format!("unknown variable `{name}`"), Some(for_variable(name, known)))
        }
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            let all = known.keys.iter().map(String::as_str).chain(bind::RESULT_KEYS.iter().copied());
            let hint = match names::nearest(name, all) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("ask with `\"{name}\" in map`, or take map.get(\"{name}\"), which is () when it is missing")
                }
            };
            (format!("the map has no `{name}`"), Some(hint))
        }
        // Rhai's words are "argument #2 of function 'logs'": the closure has captured what the call is made on.
        EvalAltResult::ErrorDataRace(what, _) if what.starts_with("argument #") => {
            let function = what.split('\'').nth(1).unwrap_or_default();
            let message = format!("the function given to `{function}` uses the value that `{function}` is called on");
            (
                message,
                Some(format!("hand the value over instead, as in docker.{function}(c, …), or use another one inside")),
            )
        }
        EvalAltResult::ErrorStackOverflow(_) => {
            ("functions call each other too deeply".into(), Some("the limit is set by `--max-call-depth`".into()))
        }
        EvalAltResult::ErrorTooManyOperations(_) => {
            ("the script used up its operations".into(), Some("the limit is set by `--max-operations`".into()))
        }
        other => {
            // The position is shown beside it.
            let text = other.to_string();
            let text = text.rfind(" (line ").map_or(text.as_str(), |at| &text[..at]);
            (text.to_owned(), None)
        }
    }
}

fn for_variable(name: &str, known: &Known) -> String {
    if known.variables.iter().any(|variable| variable == name) {
        return "a function does not see variables outside it: hand it over as an argument".into();
    }
    if let Some((_, members)) = known.modules.iter().find(|(alias, _)| alias == name) {
        let first = members.first().map_or("name(…)", String::as_str);
        return format!("what a module holds is written {name}::{first}");
    }
    if let Some(entry) = bind::entries().find(|entry| entry.owner.is_empty() && entry.name == name) {
        return format!("it is a function: {}", entry.usage());
    }
    if let Some(hint) = elsewhere::hint("", &[], name) {
        return hint;
    }
    let all = known.variables.iter().map(String::as_str).chain(bind::GLOBALS.iter().copied());
    match names::nearest(name, all) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("text stands in quotes: \"{name}\"; a variable is made with `let {name} = …;`"),
    }
}

/// `creat (docker.network, &str)`: the name, and the types of what it was given.
fn unknown_function(signature: &str, known: &Known) -> (String, Option<String>) {
    let (path, arguments) = signature.split_once(" (").unwrap_or((signature, ")"));
    if let Some((alias, name)) = path.rsplit_once("::")
        && let Some((_, members)) = known.modules.iter().find(|(known, _)| known == alias)
    {
        return of_module(alias, name, members);
    }
    let name = path;
    let name = name.rsplit("::").next().unwrap_or(name);
    let mut types: Vec<&str> = arguments.trim_end_matches(')').split(", ").filter(|kind| !kind.is_empty()).collect();
    let owner = types.first().copied().filter(|kind| bind::entries().any(|entry| entry.owner == *kind)).unwrap_or("");
    let siblings: Vec<&Entry> = bind::entries().filter(|entry| entry.owner == owner).collect();
    if let Some(entry) = siblings.iter().find(|entry| entry.name == name) {
        if !owner.is_empty() {
            types.remove(0);
        }
        let given: Vec<&str> = types.into_iter().map(plain_type).collect();
        return (
            format!("`{}` cannot be called with ({})", entry.path(), given.join(", ")),
            Some(format!("it is {}", entry.usage())),
        );
    }
    let functions = known.functions.iter().map(String::as_str);
    let candidates: Vec<&str> = if owner.is_empty() {
        siblings.iter().map(|entry| entry.name).chain(functions).collect()
    } else {
        siblings.iter().map(|entry| entry.name).collect()
    };
    if owner.is_empty() {
        let plain: Vec<&str> = types.into_iter().map(plain_type).collect();
        let message = match plain.first() {
            Some(&"map") => format!("a map has no `{name}`"),
            _ => format!("unknown function `{name}({})`", plain.join(", ")),
        };
        let near = || names::nearest(name, candidates).map(|name| format!("did you mean `{name}`?"));
        return (message, whose(name).or_else(near));
    }
    (
        format!("{owner} has no `{name}`"),
        elsewhere::hint(owner, &candidates, name).or_else(|| names::suggestion(name, candidates)),
    )
}

fn of_module(alias: &str, name: &str, members: &[String]) -> (String, Option<String>) {
    let bare = |member: &'_ String| member.split('(').next().unwrap_or_default().to_owned();
    let names: Vec<String> = members.iter().map(bare).collect();
    if let Some(at) = names.iter().position(|member| member == name) {
        return (format!("`{alias}::{name}` cannot be called so"), Some(format!("it is {alias}::{}", members[at])));
    }
    let hint = names::suggestion(name, names.iter().map(String::as_str));
    (format!("the module `{alias}` has no `{name}`"), hint)
}

/// `&str | ImmutableString | String` is a string to whoever writes scripts.
fn plain_type(name: &str) -> &str {
    match name {
        "&str | ImmutableString | String" => "string",
        "i64" => "int",
        "f64" => "float",
        other => other,
    }
}

/// Where a function is that was called on a value that has it not, or on nothing.
fn whose(name: &str) -> Option<String> {
    let has = |owner: &str| bind::entries().any(|entry| entry.owner == owner && entry.name == name);
    let ways = [
        ("docker", format!("docker.{name}(…)")),
        ("Container", format!("docker.container(…).{name}(…)")),
        ("docker.network", format!("docker.network.{name}(…)")),
        ("Network", format!("docker.network.get(…).{name}(…)")),
        ("docker.image", format!("docker.image.{name}(…)")),
    ];
    let ways: Vec<String> = ways.into_iter().filter(|(owner, _)| has(owner)).map(|(_, way)| way).collect();
    (!ways.is_empty()).then(|| format!("write {}", ways.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_instead_is_there() {
        for (owner, word, hint) in elsewhere::WORDS {
            assert!(
                !bind::entries().any(|entry| entry.owner == *owner && entry.name == *word),
                "{owner}.{word} is there itself"
            );
            for call in hint.split("docker.").skip(1).filter(|call| !call.starts_with(char::is_whitespace)) {
                let path =
                    call.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').next().unwrap_or_default();
                let path = format!("docker.{}", path.trim_end_matches('.'));
                assert!(bind::entries().any(|entry| entry.path() == path), "{word}: {path}");
            }
        }
    }
}
