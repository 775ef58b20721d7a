//! Secrets kept out of what is printed: finds them in bytes as they pass, also when they come in pieces.
//!
//! A pure piece: what is a secret is told to it, and it writes nowhere.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value as Json;

/// What stands in place of a secret.
const MASK: &[u8] = b"***";
/// A line of a secret that spans lines is a secret of its own from this length on: a lone `}` is not.
const LINE: usize = 4;

/// The secrets of a run. Cheap to clone; all clones know the same.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Arc<RwLock<Arc<Patterns>>>);

impl Secrets {
    /// Makes a text a secret; false when it is one already, or empty.
    pub fn add(&self, secret: &str) -> bool {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if secret.is_empty() || known.whole.iter().any(|other| other == secret.as_bytes()) {
            return false;
        }
        let mut patterns = (**known).clone();
        for form in forms(secret) {
            patterns.add(form.into_bytes());
        }
        patterns.whole.push(secret.as_bytes().to_vec());
        *known = Arc::new(patterns);
        true
    }

    fn patterns(&self) -> Arc<Patterns> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The bytes with every secret masked.
    pub fn bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let patterns = self.patterns();
        if !patterns.may_hold(bytes) {
            return Cow::Borrowed(bytes);
        }
        let mut carry = Carry::default();
        let mut out = carry.take(bytes, &patterns);
        out.extend(carry.finish(&patterns));
        Cow::Owned(out)
    }

    /// The text with every secret masked.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // Secrets are whole characters, and so is what is left between them.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// The value with every secret in its texts, keys and numbers masked. It stays JSON, whatever the secrets are.
    pub fn json(&self, value: &Json) -> Json {
        match value {
            Json::String(text) => Json::from(self.text(text)),
            Json::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Json::Object(entries) => {
                entries.iter().map(|(key, value)| (self.text(key).into_owned(), self.json(value))).collect()
            }
            Json::Number(number) => match self.text(&number.to_string()) {
                Cow::Borrowed(_) => value.clone(),
                Cow::Owned(masked) => Json::from(masked),
            },
            Json::Null | Json::Bool(_) => value.clone(),
        }
    }
}

/// A secret as it may be printed: as it is, without the white space around it, line by line, and as errors, JSON and
/// tables write what is no plain text.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    let lines: Vec<&str> = secret.lines().map(str::trim).collect();
    if lines.len() > 1 {
        forms.extend(lines.iter().filter(|line| line.len() >= LINE).map(|line| (*line).to_owned()));
    }
    let trimmed = secret.trim();
    if !trimmed.is_empty() {
        forms.push(trimmed.to_owned());
    }
    for form in forms.clone() {
        let json = Json::from(form.as_str()).to_string();
        forms.push(json[1..json.len() - 1].to_owned());
        forms.push(form.escape_debug().to_string());
        forms.push(super::printable(&form));
    }
    forms
}

#[derive(Debug, Clone)]
struct Patterns {
    whole: Vec<Vec<u8>>,
    /// By their first byte, the longest first.
    by_first: Vec<Vec<Vec<u8>>>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self { whole: Vec::new(), by_first: vec![Vec::new(); 256] }
    }
}

impl Patterns {
    fn add(&mut self, pattern: Vec<u8>) {
        let Some(first) = pattern.first() else { return };
        let bucket = &mut self.by_first[usize::from(*first)];
        if !bucket.contains(&pattern) {
            bucket.push(pattern);
            bucket.sort_by_key(|pattern| std::cmp::Reverse(pattern.len()));
        }
    }

    fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }

    fn bucket(&self, byte: u8) -> &[Vec<u8>] {
        &self.by_first[usize::from(byte)]
    }

    fn may_hold(&self, bytes: &[u8]) -> bool {
        !self.is_empty() && (0..bytes.len()).any(|at| self.longest(&bytes[at..]).is_some())
    }

    /// The length of the longest secret that stands at the beginning.
    fn longest(&self, bytes: &[u8]) -> Option<usize> {
        let first = bytes.first()?;
        self.bucket(*first).iter().find(|pattern| bytes.starts_with(pattern)).map(Vec::len)
    }

    /// Whether what follows could make these bytes a secret, or a longer one.
    fn may_become(&self, bytes: &[u8]) -> bool {
        let Some(first) = bytes.first() else { return false };
        self.bucket(*first).iter().any(|pattern| pattern.len() > bytes.len() && pattern.starts_with(bytes))
    }
}

/// What of a stream is held back, because it may be the beginning of a secret. Shorter than the longest secret.
#[derive(Debug, Default)]
struct Carry {
    held: Vec<u8>,
    /// How many of the held bytes belong to a secret whose mask was given already.
    covered: usize,
}

impl Carry {
    /// Takes the next bytes of the stream and gives what can be told.
    fn take(&mut self, bytes: &[u8], patterns: &Patterns) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        self.give(patterns, false)
    }

    /// The rest, at the end of the stream.
    fn finish(&mut self, patterns: &Patterns) -> Vec<u8> {
        self.give(patterns, true)
    }

    fn give(&mut self, patterns: &Patterns, ended: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.held.len());
        // Secrets that overlap are masked as one: the end of the second would be left otherwise.
        let mut covered = self.covered;
        let mut at = 0;
        while at < self.held.len() {
            let rest = &self.held[at..];
            if !ended && patterns.may_become(rest) {
                break;
            }
            if let Some(length) = patterns.longest(rest) {
                if at >= covered {
                    out.extend_from_slice(MASK);
                }
                covered = covered.max(at + length);
            }
            if at >= covered {
                out.push(self.held[at]);
            }
            at += 1;
        }
        self.held.drain(..at);
        self.covered = covered.saturating_sub(at);
        out
    }
}

