//! The names that scripts and expressions of a task see where they stand, and what these hold.

use super::known::Known;
use super::model::{Each, INDEX, Items, MATRIX, Step, TASK};
use super::reference::{Reference, Target};
use super::schema::ParamKind;
use crate::model::names;
use crate::script::{Kind, Surroundings, Unknown};

/// What an expression is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Condition,
    Elements,
    /// Its value may be any.
    Free,
}

/// Variables that every script of a task has, besides those that hold something of the task.
const ALWAYS: [&str; 3] = ["docker", "env", "args"];
/// Variables that hold something of the task, by name.
const HOLDERS: [&str; 4] = ["params", "vars", "secrets", "steps"];

pub(super) struct Visible<'a> {
    pub(super) known: &'a Known<'a>,
    /// The step it stands in, if any.
    pub(super) step: Option<&'a Step>,
    /// Names that only this expression knows.
    pub(super) bound: &'a [&'a str],
    pub(super) role: Role,
}

fn unknown((message, hint): (String, Option<String>)) -> Unknown {
    Unknown { message, hint }
}

impl Visible<'_> {
    fn judge(&self, target: Target) -> Result<(), Unknown> {
        self.known.judge(&Reference { target, default: None }).map_err(unknown)
    }

    /// The step that left a result of this name.
    fn result(&self, name: &str) -> Option<&Step> {
        self.known.earlier.iter().copied().find(|step| step.register.as_deref() == Some(name))
    }

    fn is_local(&self, name: &str) -> bool {
        self.bound.contains(&name) || self.known.locals.contains(name)
    }

    fn no_variable(&self, name: &str) -> Unknown {
        let task = self.known.task;
        let holder = if task.param(name).is_some() {
            Some("params")
        } else if task.vars().any(|(var, _)| var == name) {
            Some("vars")
        } else {
            None
        };
        let registered = self.known.earlier.iter().filter_map(|step| step.register.as_deref());
        let locals = self.known.locals.iter().map(String::as_str).chain(self.bound.iter().copied());
        let all: Vec<&str> = HOLDERS
            .into_iter()
            .chain(["env", "project"])
            .chain(registered)
            .chain(locals.filter(|name| !name.ends_with('}')))
            .collect();
        let hint = holder.map(|holder| format!("write `{holder}.{name}`; text stands in quotes: \"{name}\""));
        let hint = hint.or_else(|| names::suggestion(name, all));
        Unknown { message: format!("there is no variable `{name}`"), hint }
    }
}

