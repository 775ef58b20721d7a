//! The variables that dotenv files give a task.

use super::dotenv;
use super::error::Error;
use super::files;
use super::model::Task;
use super::scope::Overlay;

/// The variables of the file's dotenv files and of the task's own. A later file wins.
pub(super) fn environment(task: &Task) -> Result<Overlay, Error> {
    let mut found = Overlay::new();
    for (spec, place) in task.about.header.dotenv.iter().chain(&task.about.dotenv) {
        let folder = place.file.folder.as_deref();
        let hint = Some(format!("`{}?` may be missing", spec.file));
        let read = dotenv::read(spec, folder).map_err(|message| {
            let gone = !dotenv::is_there(spec, folder);
            let hint = files::beside(&spec.file, &place.file).or(hint);
            Error::at(message, place, hint.filter(|_| gone))
        })?;
        found.extend(read.unwrap_or_default());
    }
    Ok(found)
}

/// Whether one of them must be there, and is not.
pub(super) fn lacks_a_file(task: &Task) -> bool {
    let mut all = task.about.header.dotenv.iter().chain(&task.about.dotenv);
    all.any(|(spec, place)| spec.required && !dotenv::is_there(spec, place.file.folder.as_deref()))
}
