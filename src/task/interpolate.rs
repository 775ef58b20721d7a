//! References to values, resolved: in shell text they become environment variables, elsewhere plain text.
//!
//! A value never becomes part of a shell text, so no shell reads what it holds as code. Where a shell evaluates what it is
//! given, as in `$((…))` or `[[ … -gt 1 ]]`, only numbers are let through: see `evaluates` and `check`. What a command puts
//! into a shell variable of its own and evaluates later is not followed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::evaluates::Evaluated;
use super::reference::{Fault, Reference};
use super::shell_text::{Piece, Quoting, split};

/// The kernel's bound on one environment variable, name and all.
const LONGEST: usize = 128 * 1024 - 64;

/// A shell text in which values are only referred to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ShellText {
    pub(super) text: String,
    /// What the text refers to.
    pub(super) env: Vec<(String, OsString)>,
}

/// Rewrites a shell text so that it refers to its values.
pub(super) fn shell(
    text: &str,
    registered: &BTreeSet<String>,
    resolve: &mut dyn FnMut(&Reference) -> Result<Vec<u8>, String>,
) -> Result<ShellText, Fault> {
    let mut out = ShellText { text: String::with_capacity(text.len()), env: Vec::new() };
    let mut seen: Vec<(Reference, String)> = Vec::new();
    for piece in split(text, registered)? {
        let (reference, quoting, offset, len) = match piece {
            Piece::Text(text) => {
                out.text.push_str(&text);
                continue;
            }
            Piece::Value { reference, quoting, offset, len, .. } => (reference, quoting, offset, len),
        };
        let fault = |message| Fault { offset, len, message, hint: None };
        let known = seen.iter().find(|(known, _)| *known == reference).map(|(_, variable)| variable.clone());
        let variable = if let Some(variable) = known {
            variable
        } else {
            let value = resolve(&reference).map_err(fault)?;
            travels(&value).map_err(fault)?;
            let variable = format!("XNET_VALUE_{}", out.env.len() + 1);
            out.env.push((variable.clone(), OsString::from_vec(value)));
            seen.push((reference, variable.clone()));
            variable
        };
        let (open, close) = match quoting {
            Quoting::Bare => ("\"${", "}\""),
            Quoting::Double | Quoting::Arithmetic => ("${", "}"),
            Quoting::Single => ("'\"${", "}\"'"),
        };
        out.text.extend([open, &variable, close]);
    }
    Ok(out)
}

/// Whether a value can be an environment variable.
fn travels(value: &[u8]) -> Result<(), String> {
    if value.contains(&0) {
        return Err(String::from("the value holds a NUL byte, which no command can be given"));
    }
    if value.len() > LONGEST {
        let length = value.len();
        return Err(format!(
            "the value is {length} bytes long; a command can be given {LONGEST}: use a file or a script"
        ));
    }
    Ok(())
}

/// Whether a command can be given these variables: one that is too long would be told as if the shell could not start.
pub(super) fn all_travel(variables: &[(String, OsString)]) -> Result<(), String> {
    let told = |(name, value): &(String, OsString)| {
        travels(value.as_bytes()).map_err(|message| format!("the variable `{name}`: {message}"))
    };
    variables.iter().try_for_each(told)
}

/// All references of a shell text, with what becomes of each and where it stands.
pub(super) fn in_shell(
    text: &str,
    registered: &BTreeSet<String>,
) -> Result<Vec<(Reference, Evaluated, usize, usize)>, Fault> {
    let pieces = split(text, registered)?.into_iter();
    Ok(pieces
        .filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Value { reference, evaluated, offset, len, .. } => Some((reference, evaluated, offset, len)),
        })
        .collect())
}

/// A text that no shell reads, in parts: literal, or a reference with its place.
pub(super) enum Part<'a> {
    Literal(&'a str),
    Value(Reference, usize, usize),
}

/// Splits a text that no shell reads. `\${` stands for `${`.
pub(super) fn parts<'a>(text: &'a str, registered: &BTreeSet<String>) -> Result<Vec<Part<'a>>, Fault> {
    let mut parts = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("${")).map(|found| at + found) {
        at = found + 2;
        let escaped = text[..found].ends_with('\\');
        let (reference, len) = match Reference::at(text, found, registered) {
            Ok(Some(reference)) => reference,
            Ok(None) => continue,
            // Meant as it is.
            Err(_) if escaped => {
                parts.push(Part::Literal(&text[copied..found - 1]));
                copied = found;
                continue;
            }
            Err(fault) => return Err(fault),
        };
        parts.push(Part::Literal(&text[copied..found - usize::from(escaped)]));
        copied = found;
        at = found + len;
        if !escaped {
            parts.push(Part::Value(reference, found, len));
            copied = at;
        }
    }
    parts.push(Part::Literal(&text[copied..]));
    Ok(parts)
}

