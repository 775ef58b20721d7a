//! Where `import` looks: the script's folder, the project's `stdlib/`, and what is embedded as `std/…`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};

use super::bind::Entry;
use super::fault::Fault;
use super::source::{Source, Sources};
use crate::model::names;

/// Modules that are part of the binary: their name, and their text.
pub(super) const EMBEDDED: &[(&str, &str)] = &[("std/debug", include_str!("../../stdlib/debug.rhai"))];

/// The names of the modules that are part of the binary.
pub fn shipped() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(name, _)| *name)
}

/// The functions of the modules that are part of the binary, with the comments above them.
pub(super) fn members() -> impl Iterator<Item = &'static Entry> {
    static WORDS: LazyLock<Vec<Described>> =
        LazyLock::new(|| EMBEDDED.iter().flat_map(|(module, text)| described(module, text)).collect());
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        let entry =
            |(owner, name, signature, doc): &'static Described| Entry { owner, name, signature, doc, example: "" };
        WORDS.iter().map(entry).collect()
    });
    ENTRIES.iter()
}

/// Module, name, parameters, words.
type Described = (&'static str, &'static str, &'static str, String);

/// Only what has a `///` above it is for others.
fn described(module: &'static str, text: &'static str) -> Vec<Described> {
    let (mut all, mut doc) = (Vec::new(), String::new());
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("///") {
            let words = words.trim();
            if !doc.is_empty() && !words.is_empty() {
                doc.push(' ');
            }
            doc.push_str(words);
            continue;
        }
        let head = line.strip_prefix("fn ").and_then(|rest| rest.split_once(" {")).map(|(head, _)| head);
        if let Some((name, signature)) = head.and_then(|head| head.split_at_checked(head.find('(')?))
            && !doc.is_empty()
        {
            all.push((module, name, signature, doc.clone()));
        }
        doc.clear();
    }
    all
}

pub(super) struct Resolver {
    pub(super) project: Option<PathBuf>,
    pub(super) sources: Arc<Sources>,
    loaded: Mutex<HashMap<String, Shared<Module>>>,
    /// Modules whose import has begun and not ended, outermost first, with the thread that imports.
    importing: Mutex<Vec<(ThreadId, String)>>,
}

impl Resolver {
    pub(super) fn new(project: Option<PathBuf>, sources: Arc<Sources>) -> Self {
        Self { project, sources, loaded: Mutex::default(), importing: Mutex::default() }
    }

    /// The source of a module, or the places that were looked at.
    fn find(&self, importer: Option<&str>, path: &str) -> Result<Source, Fault> {
        if path.starts_with("std/") {
            if let Some((name, text)) = EMBEDDED.iter().find(|(name, _)| *name == path) {
                return Ok(Source::literal(*name, *text));
            }
            let fault = Fault::new("not_found", format!("the standard library has no module \"{path}\""));
            let hint = names::suggestion(path, EMBEDDED.iter().map(|(name, _)| *name));
            return Err(Fault { hint, process_code: Some(2), ..fault });
        }
        let folder = importer.and_then(|name| self.sources.get(name)).and_then(|source| source.folder);
        let folders = folder.into_iter().chain(self.project.iter().map(|project| project.join("stdlib")));
        let mut tried = Vec::new();
        for folder in folders {
            let file = folder.join(with_extension(path));
            if file.is_file() {
                return Source::file(&file).map_err(|error| Fault::new("io", error.message()));
            }
            tried.push(file.display().to_string());
        }
        let fault = Fault::new("not_found", format!("module \"{path}\" is not found"));
        let looked = if tried.is_empty() { "nowhere: this code has no folder".to_owned() } else { tried.join(", ") };
        Err(Fault {
            hint: Some(format!("looked for {looked}; shipped modules are \"std/…\"")),
            process_code: Some(2),
            ..fault
        })
    }

    fn load(
        &self,
        engine: &Engine,
        source: Source,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let name = source.path.clone();
        let in_module =
            |error: Box<EvalAltResult>| Box::new(EvalAltResult::ErrorInModule(name.clone(), error, position));
        let mut ast = engine.compile(&source.code).map_err(|error| {
            let EvalAltResult::ErrorParsing(kind, at) = EvalAltResult::from(error) else {
                return in_module(Fault::new("script", format!("module \"{path}\" does not parse")).into());
            };
            in_module(Box::new(EvalAltResult::ErrorParsing(kind, at)))
        });
        self.sources.add(source);
        if let Ok(ast) = &mut ast {
            ast.set_source(&name);
        }
        let module = Module::eval_ast_as_new(Scope::new(), &ast?, engine).map_err(in_module)?;
        Ok(module.into())
    }
}

fn with_extension(path: &str) -> PathBuf {
    let path = Path::new(path);
    if path.extension().is_some_and(|extension| extension == "rhai") {
        path.to_path_buf()
    } else {
        // Appended: `my.lib` is my.lib.rhai.
        PathBuf::from(format!("{}.rhai", path.display()))
    }
}

impl ModuleResolver for Resolver {
    fn resolve(
        &self,
        engine: &Engine,
        importer: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let at = |fault: Fault| {
            let mut error: Box<EvalAltResult> = fault.into();
            error.set_position(position);
            error
        };
        let source = self.find(importer, path).map_err(at)?;
        let (here, name) = (thread::current().id(), source.path.clone());
        if let Some(module) = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Ok(module.clone());
        }
        {
            let mut importing = self.importing.lock().unwrap_or_else(PoisonError::into_inner);
            let own = importing.iter().filter(|(thread, _)| *thread == here).map(|(_, name)| name.as_str());
            let way: Vec<&str> = own.chain([name.as_str()]).collect();
            if way[..way.len() - 1].contains(&name.as_str()) {
                let way = way.join(" → ");
                importing.retain(|(thread, _)| *thread != here);
                return Err(at(Fault::invalid(format!("modules import each other: {way}"))));
            }
            importing.push((here, name.clone()));
        }
        let loaded = self.load(engine, source, path, position);
        self.importing.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != (here, name.clone()));
        let module = loaded?;
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(name, module.clone());
        Ok(module)
    }
}
