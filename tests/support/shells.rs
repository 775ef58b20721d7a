//! What the shells themselves offer for a line, after they have read the script of `xnet completions`.

use std::fs;
use std::path::Path;

use super::test::Test;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

pub(crate) const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// Cuts the line as bash does, which takes `=` and `:` for words of their own, and puts back before each answer what was
/// cut off the last word.
const BASH: &str = r#"
source <(xnet completions bash)
complete -p xnet >/dev/null || exit 9
COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=() COMP_CWORD=0
rest=$1
while [[ $rest =~ ^[[:space:]]*([=:]|[^[:space:]=:]+)(.*)$ ]]; do
    COMP_WORDS+=("${BASH_REMATCH[1]}") rest=${BASH_REMATCH[2]}
done
[[ $1 == *[[:space:]] ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_xnet
word=${1##*[[:space:]]}
for reply in "${COMPREPLY[@]}"; do printf '%s%s\n' "${word%"${word##*[=:]}"}" "$reply"; done
"#;

/// The line editor completes as it does for people; what it is given is written to a file too.
const ZSH: &str = r#"
autoload -Uz compinit && compinit -u -D
source <(xnet completions zsh)
unsetopt beep
zstyle ':completion:*' menu no
compadd() {
    local -a hits
    builtin compadd -O hits "$@"
    (( ${#hits} )) && print -rl -- $hits >> ./hits
    builtin compadd "$@"
}
"#;

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// What the shell offers at the end of a line, in the order of the words.
    #[track_caller]
    pub(crate) fn complete(self, test: Test, line: &str) -> Vec<String> {
        let program = ["/bin", "/usr/bin", "/usr/local/bin"].map(|folder| format!("{folder}/{}", self.name()));
        let program = program.iter().find(|path| Path::new(path).exists());
        let program = program.unwrap_or_else(|| panic!("{0} is missing: apt-get install {0}, or .ci/run", self.name()));
        let mut words = match self {
            Self::Bash => lines(test.run_by(program).args(["--norc", "-c", BASH, "bash", line])),
            Self::Fish => {
                let script = "xnet completions fish | source; complete -C $argv[1]";
                lines(test.run_by(program).args(["--no-config", "-c", script, line]))
            }
            Self::Zsh => Self::zsh(test.run_by(program).args(["-f", "-i"]), line),
        };
        words.sort();
        words.dedup();
        words
    }

    #[track_caller]
    fn zsh(test: Test, line: &str) -> Vec<String> {
        let test = test.file("drive.zsh", ZSH).file("hits", "").env("PS1", "ready> ");
        let hits = test.path("hits");
        let mut zsh = test.at_terminal();
        zsh.until("ready> ").line("source ./drive.zsh; print loaded-$((1 + 1))").until("loaded-2").until("ready> ");
        zsh.press(line).press("\t").press("\u{15}").line("print over-$((1 + 1))").until("over-2");
        let found = fs::read_to_string(&hits).expect("what was offered");
        zsh.line("exit").finish();
        found.lines().map(str::to_owned).collect()
    }
}

/// The words of an answer, without what each means.
#[track_caller]
fn lines(test: Test) -> Vec<String> {
    let outcome = test.run();
    let offered = outcome.success().out_text();
    offered.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}