/// The text with every value put in.
pub(super) fn plain(
    text: &str,
    registered: &BTreeSet<String>,
    resolve: &mut dyn FnMut(&Reference) -> Result<Vec<u8>, String>,
) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    for part in parts(text, registered)? {
        match part {
            Part::Literal(literal) => out.push_str(literal),
            Part::Value(reference, offset, len) => {
                let fault = |message: String| Fault { offset, len, message, hint: None };
                let value = resolve(&reference).map_err(fault)?;
                let value = String::from_utf8(value).map_err(|_| fault(String::from("the value is not UTF-8 text")))?;
                out.push_str(&value);
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::task::reference::Target;

    const HOSTILE: &[&str] = &[
        "x; touch /tmp/owned",
        "$(touch /tmp/owned)",
        "`touch /tmp/owned`",
        "\"",
        "'",
        "'; touch /tmp/owned; '",
        "\"; touch /tmp/owned; \"",
        "a\nb\n",
        "*",
        "-n",
        "--help",
        "",
        " two  words ",
        "\\",
        "a\\",
        "\\n",
        "${HOME}",
        "$HOME",
        "${XNET_VALUE_1}",
        "&& touch /tmp/owned",
        "| touch /tmp/owned",
        "> /tmp/owned",
        "#comment",
        "~",
        "!!",
        "%s%n",
        "é ü 漢",
        "\u{1b}[31m",
        "EOF",
        "a\nEOF\ntouch /tmp/owned",
        "}",
        ")",
        "))",
        "a=b",
        "\t",
        "\r\n",
        "?[a-z]",
        "{a,b}",
        "a[$(touch /tmp/owned)]",
    ];

    fn values(value: &str) -> impl FnMut(&Reference) -> Result<Vec<u8>, String> {
        move |reference| match &reference.target {
            Target::Param(name) if name == "x" => Ok(value.as_bytes().to_vec()),
            other => Err(format!("{other:?}")),
        }
    }

    fn rewritten(text: &str) -> String {
        shell(text, &BTreeSet::new(), &mut values("v")).unwrap().text
    }

    fn stdout(shell_text: &ShellText, program: &str) -> Vec<u8> {
        let env = shell_text.env.iter().map(|(name, value)| (name, value));
        let output = Command::new(program).arg("-c").arg(&shell_text.text).envs(env).output().unwrap();
        assert!(output.stderr.is_empty(), "{shell_text:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Each text prints exactly the value, between brackets.
    const CONTEXTS: &[&str] = &[
        "printf '[%s]' ${params.x}",
        "printf '[%s]' \"${params.x}\"",
        "printf '[%s]' '${params.x}'",
        "printf '%s' [${params.x}]",
        "printf '%s' '[${params.x}]'",
        "printf '%s' \"[${params.x}]\"",
        "v=${params.x}; printf '[%s]' \"$v\"",
        "v='${params.x}'; printf '[%s]' \"$v\"",
        "printf '[%s]' \"${UNSET_HERE:-${params.x}}\"",
        "printf '[%s]' ${UNSET_HERE:-${params.x}}",
        "case ${params.x} in z) ;; *) printf '[%s]' ${params.x};; esac",
        "f() { printf '[%s]' \"$1\"; }; f ${params.x}",
        "(printf '[%s]' ${params.x}) # a comment with ' and ${params.x}",
        "for i in ${params.x}; do printf '[%s]' \"$i\"; done",
        "printf '[%s]' \\\n  ${params.x}",
        "if true; then printf '[%s]' ${params.x}; fi",
        "printf '[%s]' \"$(printf %s ${params.x}; printf .)\" | sed '$s/\\.]$/]/'",
        "printf '[%s]' \"$(printf %s \"${params.x}\"; printf .)\" | sed '$s/\\.]$/]/'",
        "printf '[%s]' \"$(printf %s '${params.x}'; printf .)\" | sed '$s/\\.]$/]/'",
        "printf '[%s]' \"$(case a in (b) ;; a) printf %s ${params.x};; esac; printf .)\" | sed '$s/\\.]$/]/'",
        "printf '[%s]' \"$(case a in a) printf %s '${params.x}';; esac; printf .)\" | sed '$s/\\.]$/]/'",
        "printf '[%s]' \"`printf %s ${params.x}; printf .`\" | sed '$s/\\.]$/]/'",
        "printf '[%s]' \"`printf %s \"${params.x}\"; printf .`\" | sed '$s/\\.]$/]/'",
        "printf '[%s]' \"`printf %s \\\"${params.x}\\\"; printf .`\" | sed '$s/\\.]$/]/'",
        "printf '[%s]' \"`printf %s '${params.x}'; printf .`\" | sed '$s/\\.]$/]/'",
        "v=`printf %s ${params.x}; printf .`; printf '[%s]' \"${v%.}\"",
        "v=$(cat <<EOF\n[${params.x}]\nEOF\n); printf %s \"$v\"",
        "v=$(cat <<EOF\n$(printf '[%s]' ${params.x})\nEOF\n); printf %s \"$v\"",
        "v=$(cat <<-EOF\n\t[${params.x}]\n\tEOF\n); printf %s \"$v\"",
        "cat <<A - <<B >/dev/null\n${params.x}\nA\n'${params.x}\nB\nprintf '[%s]' ${params.x}",
        "cat <<'A' >/dev/null\n' \" ` $( \\${params.x}\nA\nprintf '[%s]' ${params.x}",
        "echo \"$((1 + (2)))\" >/dev/null; printf '[%s]' ${params.x}",
        "echo it\\'s >/dev/null; printf '[%s]' ${params.x}",
        "(( n = 1 << 3 )) 2>/dev/null || :; printf '[%s]' ${params.x}",
        "true \\\n# it's ${params.x}\nprintf '[%s]' ${params.x}",
        "echo a#b \"#\" >/dev/null; printf '[%s]' ${params.x}",
        "echo ${#HOME} ${HOME#'/'} \"${HOME%'t'}\" >/dev/null; printf '[%s]' ${params.x}",
    ];

    #[test]
    fn every_hostile_value_arrives_byte_for_byte_in_every_context() {
        let programs: &[&str] =
            if std::path::Path::new("/bin/bash").exists() { &["/bin/sh", "/bin/bash"] } else { &["/bin/sh"] };
        for context in CONTEXTS {
            for value in HOSTILE {
                let text = shell(context, &BTreeSet::new(), &mut values(value)).unwrap();
                for program in programs {
                    let printed = stdout(&text, program);
                    let wanted = format!("[{value}]");
                    assert_eq!(String::from_utf8_lossy(&printed), wanted, "{program} {context:?} → {:?}", text.text);
                }
            }
        }
        assert!(!std::path::Path::new("/tmp/owned").exists());
    }

    /// How the shells evaluate a value in a text.
    fn evaluated(text: &str) -> Vec<Evaluated> {
        in_shell(text, &BTreeSet::new()).unwrap().into_iter().map(|(_, evaluated, ..)| evaluated).collect()
    }

    #[test]
    fn a_value_that_a_shell_would_evaluate_is_known() {
        for text in [
            "[[ @@ -gt 1 ]]",
            "[[ 1 -eq \"@@\" ]]",
            "[[ a == b && ( @@ -lt 2 ) ]]",
            "if [[ '@@' -ge 1 ]]; then :; fi",
            "[[ -v @@ ]]",
            "[ -v @@ ]",
            "test ! -v \"@@\"",
            "printf -v @@ x",
            "((@@ > 1))",
            "(( n = 1 + @@ ))",
            "for ((i = 0; i < @@; i++)); do :; done",
            "$(( $(echo @@) ))",
            "(( $(case a in a) echo 1;; esac) + @@ ))",
            "v=abc; echo ${v:@@}",
            "echo \"${v:1:@@}\" ",
            "echo \"${v: @@}\" ",
            "echo ${@:@@}",
            "echo ${a[@@]}",
            "echo \"${a[\"@@\"]}\"",
            "echo ${#a[@@]} ",
            "echo ${a[1]:@@}",
            "a[@@]=1",
            "x=1 a[1 + @@]=2",
            "a=(x [@@]=1)",
            "let n=@@",
            "let \"n = @@\"",
            "A=b let @@",
            "builtin let @@",
            "unset @@",
            "echo x | read @@",
            "declare @@=1",
            "declare -i n=@@",
            "declare -i n; n=@@",
        ] {
            let text = text.replace("@@", "${params.x}");
            assert_eq!(evaluated(&text), [Evaluated::Yes], "{text}");
        }
        for text in ["[ @@ -gt 1 ]", "test 1 -eq \"@@\" && echo", "exit @@"] {
            let text = text.replace("@@", "${params.x}");
            assert_eq!(evaluated(&text), [Evaluated::Korn], "{text}");
        }
    }

    #[test]
    fn a_value_that_no_shell_evaluates_is_let_through() {
        for text in [
            "[[ @@ == a ]]; [ 1 -gt 2 ]",
            "[ @@ = x ] && test 3 -gt 2",
            "printf -v name %s @@",
            "read -p @@ name < @@",
            "read line <<< @@",
            "local v=@@; export W=\"@@\"",
            "(( n = 1 << 3 ))\necho @@",
            "echo $((1 + 2)) ${v:-@@} ${a[0]:-@@} ${a[@]}",
            "a[1]=@@",
            "printf '%s' [@@] a[@@]",
            "( (echo @@) )",
            "case @@ in [!@@]*) ;; esac",
        ] {
            let text = text.replace("@@", "${params.x}");
            assert!(evaluated(&text).iter().all(|evaluated| *evaluated == Evaluated::No), "{text}");
        }
    }

    #[test]
    fn what_shells_read_in_two_ways_is_refused_beside_a_value() {
        for text in ["$'it\\'s' '${params.x}'", "echo $[1] ${params.x}", "echo \"$[1]${params.x}\""] {
            let fault = shell(text, &BTreeSet::new(), &mut values("v")).unwrap_err();
            assert!(fault.message.contains("two ways"), "{text}: {fault:?}");
        }
        for text in ["echo $'it\\'s'", "echo \"$'\" '$[' ${HOME}", "echo $[1]"] {
            assert_eq!(rewritten(text), text);
        }
        assert_eq!(rewritten("a \\\n# don't\n${params.x}"), "a \\\n# don't\n\"${XNET_VALUE_1}\"");
    }

    #[test]
    fn the_text_only_refers_to_the_value() {
        assert_eq!(rewritten("a ${params.x} b"), "a \"${XNET_VALUE_1}\" b");
        assert_eq!(rewritten("\"${params.x}\" ${params.x}"), "\"${XNET_VALUE_1}\" \"${XNET_VALUE_1}\"");
        assert_eq!(rewritten("'a ${params.x}'"), "'a '\"${XNET_VALUE_1}\"''");
        assert_eq!(rewritten("$((1 + ${params.x}))"), "$((1 + ${XNET_VALUE_1}))");
    }

    #[test]
    fn the_shells_own_text_is_not_touched() {
        for text in [
            "echo ${HOME} $(id) `id` \"${x:-'a'}\" ${other.x}",
            "echo \\${params.x} \"\\${params.x}\" # ${params.nope}",
            "cat <<'EOF'\n${HOME} $x\nEOF\n",
            "unclosed ' quote",
            "unclosed \" quote $(",
            "é 漢 \\",
            "",
        ] {
            assert_eq!(rewritten(text), text);
        }
    }

    #[test]
    fn an_escaped_reference_is_literal_in_every_context() {
        for text in ["printf %s \\${params.x}", "printf %s \"\\${params.x}\"", "printf %s '\\${params.x}'"] {
            let text = shell(text, &BTreeSet::new(), &mut values("v")).unwrap();
            assert_eq!(stdout(&text, "/bin/sh"), b"${params.x}");
        }
    }

    #[test]
    fn a_here_document_that_expands_nothing_is_refused() {
        for delimiter in ["'EOF'", "\"EOF\"", "\\EOF"] {
            let text = format!("cat <<{delimiter}\n${{params.x}}\nEOF\n");
            let fault = shell(&text, &BTreeSet::new(), &mut values("v")).unwrap_err();
            assert!(fault.message.contains("no value can arrive"), "{fault:?}");
        }
    }

    #[test]
    fn values_that_cannot_travel_are_refused() {
        for value in ["a\0b".to_owned(), "x".repeat(200_000)] {
            assert!(shell("${params.x}", &BTreeSet::new(), &mut values(&value)).is_err());
        }
    }

    #[test]
    fn text_that_no_shell_reads_takes_the_value_itself() {
        let text = "a ${params.x} ${HOME} \\${params.x} é${params.x}";
        let put = plain(text, &BTreeSet::new(), &mut values("$(v)")).unwrap();
        assert_eq!(put, "a $(v) ${HOME} ${params.x} é$(v)");
    }
}
