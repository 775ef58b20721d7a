//! Texts kept in tests/golden: what users read is compared letter by letter. `XNET_BLESS=1` writes them anew.

use std::fs;
use std::path::Path;

use super::outcome::Outcome;

/// Compares stderr, with the names and folders of this run replaced, to `tests/golden/NAME.txt`.
#[track_caller]
pub(crate) fn golden(name: &str, outcome: &Outcome) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.txt"));
    let found = outcome.err_text().replace(&outcome.names.project, "<project>");
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
