//! Where a shell evaluates a value besides `$((…))`: bash, ksh and zsh read a subscript such as `a[$(…)]` as code wherever
//! they expect a number or the name of a variable.

/// Whether a value is evaluated where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Evaluated {
    #[default]
    No,
    /// By ksh, mksh and zsh.
    Korn,
    Yes,
    /// Another shell reads it as code: see `second_shell`.
    Code,
}

/// The comparisons of a test that evaluate what they compare.
pub(super) const COMPARES: [&str; 6] = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"];

const DECLARES: [&str; 7] = ["declare", "typeset", "local", "export", "readonly", "integer", "float"];

/// Whether a value is the name of a variable, or an expression, for the command it is given to. `before` is the word
/// before it, `word` what of its own word stands before it.
pub(super) fn named(command: &str, before: &str, word: &str, in_test: bool) -> Evaluated {
    let is = |evaluated| if evaluated { Evaluated::Yes } else { Evaluated::No };
    if before.ends_with(['<', '>']) {
        return Evaluated::No;
    }
    if in_test && before == "-v" {
        return Evaluated::Yes;
    }
    match command {
        "let" | "unset" | "mapfile" | "readarray" | "getopts" => Evaluated::Yes,
        "read" => is(!(before.starts_with('-') && before.ends_with(['p', 'd', 't', 'n', 'N', 'i', 'u']))),
        "[" | "test" | "printf" => is(matches!(before, "-v" | "-R")),
        "wait" => is(before == "-p"),
        "exit" | "return" | "shift" | "break" | "continue" => Evaluated::Korn,
        _ if DECLARES.contains(&command) => is(!word.contains('=')),
        _ => Evaluated::No,
    }
}

/// Whether a word of a declaration makes a variable an integer.
pub(super) fn declares_integers(command: &str, word: &str) -> bool {
    let flag = word.starts_with('-') && word.contains(['i', 'E', 'F']);
    DECLARES.contains(&command) && (flag || matches!(command, "integer" | "float"))
}

/// Whether a word that may be a command sets a variable instead.
pub(super) fn assigns(word: &str) -> bool {
    let name = word.trim_start_matches(is_of_name);
    name.len() < word.len() && (name.starts_with(['=', '[']) || name.starts_with("+="))
        || word.starts_with('[') && !matches!(word, "[" | "[[")
}

/// Whether a word begins with a subscript, of a variable or of an element of a list.
pub(super) fn has_subscript(word: &str) -> bool {
    word.trim_start_matches(is_of_name).starts_with('[')
}

/// How long the name of a parameter is, after `${`, with the `!` or `#` before it.
pub(super) fn parameter(text: &str) -> usize {
    let bare = text.strip_prefix(['!', '#']).filter(|rest| rest.starts_with(is_of_name)).unwrap_or(text);
    let rest = bare.trim_start_matches(is_of_name);
    let special = usize::from(rest.len() == bare.len() && bare.starts_with(['@', '*', '#', '?', '$', '!', '-']));
    text.len() - rest.len() + special
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
