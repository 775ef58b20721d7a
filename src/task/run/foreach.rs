//! A step that runs for each element of a list, a map or a range.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value as Json, json};

use super::super::error::Error;
use super::super::model::{Each, INDEX, Items, Step};
use super::super::scope::{Output, OutputKind, Scope, text_of};
use super::super::script_text::{kind, value};
use super::failure::skipped;
use super::runner::{Frame, Runner};
use super::together::First;
use super::values::put;
use crate::runtime::pool::each as at_once;

impl Runner<'_> {
    pub(super) fn foreach(
        &self,
        step: &Step,
        each: &Each,
        index: usize,
        scope: &Scope,
        frame: &Frame,
    ) -> (Output, Result<(), Error>) {
        let items = match self.items(each, scope, frame) {
            Ok(items) => items,
            Err(error) => return (skipped(&step.action), Err(error)),
        };
        let group = frame.cancel.child();
        let frame_of_each = frame.under(&group).knowing(step.bound());
        let first = First::default();
        let begun = AtomicUsize::new(0);
        let width = match each.width {
            None => 1,
            Some(0) => self.jobs,
            Some(width) => width,
        };
        let outputs = at_once(width, items.len(), |position| {
            if group.reason().is_some() {
                return skipped(&step.action);
            }
            begun.fetch_add(1, Ordering::SeqCst);
            let item = &items[position];
            let mut scope = scope.clone();
            scope.bind(&each.binding, item.clone());
            scope.bind(INDEX, position.into());
            // Masked first: the beginning of a secret would not be known as one.
            let text = text_of(item);
            let text = String::from_utf8_lossy(&text);
            let shown: String = self.context.script.printer.masked(&text).chars().take(40).collect();
            let frame = if width > 1 { frame_of_each.beside(&shown) } else { frame_of_each.clone() };
            let (output, result) = self.once(step, index, &scope, &frame);
            if let Err(error) = result {
                let last = items.len() == 1;
                let error = if last { error } else { error.note(format!("for element {position}: {shown}")) };
                first.take(error, true, &group);
            }
            // Where nothing can ask for it, what each element left is not kept.
            if step.names().next().is_none() {
                Output { exit_code: output.exit_code, ..Output::default() }
            } else {
                output
            }
        });
        let ran = |output: &&Output| output.exit_code.is_some();
        let failed = outputs.iter().filter_map(|output| output.exit_code).find(|code| *code != 0);
        let exit_code = failed.or_else(|| (items.is_empty() || outputs.iter().any(|o| ran(&o))).then_some(0));
        (Output { kind: OutputKind::Each(outputs), exit_code }, first.answer(&frame.cancel))
    }

    fn items(&self, each: &Each, scope: &Scope, frame: &Frame) -> Result<Vec<Json>, Error> {
        match &each.items {
            Items::List(list) => {
                list.iter().map(|text| Ok(Json::from(put(text, scope, frame)?))).collect::<Result<_, Error>>()
            }
            Items::Expression(text) => elements(value(text, scope, self.project(), &self.interpreter(&frame.cancel))?)
                .map_err(|found| {
                    let message = format!("`foreach` goes over a list, a map or a range, and this is {found}");
                    Error::at(message, text, None)
                }),
        }
    }
}

/// The elements of a list; the entries of a map as `key` and `value`.
pub(super) fn elements(value: Json) -> Result<Vec<Json>, &'static str> {
    match value {
        Json::Array(items) => Ok(items),
        Json::Object(entries) => {
            Ok(entries.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect())
        }
        other => Err(kind(&other)),
    }
}
