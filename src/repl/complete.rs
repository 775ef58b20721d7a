//! The names that can stand where the cursor asks: from the session, the reference, the folder, the engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::cursor::{Asked, Step, What};
use super::meta;
use crate::script::bind::{self, Entry};
use crate::script::{Session, Shape, World, shipped};
use crate::view::inventory::container_name;

/// A name that can stand at the cursor: what the list shows, and what is put into the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) shown: String,
    pub(super) put: String,
}

impl Candidate {
    fn plain(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { shown: name.clone(), put: name }
    }

    /// A function, such as `name(a, b)`: put up to its bracket.
    fn function(name: &str, signature: &str) -> Self {
        let put = match signature {
            "" => name.to_owned(),
            "()" => format!("{name}()"),
            _ => format!("{name}("),
        };
        Self { shown: format!("{name}{signature}"), put }
    }

    fn usage(usage: &str) -> Self {
        let at = usage.find('(').unwrap_or(usage.len());
        Self::function(&usage[..at], &usage[at..])
    }
}

/// What the session holds, as of the last input.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    shapes: BTreeMap<String, Shape>,
    functions: Vec<String>,
    modules: Vec<(String, Vec<String>)>,
    folder: PathBuf,
}

/// Names are worth waiting for only so long.
const PATIENCE: Duration = Duration::from_millis(300);

/// What calls return, where the language itself cannot tell.
const RETURNS: &[(&str, &str)] = &[
    ("docker.run", "Container"),
    ("docker.ensure_container", "Container"),
    ("docker.container", "Container"),
    ("docker.network.create", "Network"),
    ("docker.network.ensure", "Network"),
    ("docker.network.get", "Network"),
    ("docker.host", "docker"),
    ("docker.service.create", "Service"),
    ("cidr", "Subnet"),
    ("Subnet.next", "Subnet"),
    ("forward", "Forward"),
];

const OF_LISTS: &[&str] = &[
    "len()",
    "push(value)",
    "pop()",
    "contains(value)",
    "filter(closure)",
    "map(closure)",
    "for_each(closure)",
    "sort()",
    "is_empty()",
];
const OF_MAPS: &[&str] = &["len()", "keys()", "values()", "contains(key)", "is_empty()"];
const OF_STRINGS: &[&str] = &[
    "len()",
    "contains(text)",
    "split(separator)",
    "trim()",
    "starts_with(text)",
    "ends_with(text)",
    "to_upper()",
    "to_lower()",
];

impl Known {
    pub(super) fn of(session: &Session, folder: &Path) -> Self {
        let mut shapes = session.shapes();
        shapes.entry("docker".into()).or_insert_with(|| Shape::Object("docker".into()));
        let variables =
            std::env::vars_os().map(|(name, _)| (name.to_string_lossy().into_owned(), Shape::Plain("string")));
        shapes.entry("env".into()).or_insert_with(|| Shape::Map(variables.collect()));
        Self { shapes, functions: session.functions(), modules: session.modules(), folder: folder.to_owned() }
    }

    /// Everything that can stand at the cursor, in order.
    pub(super) fn candidates(&self, asked: &Asked, world: Option<&Arc<World>>) -> Vec<Candidate> {
        let mut all = match &asked.what {
            What::Nothing => Vec::new(),
            What::Meta => meta::COMMANDS.iter().map(|(name, takes, _)| Self::command(name, takes)).collect(),
            What::File => return files(&self.folder, &asked.typed),
            What::Topic => bind::entries().map(|entry| Candidate::plain(entry.path())).collect(),
            What::Name => self.names(),
            What::Member(chain) => self.members(chain),
            What::ModuleMember(alias) => {
                let module = self.modules.iter().find(|(name, _)| name == alias);
                module.into_iter().flat_map(|(_, members)| members).map(|usage| Candidate::usage(usage)).collect()
            }
            What::ModulePath => shipped().map(Candidate::plain).collect(),
            What::Argument { call, index } => self.parameter(call, *index).map_or(Vec::new(), |what| ask(what, world)),
            What::Value { key } => ask(key.strip_suffix('s').unwrap_or(key), world),
        };
        all.retain(|candidate| candidate.put.starts_with(&asked.typed));
        all.sort_by(|a, b| a.shown.cmp(&b.shown));
        all.dedup_by(|a, b| a.put == b.put);
        all
    }

    fn command(name: &str, takes: &str) -> Candidate {
        let space = if takes.is_empty() { "" } else { " " };
        Candidate { shown: format!("{name}{space}{takes}"), put: format!("{name}{space}") }
    }

