//! Texts kept in tests/golden: what users read is compared letter by letter. `XNET_BLESS=1` writes them anew.

use std::fs;
use std::path::Path;

use super::outcome::Outcome;

/// The text with each short id of the engine as `<id>`.
fn without_ids(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches(['\n', ' ', ',', '.']);
        let is_id = bare.len() == 12 && bare.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        if is_id { word.replace(bare, "<id>") } else { word.to_owned() }
    };
    text.split_inclusive([' ', '\n']).map(word).collect()
}

/// Compares stderr, with the names and folders of this run replaced, to `tests/golden/NAME.txt`.
#[track_caller]
pub(crate) fn golden(name: &str, outcome: &Outcome) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.txt"));
    let found = without_ids(&outcome.err_text().replace(&outcome.names.project, "<project>"));
    if std::env::var_os("XNET_BLESS").is_some() {
        fs::write(&path, &found).expect("the golden file");
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == found,
        "{} differs; XNET_BLESS=1 cargo test writes it anew\n--- kept\n{kept}\n--- found\n{found}\n{}",
        path.display(),
        outcome.report()
    );
}