impl Surroundings for Visible<'_> {
    fn variable(&self, name: &str) -> Result<Option<Kind>, Unknown> {
        if self.is_local(name) {
            let of_list = |each: &Each| each.binding == name && matches!(each.items, Items::List(_));
            return Ok(match name {
                INDEX | "attempt" => Some(Kind::Whole),
                MATRIX | TASK | "result" => Some(Kind::Map),
                _ if self.step.and_then(|step| step.each.as_ref()).is_some_and(of_list) => Some(Kind::Text),
                _ => None,
            });
        }
        match name {
            "project" => return Ok(Some(Kind::Text)),
            name if ALWAYS.contains(&name) => return Ok(None),
            name if HOLDERS.contains(&name) || self.result(name).is_some() => return Ok(Some(Kind::Map)),
            _ => {}
        }
        if self.known.task.all_steps().any(|step| step.register.as_deref() == Some(name)) {
            let hint = Some(String::from("results come from earlier steps"));
            return Err(Unknown { message: format!("the step `{name}` has not run yet"), hint });
        }
        Err(self.no_variable(name))
    }

    fn member(&self, variable: &str, name: &str) -> Result<Option<Kind>, Unknown> {
        let task = self.known.task;
        match variable {
            "params" => {
                let dashed = task.param_names().find(|param| param.starts_with(&format!("{name}-")));
                if let (None, Some(param)) = (task.param(name), dashed) {
                    let message = format!("task `{}` has no parameter `{name}`", task.name);
                    return Err(Unknown { message, hint: Some(format!("`-` takes away: write params[\"{param}\"]")) });
                }
                self.judge(Target::Param(name.to_owned()))?;
                Ok(task.param(name).map(|param| kind(param.kind)))
            }
            "vars" => self.judge(Target::Var(name.to_owned())).map(|()| Some(Kind::Text)),
            "secrets" => self.judge(Target::Secret(name.to_owned())).map(|()| Some(Kind::Text)),
            "env" => Ok(Some(Kind::Text)),
            "steps" => {
                let target = Target::Step { name: name.to_owned(), field: String::from("ok"), registered: false };
                self.judge(target).map(|()| Some(Kind::Map))
            }
            MATRIX | TASK if self.known.locals.contains(variable) => {
                self.known.local(variable, name).map_err(unknown)?;
                Ok(match name {
                    _ if variable == MATRIX => Some(Kind::Text),
                    "name" => Some(Kind::Text),
                    "ok" => Some(Kind::Bool),
                    "exit_code" => Some(Kind::Whole),
                    _ => None,
                })
            }
            "result" if self.bound.contains(&variable) => match self.step {
                Some(step) => of_result(step, variable, name),
                None => Ok(None),
            },
            _ if self.is_local(variable) => Ok(None),
            _ => match self.result(variable) {
                Some(step) => of_result(step, variable, name),
                None => Ok(None),
            },
        }
    }

    fn instead(&self, variable: &str, name: &str, wanted: Kind) -> Option<String> {
        let whole = format!("{variable}.{name}");
        let held = self.member(variable, name).ok()??;
        let param = if variable == "params" { self.known.task.param(name) } else { None };
        let parse = if wanted == Kind::Real { "parse_float" } else { "parse_int" };
        let number = if wanted == Kind::Real { "float" } else { "int" };
        match (held, wanted) {
            (Kind::Text, Kind::Whole | Kind::Real) => Some(match param.map(|param| param.kind) {
                Some(ParamKind::String) => {
                    format!("declare the parameter with `type: {number}`, or write `{parse}({whole})`")
                }
                _ => format!("it is text: write `{parse}({whole})`"),
            }),
            (Kind::Text, Kind::Bool) => Some(match param.map(|param| param.kind) {
                Some(ParamKind::String) => {
                    format!("declare the parameter with `type: bool`, or compare with text: `{whole} == \"true\"`")
                }
                _ => format!("it is text: `{whole} == \"true\"`"),
            }),
            (Kind::Whole | Kind::Real, Kind::Text) => {
                Some(format!("`{whole}` is a number: write the other without quotes"))
            }
            (Kind::Bool, Kind::Text) => Some(format!("`{whole}` is true or false itself: write no quotes")),
            (Kind::List, Kind::Text) => Some(format!("`\"x\" in {whole}` asks what the list holds")),
            _ => None,
        }
    }

    fn gives(&self, kind: Kind) -> Result<(), Unknown> {
        match self.role {
            Role::Condition if kind != Kind::Bool => Err(unknown(no_condition(kind))),
            Role::Elements if !matches!(kind, Kind::List | Kind::Map) => {
                let message = format!("`foreach` goes over a list, a map or a range, and this is {}", kind.words());
                let hint = match kind {
                    Kind::Text => "a parameter with `type: list` is a list; `x.split(\",\")` makes one of text",
                    Kind::Whole => "a range is `0..n`, or `1..=n`",
                    _ => return Err(Unknown { message, hint: None }),
                };
                Err(Unknown { message, hint: Some(hint.to_owned()) })
            }
            _ => Ok(()),
        }
    }
}

/// What to say of a condition that is neither true nor false.
pub(super) fn no_condition(kind: Kind) -> (String, Option<String>) {
    let message = format!("`when` must be true or false, and this is {}", kind.words());
    let hint = match kind {
        Kind::Text => "a string is compared: `params.x == \"yes\"`; a parameter with `type: bool` is true or false",
        Kind::Whole | Kind::Real => "a number is compared: `params.n > 0`",
        Kind::Nothing => "`==` compares, `=` sets; whether something is there is asked by `x != ()`",
        Kind::List => "`!list.is_empty()` asks whether it holds anything",
        _ => return (message, None),
    };
    (message, Some(hint.to_owned()))
}

fn kind(kind: ParamKind) -> Kind {
    match kind {
        ParamKind::Int | ParamKind::Port => Kind::Whole,
        ParamKind::Float => Kind::Real,
        ParamKind::Bool => Kind::Bool,
        ParamKind::List => Kind::List,
        ParamKind::String
        | ParamKind::Enum
        | ParamKind::Path
        | ParamKind::Cidr
        | ParamKind::Container
        | ParamKind::Network => Kind::Text,
    }
}

/// A field of a result, as scripts see it.
fn of_result(step: &Step, name: &str, field: &str) -> Result<Option<Kind>, Unknown> {
    let fields = step.fields();
    if !fields.contains(&field) {
        let message = format!("the result of `{name}` has no `{field}`");
        return Err(Unknown { message, hint: names::suggestion(field, fields.iter().copied()) });
    }
    Ok(match field {
        "ok" | "skipped" | "truncated" => Some(Kind::Bool),
        "exit_code" | "attempts" => Some(Kind::Whole),
        "stdout" | "stderr" => Some(Kind::Text),
        "lines" | "items" => Some(Kind::List),
        "targets" => Some(Kind::Map),
        _ => None,
    })
}
