//! Where a command gives a value to another shell as code: the text after `sh -c`, what `eval` and `trap` are given, what a
//! shell reads from a here-document or a pipe. What a command keeps in a variable of its own, and programs that are not
//! named here, are not followed.

/// Shells that read their text as POSIX says.
pub(super) const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "busybox"];

/// Programs that run what follows them.
const CARRIERS: [&str; 22] = [
    "sudo",
    "doas",
    "env",
    "timeout",
    "nice",
    "nohup",
    "setsid",
    "stdbuf",
    "nsenter",
    "unshare",
    "chroot",
    "ssh",
    "busybox",
    "ionice",
    "chrt",
    "flock",
    "xargs",
    "docker",
    "podman",
    "nerdctl",
    "kubectl",
    "docker-compose",
];

/// Programs whose `-c` is a text for a shell.
const SWITCHERS: [&str; 5] = ["su", "runuser", "script", "flock", "sg"];

/// Words before a command.
const KEYWORDS: [&str; 15] = [
    "if", "then", "elif", "else", "do", "while", "until", "!", "{", "time", "command", "builtin", "exec", "noglob",
    "in",
];

/// Commands that run nothing of what they are given.
const SAYS: [&str; 7] = ["echo", "printf", "grep", "test", "[", ":", "true"];

/// Commands that give something else than their words.
const FETCHES: [&str; 9] = ["curl", "wget", "cat", "zcat", "docker", "podman", "kubectl", "git", "ssh"];

/// Whether a value at `at` becomes code. `text` begins with its command; `backtick` when a backtick ends it.
pub(super) fn is_code(text: &str, at: usize, backtick: bool) -> bool {
    let pipe = read(text, backtick);
    let (Some(own), later) = (pipe.first(), pipe.get(1..).unwrap_or_default()) else { return false };
    let here = own.iter().find(|word| word.begin <= at && at < word.end);
    let piped = later.iter().any(|command| reads_input(command));
    match here.map(|word| word.role) {
        Some(Role::File) => false,
        Some(Role::Input) => piped || reads_input(own),
        Some(Role::Word) | None => {
            let before: Vec<&str> =
                own.iter().filter(|word| word.role == Role::Word && word.end <= at).map(Word::text).collect();
            let begun = here.map_or("", |word| word.text());
            is_text(&before, begun) || piped && !name(&before).is_some_and(|name| FETCHES.contains(&name))
        }
    }
}

/// Whether what a here-document gives to the command at the beginning of `text` becomes code.
pub(super) fn feeds(text: &str, backtick: bool) -> bool {
    read(text, backtick).iter().any(|command| reads_input(command))
}

/// Whether a command gives on what it is given: its output is its words.
pub(super) fn gives_on(text: &str) -> bool {
    let pipe = read(text, true);
    let words: Vec<&str> = pipe.first().into_iter().flatten().map(Word::text).collect();
    name(&words).is_none_or(|name| matches!(name, "echo" | "printf" | "cat"))
}

/// Whether the word that follows these is a text for a shell; `begun` is that word.
fn is_text(before: &[&str], begun: &str) -> bool {
    let words = command(before);
    let Some(first) = words.first().map(|word| base(word)) else { return false };
    match first {
        "eval" => return true,
        "trap" => return words[1..].iter().all(|word| word.starts_with('-')),
        first if SAYS.contains(&first) => return false,
        _ => {}
    }
    let switches = words.iter().any(|word| SWITCHERS.contains(&base(word)));
    let last = words.last().copied().unwrap_or_default();
    if switches && (is_option_c(last) || last == "--command" || begun.starts_with("--command=")) {
        return true;
    }
    (0..words.len()).any(|index| is_shell(words[index]) && text_follows(&words[index + 1..]))
}

/// Whether these words after the name of a shell end where its text follows.
fn text_follows(words: &[&str]) -> bool {
    let (mut given, mut takes) = (false, false);
    for word in words {
        if takes {
            takes = false;
        } else if word.starts_with(['-', '+']) {
            given |= is_option_c(word);
            takes = takes_word(word);
        } else {
            return false;
        }
    }
    given && !takes
}

