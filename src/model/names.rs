//! Names: the nearest known one to a mistyped one, and the labels by which xnet knows what is its own.

/// Label on everything xnet creates: the project it belongs to.
pub const LABEL_PROJECT: &str = "xnet.project";
/// Label on everything xnet creates: the run that created it.
pub const LABEL_RUN: &str = "xnet.run";
/// Label on what xnet creates for its own work, and not because it was asked to: `agent`.
pub const LABEL_ROLE: &str = "xnet.role";

/// The known name a mistyped one most likely meant, if any is near enough to be worth saying.
///
/// Of two that are as near, the one in Docker's `snake_case` wins. Near means: the same but for case, `_` and `-`; or within a third of its letters by Damerau-Levenshtein distance.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(typed);
    let allowed = (folded.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&folded, &fold(name)), name))
        .filter(|(distance, name)| *distance <= allowed && *distance < fold(name).chars().count().max(1))
        .min_by_key(|(distance, name)| (*distance, name.chars().any(char::is_uppercase)))
        .map(|(_, name)| name)
}

/// `did you mean `x`?` for the nearest known name, or the list of known names when it is short.
pub fn suggestion<'a>(typed: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(name) = nearest(typed, known.clone()) {
        return Some(format!("did you mean `{name}`?"));
    }
    let mut names: Vec<&str> = Vec::new();
    // Docker's other spellings are understood, but one of each is enough to choose from.
    for name in known.into_iter().filter(|name| !name.chars().any(char::is_uppercase)) {
        match names.iter().position(|other| fold(other) == fold(name)) {
            Some(at) if name.len() > names[at].len() => names[at] = name,
            Some(_) => {}
            None => names.push(name),
        }
    }
    match names.len() {
        1..=24 => Some(format!("known here: {}", names.join(", "))),
        _ => None,
    }
}

/// A word that is not one of those that an option takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{option}`: \"{text}\" is not one of {}", known.join(", "))]
pub struct UnknownWord {
    pub option: &'static str,
    pub text: String,
    pub known: &'static [&'static str],
}

impl UnknownWord {
    pub fn hint(&self) -> Option<String> {
        suggestion(&self.text, self.known.iter().copied())
    }
}

/// Refuses a word that is not among those known.
pub(super) fn one_of(
    option: &'static str,
    text: Option<&str>,
    known: &'static [&'static str],
) -> Result<(), UnknownWord> {
    match text {
        Some(text) if !known.contains(&text) => Err(UnknownWord { option, text: text.to_owned(), known }),
        _ => Ok(()),
    }
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let known = ["subnet", "gateway", "ip_range"];
        assert_eq!(nearest("gatway", known), Some("gateway"));
        assert_eq!(nearest("ipRange", known), Some("ip_range"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn a_short_name_is_not_turned_into_any_other() {
        assert_eq!(nearest("x", ["y"]), None);
    }
}
