//! Where tests are: files that end in `_test.rhai`, and the config file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{self, config_file};
use crate::model::names;
use crate::model::test::DeclaredTest;
use crate::view::{Diagnostic, Place};

const ENDING: &str = "_test.rhai";
/// Folders that hold what others wrote, or what was built.
const FOREIGN: [&str; 2] = ["target", "node_modules"];
/// A larger config file is a mistake.
const LARGEST: u64 = 4 << 20;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    pub files: Vec<PathBuf>,
    pub declared: Vec<Declared>,
    /// Folders that could not be read.
    pub warnings: Vec<String>,
}

/// A test of a config file, with its place there.
#[derive(Debug, Clone)]
pub struct Declared {
    pub file: String,
    pub test: DeclaredTest,
    pub place: Option<Place>,
}

type Faults = Vec<Diagnostic>;

/// The tests of the given files and folders; without any, those below `cwd` and of the config file that holds there.
pub fn find(cwd: &Path, given: &[PathBuf], config: Option<&Path>) -> Result<Found, Faults> {
    let mut found = Found::default();
    if given.is_empty() {
        walk(cwd, Path::new(""), &mut found);
        if let Some(path) = config_file(cwd, config) {
            found.declare(cwd, &path)?;
        }
    }
    for path in given {
        found.add(cwd, path)?;
    }
    found.files.sort();
    found.files.dedup();
    Ok(found)
}

/// The files of tests below a folder.
pub fn files(cwd: &Path) -> Vec<PathBuf> {
    let mut found = Found::default();
    walk(cwd, Path::new(""), &mut found);
    found.files.sort();
    found.files
}

impl Found {
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.declared.is_empty()
    }

    fn add(&mut self, cwd: &Path, path: &Path) -> Result<(), Faults> {
        let whole = cwd.join(path);
        let fault = |message: String, hint: Option<String>| vec![Diagnostic::new(message).hint(hint)];
        let kind = fs::metadata(&whole).map_err(|error| {
            let near = nearest(&whole);
            fault(format!("{}: {error}", path.display()), near)
        })?;
        if kind.is_dir() {
            let before = self.files.len();
            walk(&whole, path, self);
            if self.files.len() == before {
                let hint = format!("files of tests end in {ENDING}");
                return Err(fault(format!("there is no file of tests under {}", path.display()), Some(hint)));
            }
            return Ok(());
        }
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("rhai") => self.files.push(path.to_path_buf()),
            Some("yaml" | "yml") => self.declare(cwd, &whole)?,
            _ => {
                let hint = "a script with tests ends in .rhai, a config file with `tests:` in .yaml".to_owned();
                return Err(fault(format!("{} is no file of tests", path.display()), Some(hint)));
            }
        }
        Ok(())
    }

    /// Takes in the tests that a config file declares.
    fn declare(&mut self, cwd: &Path, path: &Path) -> Result<(), Faults> {
        let file = path.strip_prefix(cwd).unwrap_or(path).display().to_string();
        let text: Arc<str> =
            text(path).map_err(|error| vec![Diagnostic::new(format!("{file} could not be read: {error}"))])?;
        let place = |span: config::Span| Place {
            path: file.clone(),
            source: text.clone(),
            line: span.line,
            column: span.column,
            len: text
                .get(span.start..span.start + span.len)
                .map_or(1, |part| part.lines().next().unwrap_or("").chars().count()),
        };
        let root = config::parse(&text).map_err(|fault| {
            vec![Diagnostic::new(fault.message).at(fault.span.map(place)).note(format!("in {file}"))]
        })?;
        let tests = config::declared_tests(&root).map_err(|faults| {
            let told =
                |fault: &config::Fault| Diagnostic::new(fault.to_string()).at(fault.span.map(place)).hint(fault.hint());
            faults.iter().map(told).collect::<Vec<_>>()
        })?;
        let declared =
            tests.into_iter().map(|(test, span)| Declared { file: file.clone(), test, place: span.map(place) });
        self.declared.extend(declared);
        Ok(())
    }
}

fn text(path: &Path) -> Result<Arc<str>, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > LARGEST {
        return Err(format!("it is larger than {} MiB", LARGEST >> 20));
    }
    fs::read_to_string(path).map(Into::into).map_err(|error| error.to_string())
}

/// Adds the files of tests below a folder, which people call `shown`. Links to folders are not followed.
fn walk(folder: &Path, shown: &Path, found: &mut Found) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            found.warnings.push(format!("{} could not be read: {error}", folder.display()));
            return;
        }
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.starts_with('.') {
            continue;
        }
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !FOREIGN.contains(&&*text) {
            walk(&entry.path(), &shown.join(&name), found);
        } else if !is_folder && text.ends_with(ENDING) {
            found.files.push(shown.join(&name));
        }
    }
}

/// The file beside it that could be meant.
fn nearest(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let beside = fs::read_dir(path.parent()?).ok()?;
    let all: Vec<String> = beside.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names::nearest(&name, all.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
}
