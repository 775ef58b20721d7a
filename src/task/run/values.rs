//! Values put into the texts of a task while it runs.

use std::path::PathBuf;

use super::super::check::placed;
use super::super::error::Error;
use super::super::interpolate::plain;
use super::super::scope::Scope;
use super::super::text::Text;
use super::runner::Frame;

/// Sets variables for a task or a step.
pub(super) fn set(env: &[(String, Text)], scope: &mut Scope, frame: &Frame) -> Result<(), Error> {
    for (name, text) in env {
        let value = put(text, scope, frame)?;
        if value.contains('\0') {
            return Err(Error::at("an environment variable cannot hold a NUL byte", text, None));
        }
        scope.env.insert(name.clone(), value);
    }
    Ok(())
}

pub(super) fn put(text: &Text, scope: &Scope, frame: &Frame) -> Result<String, Error> {
    let put = plain(&text.value, &frame.registered, &mut |reference| scope.resolve(reference));
    put.map_err(|fault| placed(fault, text))
}

/// The folder a text names, from where the commands of its file run.
pub(super) fn folder(text: &Text, scope: &Scope, frame: &Frame) -> Result<PathBuf, Error> {
    let path = put(text, scope, frame)?;
    Ok(scope
        .workdir
        .clone()
        .or_else(|| text.file.workdir.clone())
        .map_or_else(|| path.clone().into(), |at| at.join(&path)))
}
