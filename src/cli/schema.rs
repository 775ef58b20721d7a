//! `xnet schema`: what task files may hold, for editors and other programs.

use super::invocation::Invocation;
use crate::task;

pub(super) fn run(invocation: &Invocation) {
    let text = serde_json::to_string_pretty(&task::schema()).unwrap_or_default();
    invocation.printer.data(&text);
}