/// Whether a command is a shell that reads what it runs from its input.
fn reads_input(own: &[Word]) -> bool {
    let all: Vec<&str> = own.iter().filter(|word| word.role == Role::Word).map(Word::text).collect();
    let words = command(&all);
    let Some(first) = words.first().map(|word| base(word)) else { return false };
    if matches!(first, "." | "source") {
        return words.get(1).is_some_and(|file| matches!(*file, "/dev/stdin" | "-" | "/dev/fd/0" | "/proc/self/fd/0"));
    }
    let carried = CARRIERS.contains(&first)
        && (!matches!(first, "docker" | "podman" | "nerdctl" | "kubectl" | "docker-compose")
            || words.iter().any(|word| matches!(*word, "exec" | "run")));
    let reach = if carried { words.len() } else { 1 };
    let Some(shell) = (0..reach).find(|index| is_shell(words[*index]) && words[*index] != "busybox") else {
        return false;
    };
    let rest = &words[shell + 1..];
    if first == "xargs" {
        return takes_what_xargs_reads(rest);
    }
    let mut takes = false;
    for word in rest {
        if takes {
            takes = false;
        } else if matches!(*word, "-" | "/dev/stdin") {
            return true;
        } else if word.starts_with(['-', '+']) {
            if is_option_c(word) {
                return false;
            }
            if *word == "--" || *word == "-s" {
                return *word == "-s";
            }
            takes = takes_word(word);
        } else {
            return false;
        }
    }
    true
}

/// Whether `xargs sh …` puts what it reads into the text of the shell.
fn takes_what_xargs_reads(rest: &[&str]) -> bool {
    let Some(option) = rest.iter().position(|word| is_option_c(word)) else { return false };
    rest.get(option + 1).is_none_or(|text| text.contains("{}") || text.contains('%'))
}

/// The words of a command from its name on.
fn command<'w, 'a>(words: &'w [&'a str]) -> &'w [&'a str] {
    let skipped = |word: &&&str| KEYWORDS.contains(*word) || sets(word);
    let begin = words.iter().take_while(skipped).count();
    &words[begin..]
}

fn name<'a>(words: &[&'a str]) -> Option<&'a str> {
    command(words).first().map(|word| base(word))
}

/// Whether a word before a command sets a variable for it.
fn sets(word: &str) -> bool {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    rest.len() < word.len() && (rest.starts_with('=') || rest.starts_with("+="))
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

pub(super) fn is_shell(word: &str) -> bool {
    SHELLS.contains(&base(word)) || matches!(word, "$SHELL" | "${SHELL}" | "$BASH" | "${BASH}" | "$0")
}

/// Whether a word is `-c`, `-ec`, `-ce` and the like.
pub(super) fn is_option_c(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|letters| !letters.starts_with('-') && letters.contains('c'))
}

/// Whether an option of a shell takes the word after it.
fn takes_word(word: &str) -> bool {
    matches!(word, "--rcfile" | "--init-file") || !word.starts_with("--") && word.ends_with(['o', 'O'])
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Word,
    /// After `<` or `>`.
    File,
    /// After `<<<`.
    Input,
}

/// A word of a command, without its quotes.
#[derive(Debug)]
struct Word {
    text: String,
    begin: usize,
    end: usize,
    role: Role,
}

impl Word {
    fn text(&self) -> &str {
        &self.text
    }
}

