//! A step that runs for each element of a list, a map or a range.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::super::error::Error;
use super::super::model::{Each, INDEX, Items, Step};
use super::super::output::{Output, OutputKind, text_of};
use super::super::scope::Scope;
use super::super::script_text::{kind, value};
use super::event::{Part, StepEvent};
use super::failure::skipped;
use super::kept::Room;
use super::runner::{Frame, Runner};
use super::step_run::Ran;
use super::together::First;
use super::values::put;
use crate::runtime::pool::each as at_once;
use crate::view::printable;

impl Runner<'_> {
    pub(super) fn foreach(&self, step: &Step, each: &Each, index: usize, scope: &Scope, frame: &Frame) -> Ran {
        let items = match self.items(each, scope, frame) {
            Ok(items) => items,
            Err(error) => {
                let what = format!("`foreach` of {}", frame.name_of(step));
                let error = self.faulty(&self.id(step, frame), error, &what);
                return (Arc::new(skipped(&step.action)), Err(error));
            }
        };
        let group = frame.cancel.child();
        let first = First::default();
        let width = match each.width {
            None => 1,
            Some(0) => self.jobs,
            Some(width) => width,
        };
        let share = frame.share * width.clamp(1, items.len().max(1));
        let frame_of_each = Frame { share, ..frame.under(&group).knowing(step.bound()) };
        let room = Room::new();
        let outputs = at_once(width, items.len(), |position| {
            if group.reason().is_some() {
                return Arc::new(skipped(&step.action));
            }
            let item = &items[position];
            let shown = self.shown(item);
            let frame = if width > 1 { frame_of_each.beside(&shown) } else { frame_of_each.clone() };
            let part = Part { item: Some(item.clone()), index: Some(position), ..frame.part.clone() };
            let frame = Frame { part, element: Some(printable(&shown).replace('\n', " ")), ..frame };
            let mut scope = scope.clone();
            scope.bind(&each.binding, item.clone());
            scope.bind(INDEX, position.into());
            let (output, result) = self.once(step, index, &scope, &frame);
            if let Err(error) = result {
                let only = items.len() == 1;
                let error = if only { error } else { error.note(format!("for element {position}: {shown}")) };
                first.take(error, true, &group);
            }
            // Where nothing can ask for it, what each element left is not kept.
            if step.names().next().is_none() {
                Arc::new(Output { exit_code: output.exit_code, ..Output::default() })
            } else {
                room.fit(output)
            }
        });
        if let Some(what) = room.warning() {
            let what = format!("{}: {what}", frame.name_of(step));
            self.tell(&self.id(step, frame), StepEvent::Warned { what });
        }
        let exit_code = whole_code(&outputs);
        let kind = OutputKind::Each(outputs);
        (Arc::new(Output { kind, exit_code, attempts: None }), first.answer(&frame.cancel))
    }

    /// The beginning of an element, for people. It is masked first: that of a secret would not be known as one.
    fn shown(&self, item: &Json) -> String {
        let text = text_of(item);
        self.context.script.printer.masked(&String::from_utf8_lossy(&text)).chars().take(40).collect()
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

/// The exit code of all: that of the first that failed, and none when all were skipped.
fn whole_code(outputs: &[Arc<Output>]) -> Option<u8> {
    let codes = || outputs.iter().filter_map(|output| output.exit_code);
    let any = outputs.is_empty() || codes().next().is_some();
    codes().find(|code| *code != 0).or_else(|| any.then_some(0))
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
