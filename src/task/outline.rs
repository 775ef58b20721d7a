//! The names and descriptions of tasks, and nothing else of them: a shell that completes a word waits for it.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::catalogue::Catalogue;
use super::error::Error;
use super::find::find_into;
use super::header::Header;
use super::model::{About, Task};
use super::skim::{Head, skim};
use super::text::File;
use crate::config;

/// The names of all tasks that can be run from a folder, aliases among them, with what each is for. A task with a mistake is among them:
/// running it tells of the mistake.
pub fn names(cwd: &Path, config: Option<&Path>) -> Result<Vec<(String, String)>, Error> {
    let catalogue = find_into(Catalogue { only_names: true, ..Catalogue::default() }, cwd, config)?;
    let named = |(task, _): (&Task, _)| {
        let all = std::iter::once(task.name.clone()).chain(task.about.aliases.clone());
        let description = task.description.clone().unwrap_or_default();
        all.map(|name| (name, description.clone())).collect::<Vec<_>>()
    };
    Ok(catalogue.tasks().flat_map(named).collect())
}

/// The tasks of a file that includes no other; `None` where the whole must be read, if only to tell what is wrong.
pub(super) fn read(text: &str) -> Option<Vec<Head>> {
    skim(text).or_else(|| glanced(text))
}

fn glanced(text: &str) -> Option<Vec<Head>> {
    let outline: Outline = config::glance(text)?;
    outline.tasks.filter(|_| !outline.includes)
}

impl Head {
    /// A task that is known by name, and has nothing to run.
    pub(super) fn task(&self, prefix: &str, file: &Arc<File>) -> Task {
        Task {
            name: format!("{prefix}{}", self.name),
            description: self.description.clone(),
            about: About {
                header: Arc::new(Header::default()),
                vars: Vec::new(),
                dotenv: Vec::new(),
                private: self.private,
                aliases: self.aliases.iter().map(|alias| format!("{prefix}{alias}")).collect(),
                group: None,
                confirm: None,
                line: 1,
            },
            params: Vec::new(),
            steps: Vec::new(),
            env: Vec::new(),
            file: file.clone(),
            workdir: None,
            timeout: None,
            needs: Vec::new(),
            parallel: false,
            max_parallel: None,
            fail_fast: true,
            matrix: Vec::new(),
            on_error: Vec::new(),
            last: Vec::new(),
            returns: None,
        }
    }
}

#[derive(Default)]
struct Outline {
    tasks: Option<Vec<Head>>,
    includes: bool,
}

/// Reads the entries of a map one by one, and passes over whatever is no map.
trait Glance: Default {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

struct Glanced<T>(T);

impl<'de, T: Glance> Deserialize<'de> for Glanced<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GlanceVisitor(PhantomData)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Glanced::deserialize(deserializer).map(|glanced| glanced.0)
    }
}

struct GlanceVisitor<T>(PhantomData<T>);

impl<'de, T: Glance> Visitor<'de> for GlanceVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut glanced = T::default();
        while let Some(key) = map.next_key::<String>()? {
            glanced.entry(&key, &mut map)?;
        }
        Ok(glanced)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }
}

impl Glance for Outline {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "tasks" {
            self.tasks = Some(map.next_value::<Glanced<Heads>>()?.0.0);
        } else {
            self.includes |= key == "include";
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Heads(Vec<Head>);

impl Glance for Heads {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let Glanced(Keys { description, private, aliases }) = map.next_value()?;
        self.0.push(Head { name: key.to_owned(), aliases, description, private });
        Ok(())
    }
}

#[derive(Default)]
struct Keys {
    description: Option<String>,
    private: bool,
    aliases: Vec<String>,
}

impl Glance for Keys {
    fn entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "description" => self.description = map.next_value()?,
            "private" => self.private = map.next_value()?,
            "aliases" => self.aliases = map.next_value()?,
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{glanced, skim};

    #[test]
    fn names_are_read_whatever_stands_beside_them() {
        let text = "vars: {a: 1}\ntasks:\n  a:\n    description: What it does\n    steps:\n      - command: |\n          tasks:\n            b: 1\n  b: {private: true, command: x}\n  c: wrong\n  d: [1]\n  e:\n";
        let heads = glanced(text).unwrap();
        let names: Vec<_> = heads.iter().map(|head| (head.name.as_str(), head.private)).collect();
        assert_eq!(names, [("a", false), ("b", true), ("c", false), ("d", false), ("e", false)]);
        assert_eq!(heads[0].description.as_deref(), Some("What it does"));
    }

    #[test]
    fn the_shipped_tasks_are_skimmed_as_they_are_read() {
        for text in [
            include_str!("../../tasks/setup-network.yaml"),
            include_str!("../../tasks/connect-all.yaml"),
            include_str!("../../tasks/network-debug.yaml"),
            include_str!("../../tasks/teardown-network.yaml"),
        ] {
            let (skimmed, read) = (skim(text).unwrap(), glanced(text).unwrap());
            let seen = |heads: &[super::Head]| {
                heads.iter().map(|head| (head.name.clone(), head.description.clone(), head.private)).collect::<Vec<_>>()
            };
            assert_eq!(seen(&skimmed), seen(&read));
        }
    }

    #[test]
    fn what_is_wrong_or_includes_others_is_left_to_the_reader() {
        for text in
            ["tasks:\n\tx: 1\n", "tasks: {a: {}, a: {}}\n", "include: [x.yaml]\ntasks: {a: {}}\n", "vars: {}\n", ""]
        {
            assert!(glanced(text).is_none(), "{text}");
        }
    }
}
