//! Docker's `.dockerignore`: which files of a folder are not sent with a build.
//!
//! Source: moby/patternmatcher, `patternmatcher.go` and `ignorefile.go`. A pattern leaves out what it matches and all below
//! it, `!` takes back in, and of several that match the last one counts.

/// The patterns of a `.dockerignore`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    /// `!`: what matches goes in after all.
    back_in: bool,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Char(char),
    /// `?`: one character of a name.
    One,
    /// `*`: within a name.
    Star,
    /// `**` at the end: anything.
    Rest,
    /// `**` before more: any number of folders, none too.
    Folders,
    /// `[a-z]`, `[^a-z]`
    Class {
        not: bool,
        ranges: Vec<(char, char)>,
    },
}

/// A line that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: \"{pattern}\" is not a pattern: {why}")]
pub struct IgnoreFault {
    pub line: usize,
    pub pattern: String,
    pub why: &'static str,
}

impl Ignore {
    pub fn parse(text: &str) -> Result<Self, IgnoreFault> {
        let mut patterns = Vec::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let fault = |why| IgnoreFault { line: index + 1, pattern: line.trim().to_owned(), why };
            let (back_in, text) = match line.trim().strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line.trim()),
            };
            if text.is_empty() {
                return Err(fault("`!` needs a pattern after it"));
            }
            let tokens = tokens(&clean(text)).map_err(fault)?;
            patterns.push(Pattern { back_in, tokens });
        }
        Ok(Self { patterns })
    }

    /// Whether a path, relative to the folder and with `/`, is left out.
    pub fn leaves_out(&self, path: &str) -> bool {
        let all: Vec<char> = path.chars().collect();
        let folders = all.iter().enumerate().filter(|(_, c)| **c == '/').map(|(at, _)| at);
        let ends: Vec<usize> = folders.chain([all.len()]).collect();
        let mut out = false;
        for pattern in &self.patterns {
            // Only what changes the answer is looked at.
            if pattern.back_in == out && ends.iter().any(|end| matches(&pattern.tokens, &all[..*end])) {
                out = !pattern.back_in;
            }
        }
        out
    }

    /// Whether something in a folder that is left out may go in after all.
    pub fn takes_back(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.back_in)
    }
}

/// As Go's `path.Clean`, and without a slash at the beginning.
fn clean(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if text.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

fn tokens(text: &str) -> Result<Vec<Token>, &'static str> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                chars.next_if_eq(&'/');
                if chars.peek().is_none() { Token::Rest } else { Token::Folders }
            }
            '*' => Token::Star,
            '?' => Token::One,
            '\\' => Token::Char(chars.next().unwrap_or('\\')),
            '[' => class(&mut chars)?,
            c => Token::Char(c),
        });
    }
    Ok(tokens)
}

fn class(chars: &mut impl Iterator<Item = char>) -> Result<Token, &'static str> {
    const OPEN: &str = "`[` is not closed";
    let mut chars = chars.peekable();
    let not = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        let mut next = || match chars.next().ok_or(OPEN)? {
            '\\' => chars.next().ok_or(OPEN).map(|c| (c, true)),
            c => Ok((c, false)),
        };
        let (low, escaped) = next()?;
        if low == ']' && !escaped && !ranges.is_empty() {
            return Ok(Token::Class { not, ranges });
        }
        let mut high = low;
        if chars.peek() == Some(&'-') {
            chars.next();
            match chars.next().ok_or(OPEN)? {
                // A `-` at the end stands for itself.
                ']' => {
                    ranges.extend([(low, low), ('-', '-')]);
                    return Ok(Token::Class { not, ranges });
                }
                '\\' => high = chars.next().ok_or(OPEN)?,
                c => high = c,
            }
        }
        if high < low {
            return Err("the range goes backwards");
        }
        ranges.push((low, high));
    }
}