    fn names(&self) -> Vec<Candidate> {
        let variables = self.shapes.keys().map(Candidate::plain);
        let functions = self.functions.iter().map(|usage| Candidate::usage(usage));
        let modules = self.modules.iter().map(|(alias, _)| Candidate::plain(format!("{alias}::")));
        let entries = bind::entries().filter(|entry| entry.owner.is_empty());
        let entries = entries.map(|entry| Candidate::function(entry.name, entry.signature));
        let words = ["print(value)", "type_of(value)"].into_iter().map(Candidate::usage);
        let keywords = ["let", "const", "for", "while", "loop", "switch", "return", "import", "throw", "true", "false"];
        let keywords = keywords.into_iter().map(Candidate::plain);
        variables.chain(functions).chain(modules).chain(entries).chain(words).chain(keywords).collect()
    }

    fn members(&self, chain: &[Step]) -> Vec<Candidate> {
        let own = |owner: &str| -> Vec<Candidate> {
            let entries = bind::entries().filter(|entry| entry.owner == owner);
            entries.map(|entry| Candidate::function(entry.name, entry.signature)).collect()
        };
        let built_in = |list: &[&str]| list.iter().map(|usage| Candidate::usage(usage)).collect::<Vec<_>>();
        match self.shape(chain) {
            Some(Shape::Object(owner)) => own(&owner),
            Some(Shape::Map(entries)) => {
                let names = entries.into_keys().filter(|key| is_name(key)).map(Candidate::plain);
                names.chain(own("Map")).chain(built_in(OF_MAPS)).collect()
            }
            Some(Shape::List(_)) => built_in(OF_LISTS),
            Some(Shape::Plain("string")) => built_in(OF_STRINGS),
            _ => Vec::new(),
        }
    }

    /// What the chain stands for, as far as it can be told without running it.
    fn shape(&self, chain: &[Step]) -> Option<Shape> {
        let (first, rest) = chain.split_first()?;
        let Step::Name(first) = first else { return None };
        // The member that is called next, when it is not a value itself.
        let mut path = first.clone();
        let mut shape = self.shapes.get(first).cloned();
        for step in rest {
            shape = match (step, shape) {
                (Step::Name(name), Some(Shape::Object(owner))) => {
                    path = format!("{owner}.{name}");
                    bind::entries().any(|entry| entry.owner == path).then(|| Shape::Object(path.clone()))
                }
                (Step::Name(name), Some(Shape::Map(mut entries))) => Some(entries.remove(name)?),
                (Step::Element, Some(Shape::List(element))) => Some(*element),
                (Step::Call, None) => {
                    let returned = RETURNS.iter().find(|(call, _)| *call == path);
                    Some(Shape::Object(returned?.1.to_owned()))
                }
                _ => return None,
            };
        }
        shape
    }

    /// The name of the parameter that a string is given to: `network`, `container`.
    fn parameter(&self, call: &[Step], index: usize) -> Option<&'static str> {
        let (Step::Name(name), owner) = call.split_last()? else { return None };
        let owner = match owner {
            [] => String::new(),
            chain => match self.shape(chain)? {
                Shape::Object(owner) => owner,
                _ => return None,
            },
        };
        let entry: &Entry =
            bind::entries().find(|entry| entry.owner == owner && entry.name == name && !entry.signature.is_empty())?;
        let parameters = entry.signature.trim_start_matches('(').trim_end_matches(')');
        parameters.split(", ").nth(index).map(|name| name.trim_end_matches('?'))
    }
}

fn is_name(key: &str) -> bool {
    key.chars().all(|c| c.is_alphanumeric() || c == '_') && !key.starts_with(|c: char| c.is_ascii_digit())
}

/// Asks the engine for the names of networks, containers or images. No answer is no candidates.
fn ask(what: &str, world: Option<&Arc<World>>) -> Vec<Candidate> {
    let Some(world) = world else { return Vec::new() };
    let names: Option<Vec<String>> = match what {
        "network" => world
            .ask(PATIENCE, |engine| async move {
                engine.list_networks(&crate::model::network::NetworkFilters::default()).await
            })
            .map(|list| list.iter().filter_map(|network| network["Name"].as_str().map(str::to_owned)).collect()),
        "container" => world
            .ask(PATIENCE, |engine| async move {
                engine.list_containers(&crate::model::container::ListSpec { all: true, ..Default::default() }).await
            })
            .map(|list| list.iter().map(container_name).collect()),
        "image" => world
            .ask(PATIENCE, |engine| async move { engine.list_images().await })
            .map(|list| list.iter().flat_map(tags).collect()),
        _ => None,
    };
    names.into_iter().flatten().map(Candidate::plain).collect()
}

fn tags(image: &Value) -> Vec<String> {
    let tags = image["RepoTags"].as_array();
    tags.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|tag| *tag != "<none>:<none>")
        .map(str::to_owned)
        .collect()
}