/// One stream of bytes on its way out, such as a command's stdout.
#[derive(Debug)]
pub struct Stream {
    secrets: Secrets,
    carry: Carry,
}

impl Stream {
    pub fn new(secrets: &Secrets) -> Self {
        Self { secrets: secrets.clone(), carry: Carry::default() }
    }

    /// Takes the next bytes and gives what of the stream can be shown. What may begin a secret waits for its end.
    pub fn take<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let patterns = self.secrets.patterns();
        if patterns.is_empty() && self.carry.held.is_empty() {
            return Cow::Borrowed(bytes);
        }
        Cow::Owned(self.carry.take(bytes, &patterns))
    }

    /// What is left at the end.
    pub fn finish(&mut self) -> Vec<u8> {
        self.carry.finish(&self.secrets.patterns())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(all: &[&str]) -> Secrets {
        let secrets = Secrets::default();
        for secret in all {
            secrets.add(secret);
        }
        secrets
    }

    /// The whole stream, given in pieces of each length.
    fn in_pieces(secrets: &Secrets, text: &str) -> Vec<String> {
        (1..=text.len())
            .map(|length| {
                let mut stream = Stream::new(secrets);
                let mut out: Vec<u8> =
                    text.as_bytes().chunks(length).flat_map(|piece| stream.take(piece).into_owned()).collect();
                out.extend(stream.finish());
                String::from_utf8(out).unwrap()
            })
            .collect()
    }

    #[track_caller]
    fn masks(all: &[&str], text: &str, wanted: &str) {
        let secrets = secrets(all);
        assert_eq!(secrets.text(text), wanted);
        for pieces in in_pieces(&secrets, text) {
            assert_eq!(pieces, wanted);
        }
    }

    #[test]
    fn a_secret_is_masked_however_it_is_cut() {
        masks(&["hunter2"], "it is hunter2, hunter2hunter2 and hunter", "it is ***, ****** and hunter");
        masks(&["aab"], "aaab aaaab", "a*** aa***");
        masks(&["pässword"], "é pässword ü", "é *** ü");
        masks(&["x"], "axa", "a***a");
        masks(&[], "hunter2", "hunter2");
    }

    #[test]
    fn secrets_within_and_across_each_other_leave_nothing() {
        masks(&["abcd", "cdef"], "-abcdef-", "-***-");
        masks(&["abcd", "abcdefgh"], "abcdefgh abcde", "*** ***e");
        masks(&["bc", "abcd"], "abcd bc abce", "*** *** a***e");
        masks(&["abab"], "ababab", "***");
    }

    #[test]
    fn a_secret_of_lines_is_masked_line_by_line() {
        let key = "-----BEGIN\nMIIEabcd\n}\n-----END\n";
        masks(&[key], "  MIIEabcd\n}\n", "  ***\n}\n");
        masks(&[key], &format!("<{key}>"), "<***>");
    }

    #[test]
    fn a_secret_is_masked_in_the_forms_that_errors_and_json_have() {
        let secret = "a\"b\\c\n\u{7}d";
        let secrets = secrets(&[secret]);
        assert_eq!(secrets.text(&Json::from(secret).to_string()), "\"***\"");
        assert_eq!(secrets.text(&format!("found \"{}\"", secret.escape_debug())), "found \"***\"");
        assert_eq!(secrets.text(&crate::view::printable(secret)), "***");
    }

    #[test]
    fn json_stays_json() {
        let secrets = secrets(&["5432", "e"]);
        let masked = secrets.json(&serde_json::json!({"port": 5432, "name": ["red", true], "n": 1}));
        assert_eq!(masked, serde_json::json!({"port": "***", "nam***": ["r***d", true], "n": 1}));
    }

    #[test]
    fn what_is_held_back_is_shorter_than_the_secret() {
        let secrets = secrets(&["abcdef"]);
        let mut stream = Stream::new(&secrets);
        assert_eq!(&*stream.take(b"xxabc"), b"xx");
        assert_eq!(&*stream.take(b"abc"), b"abc");
        assert_eq!(stream.take(&b"abc".repeat(10_000)).len(), 30_000);
        assert_eq!(stream.finish(), b"abc");
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_left_of_any_secret_however_it_is_cut(
            all in proptest::collection::vec("[ab\n]{1,5}", 1..4),
            text in "[abc\n]{0,24}",
            cut in 0..24usize,
        ) {
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            let secrets = secrets(&all);
            let whole = secrets.text(&text).into_owned();
            for secret in all {
                assert!(!whole.contains(secret), "{secret:?} in {whole:?}");
            }
            let (before, after) = text.split_at(cut.min(text.len()));
            let mut stream = Stream::new(&secrets);
            let mut out = stream.take(before.as_bytes()).into_owned();
            out.extend(stream.take(after.as_bytes()).iter());
            out.extend(stream.finish());
            assert_eq!(String::from_utf8(out).unwrap(), whole);
        }
    }
}
