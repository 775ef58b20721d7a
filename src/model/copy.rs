//! How files are copied into a container and out of it: the options of the copying calls.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

/// The options of `docker.copy_to`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CopyToSpec {
    /// Who owns the copy.
    pub owner: Owner,
}

/// The options of `docker.copy_from`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CopyFromSpec {
    /// Keep links that lead out of what is copied.
    #[serde(alias = "outsideLinks")]
    pub outside_links: bool,
}

/// The options of `docker.write_file`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WriteSpec {
    pub owner: Owner,
    pub mode: Mode,
}

/// User and group by number; root unless said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Owner {
    pub user: u32,
    pub group: u32,
}

/// Permissions, written in octal: `"0640"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode(pub u32);

impl Default for Mode {
    fn default() -> Self {
        Self(0o644)
    }
}

/// `1000:1000`; a user alone has the group of the same number.
fn owner(text: &str) -> Option<Owner> {
    let number = |part: &str| part.parse().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    let (user, group) = text.split_once(':').unwrap_or((text, text));
    Some(Owner { user: number(user)?, group: number(group)? })
}

fn mode(text: &str) -> Option<Mode> {
    let octal = !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    u32::from_str_radix(text, 8).ok().filter(|mode| octal && *mode <= 0o7777).map(Mode)
}

impl<'de> Deserialize<'de> for Owner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OwnerVisitor;
        impl Visitor<'_> for OwnerVisitor {
            type Value = Owner;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a user and a group by number, such as \"1000:1000\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Owner, E> {
                owner(text).ok_or_else(|| E::custom(format!("\"{text}\" is not an owner: write \"1000:1000\"")))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Owner, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(OwnerVisitor)
    }
}

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ModeVisitor;
        impl Visitor<'_> for ModeVisitor {
            type Value = Mode;

            // A number would be read as decimal, and 644 is not what anyone means then.
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("permissions in octal as a string, such as \"0640\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Mode, E> {
                mode(text).ok_or_else(|| E::custom(format!("\"{text}\" is not a mode: write it in octal, \"0640\"")))
            }
        }
        deserializer.deserialize_any(ModeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_numbers() {
        assert_eq!(owner("1000"), Some(Owner { user: 1000, group: 1000 }));
        assert_eq!(owner("1000:20"), Some(Owner { user: 1000, group: 20 }));
        for text in ["", "root", ":", "1:", "+1", "-1", "1:2:3", "99999999999"] {
            assert_eq!(owner(text), None, "{text}");
        }
    }

    #[test]
    fn modes_are_octal() {
        assert_eq!(mode("0640"), Some(Mode(0o640)));
        assert_eq!(mode("4755"), Some(Mode(0o4755)));
        for text in ["", "0o640", "689", "+77", "77777", "rw-r--r--"] {
            assert_eq!(mode(text), None, "{text}");
        }
    }
}