/// Files and folders that begin with what was typed.
fn files(folder: &Path, typed: &str) -> Vec<Candidate> {
    let (shown, begin) = typed.rfind('/').map_or(("", typed), |at| typed.split_at(at + 1));
    let Ok(entries) = fs::read_dir(folder.join(shown)) else { return Vec::new() };
    let mut found: Vec<Candidate> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !begin.starts_with('.');
            let mark = if entry.path().is_dir() { "/" } else { "" };
            (name.starts_with(begin) && !hidden)
                .then(|| Candidate { shown: format!("{name}{mark}"), put: format!("{shown}{name}{mark}") })
        })
        .collect();
    found.sort_by(|a, b| a.shown.cmp(&b.shown));
    found
}

#[cfg(test)]
mod tests {
    use super::super::cursor::asked;
    use super::*;

    fn known() -> Known {
        let object = |owner: &str| Shape::Object(owner.to_owned());
        let inner = Shape::Map(BTreeMap::from([
            ("Name".into(), Shape::Plain("string")),
            ("two words".into(), Shape::Plain("int")),
        ]));
        Known {
            shapes: BTreeMap::from([
                ("docker".into(), object("docker")),
                ("web".into(), object("Container")),
                ("nets".into(), Shape::List(Box::new(inner))),
            ]),
            functions: vec!["twice(x)".into()],
            modules: vec![("dbg".into(), vec!["check_port(c, p)".into(), "LIMIT".into()])],
            folder: PathBuf::from("."),
        }
    }

    fn put(line: &str) -> Vec<String> {
        let found = known().candidates(&asked(line, line.len()), None);
        found.into_iter().map(|candidate| candidate.put).collect()
    }

    #[test]
    fn names_of_the_session_and_of_the_language() {
        assert_eq!(put("doc"), ["docker"]);
        assert_eq!(put("twi"), ["twice("]);
        assert_eq!(put("dbg"), ["dbg::"]);
        assert_eq!(put("dbg::c"), ["check_port("]);
        assert!(put("").contains(&"cidr(".to_owned()));
    }

    #[test]
    fn members_follow_the_chain() {
        assert_eq!(put("docker.network.cr"), ["create("]);
        assert_eq!(put("docker.netw"), ["network"]);
        assert_eq!(put("web.resta"), ["restart("]);
        assert_eq!(put("nets[0].N"), ["Name"]);
        assert_eq!(put("docker.run(\"x\").i"), ["id", "inspect()", "ip("]);
        assert_eq!(put("cidr(\"10.0.0.0/8\").next().spl"), ["split("]);
        assert!(put("unknown.").is_empty());
    }

    #[test]
    fn strings_are_asked_by_their_parameter() {
        let parameter = |line: &str| match asked(line, line.len()).what {
            What::Argument { call, index } => known().parameter(&call, index),
            other => panic!("{other:?}"),
        };
        assert_eq!(parameter("docker.network.connect(\"a"), Some("network"));
        assert_eq!(parameter("docker.network.connect(\"a\", \"b"), Some("container"));
        assert_eq!(parameter("exec(\""), Some("container"));
        assert_eq!(parameter("web.ip(\""), Some("network"));
        assert_eq!(parameter("docker.network.create(\""), Some("name"));
        assert_eq!(parameter("twice(\""), None);
    }

    #[test]
    fn what_calls_return_is_in_the_reference() {
        for (call, owner) in RETURNS {
            assert!(bind::entries().any(|entry| entry.path() == *call), "{call}");
            assert!(bind::entries().any(|entry| entry.owner == *owner), "{owner}");
        }
    }

    #[test]
    fn what_every_call_that_makes_a_handle_returns_is_known() {
        for entry in bind::entries().filter(|entry| entry.owner.starts_with("docker") && entry.doc.contains("handle")) {
            let (call, made) = (entry.path(), ["returns its handle", "and returns a handle", "Returns its handle"]);
            let makes = made.iter().any(|words| entry.doc.contains(words)) || entry.name.starts_with("ensure");
            assert!(!makes || RETURNS.iter().any(|(known, _)| *known == call), "{call}: {}", entry.doc);
        }
    }

    #[test]
    fn commands_modules_and_files() {
        assert_eq!(put(":lo"), [":load "]);
        assert_eq!(put("import \"std/deb"), ["std/debug"]);
        assert_eq!(put(":load Cargo.t"), ["Cargo.toml"]);
        assert_eq!(put(":load src/rep"), ["src/repl/"]);
        assert_eq!(put(":doc docker.network.cr"), ["docker.network.create"]);
    }
}