/// The commands of the pipe that `text` begins with, up to where it ends.
fn read(text: &str, backtick: bool) -> Vec<Vec<Word>> {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let (mut pipe, mut at, mut role) = (vec![Vec::new()], 0, Role::Word);
    while at < bytes.len() {
        match byte(at) {
            b' ' | b'\t' | b'\r' => at += 1,
            b'\\' if byte(at + 1) == b'\n' => at += 2,
            b'|' if byte(at + 1) != b'|' => {
                at += if byte(at + 1) == b'&' { 2 } else { 1 };
                at += text[at..].len() - text[at..].trim_start().len();
                pipe.push(Vec::new());
            }
            b'&' if byte(at + 1) == b'>' => at += 1,
            b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'#' => break,
            b'`' if backtick => break,
            b'<' | b'>' if byte(at + 1) != b'(' => {
                let len = text[at..].find(|c| !matches!(c, '<' | '>' | '&' | '-' | '|')).unwrap_or(text.len() - at);
                role = if &text[at..at + len] == "<<<" { Role::Input } else { Role::File };
                at += len;
            }
            _ => {
                let word = word(text, at, backtick, role);
                // The number of what is redirected is no word.
                let number = matches!(byte(word.end), b'<' | b'>') && word.text.bytes().all(|b| b.is_ascii_digit());
                at = word.end.max(at + 1);
                role = Role::Word;
                if let Some(command) = pipe.last_mut().filter(|_| !number) {
                    command.push(word);
                }
            }
        }
    }
    pipe
}

fn word(text: &str, begin: usize, backtick: bool, role: Role) -> Word {
    let bytes = text.as_bytes();
    let (mut at, mut bare) = (begin, Vec::new());
    while let Some(byte) = bytes.get(at).copied() {
        let end = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b')' => break,
            b'<' | b'>' if bytes.get(at + 1) != Some(&b'(') => break,
            b'(' if at == begin => break,
            b'`' if backtick => break,
            b'\\' => {
                bare.extend(bytes.get(at + 1).filter(|byte| **byte != b'\n'));
                at += 2;
                continue;
            }
            b'\'' | b'"' => {
                let end = if byte == b'"' { double(bytes, at + 1) } else { single(bytes, at + 1) };
                bare.extend_from_slice(bytes.get(at + 1..end.saturating_sub(1)).unwrap_or_default());
                at = end;
                continue;
            }
            b'`' => backticks(bytes, at + 1),
            b'(' => parentheses(bytes, at + 1),
            b'{' if at > begin && bytes[at - 1] == b'$' => braces(bytes, at + 1),
            _ => at + 1,
        };
        bare.extend_from_slice(bytes.get(at..end).unwrap_or_default());
        at = end;
    }
    Word { text: String::from_utf8_lossy(&bare).into_owned(), begin, end: at.min(bytes.len()), role }
}

/// Each gives where what was opened before `at` is closed.
fn single(bytes: &[u8], at: usize) -> usize {
    let found = bytes.get(at..).unwrap_or_default().iter().position(|byte| *byte == b'\'');
    found.map_or(bytes.len(), |found| at + found + 1)
}

fn backticks(bytes: &[u8], at: usize) -> usize {
    until(bytes, at, b'`')
}

fn double(bytes: &[u8], at: usize) -> usize {
    until(bytes, at, b'"')
}

fn parentheses(bytes: &[u8], at: usize) -> usize {
    until(bytes, at, b')')
}

fn braces(bytes: &[u8], at: usize) -> usize {
    until(bytes, at, b'}')
}

/// What is open within what is open is kept on a stack of its own: a text may nest as deep as it likes.
fn until(bytes: &[u8], mut at: usize, close: u8) -> usize {
    let mut open = vec![close];
    while let (Some(byte), Some(close)) = (bytes.get(at).copied(), open.last().copied()) {
        let quoted = close == b'"';
        let dollar = at > 0 && bytes[at - 1] == b'$';
        at += 1;
        match byte {
            byte if byte == close => {
                open.pop();
            }
            b'\\' => at += 1,
            b'\'' if !quoted && close != b'`' => at = single(bytes, at),
            b'"' | b'`' => open.push(byte),
            b'(' if !quoted || dollar => open.push(b')'),
            b'{' if dollar => open.push(b'}'),
            _ => {}
        }
    }
    at.min(bytes.len())
}