/// Whether all of the text matches, in time that grows with the two lengths multiplied.
fn matches(tokens: &[Token], text: &[char]) -> bool {
    // Where in the text what was seen of the pattern may have ended.
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for token in tokens {
        let mut next = vec![false; text.len() + 1];
        let mut open = false;
        for at in 0..=text.len() {
            let before = at.checked_sub(1).map(|last| (ends[last], text[last]));
            next[at] = match token {
                Token::Rest => {
                    open |= ends[at];
                    open
                }
                Token::Star => {
                    open = ends[at] || (open && before.is_some_and(|(_, c)| c != '/'));
                    open
                }
                Token::Folders => {
                    let folder = open && before.is_some_and(|(_, c)| c == '/');
                    open |= ends[at];
                    folder || ends[at]
                }
                Token::One => before.is_some_and(|(ended, c)| ended && c != '/'),
                Token::Char(want) => before.is_some_and(|(ended, c)| ended && c == *want),
                Token::Class { not, ranges } => before.is_some_and(|(ended, c)| {
                    ended && ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *not
                }),
            };
        }
        ends = next;
    }
    ends[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(patterns: &str, path: &str) -> bool {
        Ignore::parse(patterns).unwrap().leaves_out(path)
    }

    /// Pairs from moby's own table of tests, `patternmatcher_test.go`.
    #[test]
    fn patterns_match_as_docker_s_do() {
        for (pattern, path, want) in [
            ("**", "file", true),
            ("**", "dir/file", true),
            ("**/", "file", true),
            ("**/**", "dir/file", true),
            ("dir/**", "dir/file", true),
            ("dir/**", "dir/dir2/file", true),
            ("**/dir", "dir/file", true),
            ("**/dir2/*", "dir/dir2/file", true),
            ("**/dir2/*", "dir/dir2/dir2/file", true),
            ("**file", "dir/file", true),
            ("**/file", "dir/dir/file", true),
            ("**/file*", "dir/file.txt", true),
            ("**/*.txt", "dir/dir/file.txt", true),
            ("**/**/*.txt", "dir/file.txt", true),
            ("a**/*.txt", "a/file.txt", true),
            ("a/*.txt", "a/b/file.txt", false),
            ("a/b/*.txt", "a/file.txt", false),
            ("a[b-d]e", "ae", false),
            ("a[b-d]e", "ace", true),
            ("a[^b-d]e", "aze", true),
            (".*", ".foo", true),
            (".*", "foo", false),
            ("abc.def", "abcdef", false),
            ("abc?def", "abcZdef", true),
            ("a\\*b", "a*b", true),
            ("a\\\\", "a\\", true),
            ("**/foo/bar", "foo/bar", true),
            ("abc/**", "abc", false),
            ("*/*/*", "a/b/c/d", true),
            ("file", "dir/file", false),
            ("/file", "file", true),
            ("./dir/../file", "file", true),
            ("dir", "dir/deep/file", true),
            ("é?", "éa", true),
        ] {
            assert_eq!(out(pattern, path), want, "{pattern} {path}");
        }
    }

    #[test]
    fn the_last_that_matches_counts() {
        let patterns = "# all but the sources\n*\n\n!src\n  src/*.tmp  \n!src/keep.tmp";
        assert!(out(patterns, "readme") && out(patterns, "src/a.tmp"));
        assert!(!out(patterns, "src") && !out(patterns, "src/a.rs") && !out(patterns, "src/keep.tmp"));
        assert!(Ignore::parse(patterns).unwrap().takes_back());
        assert!(!Ignore::parse("a\nb").unwrap().takes_back() && !out("", "a"));
    }

    #[test]
    fn what_is_no_pattern_is_told_with_its_line() {
        for (text, line) in [("a\n!", 2), ("[a", 1), ("\n\n[z-a]", 3), ("[]", 1), ("[a-", 1)] {
            assert_eq!(Ignore::parse(text).unwrap_err().line, line, "{text}");
        }
    }

    #[test]
    fn a_pattern_made_to_be_slow_is_not() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!out(&pattern, &"a".repeat(2000)));
    }
}
