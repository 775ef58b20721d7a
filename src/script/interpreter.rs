//! Builds the Rhai engine and runs scripts on a thread whose stack holds deep recursion.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};
use std::thread;

use rhai::{
    AST, Dynamic, Engine, EvalAltResult, Expr, Map, Module, OptimizationLevel, Position, Scope, Shared, Stmt, Token,
};
use serde_json::Value as Json;

use super::bind;
use super::case::{self, Written};
use super::compare;
use super::context::{Context, World};
use super::error::Error;
use super::fault::Fault;
use super::flow::Closure;
use super::hints::Known;
use super::lint;
use super::modules::Resolver;
use super::shape::{self, Shape};
use super::signatures::Signatures;
use super::source::{Source, Sources};
use super::surroundings::{self, Surroundings};
use super::values;
use crate::runtime::{Cancel, Cleanup};
use crate::view::{Diagnostic, Place};

/// Runs scripts, each in a session of its own.
#[derive(Clone)]
pub struct Interpreter {
    context: Context,
}

impl Interpreter {
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    /// The same, with variables set over the environment that scripts see.
    #[must_use]
    pub fn with_env(&self, env: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut context = self.context.clone();
        context.env.extend(env);
        Self { context }
    }

    /// Runs a script. `globals` are seen everywhere, inside functions and modules too.
    pub fn run(&self, source: &Source, globals: &[(String, Json)]) -> Result<Json, Error> {
        let run = || {
            let mut session = Session::new(self.context.clone(), globals);
            compare::refuse(&mut session.engine, source);
            let answer = session.eval(source).and_then(|value| session.run_cases().map(|()| value));
            match session.end(answer) {
                // An object such as `docker.network` has no value but its name.
                Ok(value) => match shape::of(&value, &session.engine) {
                    Shape::Object(kind) if kind.starts_with("docker") => {
                        Ok(Json::String(session.describe(&value).unwrap_or(kind)))
                    }
                    _ => values::to_json(&value).map_err(|fault| Error::fault(&fault)),
                },
                Err(error) if error.exited() && error.exit_code() == 0 => Ok(Json::Null),
                Err(error) => Err(error),
            }
        };
        // The value is turned and dropped there too: it may be nested deeply.
        on_large_stack(self.context.limits.stack(), run).unwrap_or_else(|fault| Err(Error::fault(&fault)))
    }

    /// Parses a script without running it.
    pub fn check(&self, source: &Source) -> Result<(), Error> {
        let engine = bare_engine(&self.context);
        engine.compile(&source.code).map(|_| ()).map_err(|error| Error::syntax(&error, source, 0))
    }

    /// Parses a script without running it, and tells what is wrong with the names in it.
    pub fn foresee(&self, source: &Source, around: &dyn Surroundings) -> Vec<Error> {
        let engine = bare_engine(&self.context);
        match engine.compile(&source.code) {
            Ok(ast) => surroundings::judge(&ast, source, around),
            Err(error) => vec![Error::syntax(&error, source, 0)],
        }
    }

    /// The variables of a script that nothing sets, where it is run by itself.
    pub fn unset(&self, source: &Source) -> Vec<Diagnostic> {
        let ast = bare_engine(&self.context).compile(&source.code);
        ast.map_or_else(|_| Vec::new(), |ast| surroundings::unset(&ast, source)).iter().map(Error::diagnostic).collect()
    }

    /// All that is wrong with a script as far as it can be told without running it.
    pub fn lint(&self, source: &Source) -> Vec<Diagnostic> {
        let engine = bare_engine(&self.context);
        match engine.compile(&source.code) {
            Ok(ast) => lint::lint(&ast, source, self.signatures()),
            Err(error) => vec![Error::syntax(&error, source, 0).diagnostic().code("syntax")],
        }
    }

    /// The tests that a script has, as far as its text tells; nothing of it runs.
    pub fn tests(&self, source: &Source) -> Result<Vec<Written>, Error> {
        let engine = bare_engine(&self.context);
        let ast = engine.compile(&source.code).map_err(|error| Error::syntax(&error, source, 0))?;
        Ok(case::written(&ast, source))
    }

    /// What the bindings are called with: the same for all scripts, and asked for once.
    fn signatures(&self) -> &'static Signatures {
        static KNOWN: OnceLock<Signatures> = OnceLock::new();
        KNOWN.get_or_init(|| Signatures::of(&Session::new(self.context.clone(), &[]).engine))
    }
}

/// A conversation with the interpreter: variables, functions and imports stay from one evaluation to the next.
pub struct Session {
    world: Arc<World>,
    engine: Engine,
    scope: Scope<'static>,
    functions: AST,
    sources: Arc<Sources>,
    globals: Vec<(String, Dynamic)>,
    /// Imports of earlier evaluations, by alias: the language itself forgets them.
    modules: BTreeMap<String, Shared<Module>>,
    /// Lines that hold the functions of earlier evaluations; the next one begins after them.
    lines: usize,
}

impl Session {
    pub fn new(context: Context, globals: &[(String, Json)]) -> Self {
        let mut engine = bare_engine(&context);
        let sources = Arc::new(Sources::default());
        engine.set_module_resolver(Resolver::new(context.project.clone(), sources.clone()));
        let world = World::new(context);
        let mut module = Module::new();
        bind::register(&mut engine, &mut module, &world);
        let mut globals: Vec<(String, Dynamic)> =
            globals.iter().map(|(name, value)| (name.clone(), values::from_json(value.clone()))).collect();
        for name in ["params", "args"] {
            if !globals.iter().any(|(known, _)| known == name) {
                let empty =
                    if name == "args" { Dynamic::from_array(Vec::new()) } else { Dynamic::from_map(Map::new()) };
                globals.push((name.to_owned(), empty));
            }
        }
        for (name, value) in &globals {
            module.set_var(name.as_str(), value.clone());
        }
        see_globals_in_closures(&mut engine, &module);
        engine.register_global_module(module.into());
        let (functions, modules) = (AST::empty(), BTreeMap::new());
        Self { world, engine, scope: Scope::new(), functions, sources, globals, modules, lines: 0 }
    }

    /// Leads cancellation to another token from now on.
    pub fn set_cancel(&self, cancel: &Cancel) {
        self.world.set_cancel(cancel);
    }

    /// Parses and runs a source; what it defines stays, whether it ends well or not.
    pub fn eval(&mut self, source: &Source) -> Result<Dynamic, Error> {
        // Functions of all evaluations are told apart by their lines alone: Rhai keeps one source name for them.
        let code = "\n".repeat(self.lines) + &source.code;
        let parsed = self.engine.compile_with_scope(&self.scope, &code);
        let name = self.sources.begin(source.clone(), self.lines);
        let mut ast = parsed.map_err(|error| Error::syntax(&error, source, self.lines))?;
        ast.set_source(name.as_str());
        let mut whole = self.functions.merge(&ast);
        whole.set_source(name.as_str());
        let answer = on_large_stack(self.world.context().limits.stack(), || {
            self.engine.eval_ast_with_scope::<Dynamic>(&mut self.scope, &whole)
        });
        let functions = ast.clone_functions_only();
        if functions.has_functions() {
            self.functions = self.functions.merge(&functions);
            self.lines += source.code.lines().count();
        }
        let failed_at = answer.as_ref().ok().and_then(|answer| answer.as_ref().err()).map(|error| error.position());
        self.keep_imports(&ast, &name, failed_at);
        match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.explain(*error, source)),
            Err(fault) => Err(Error::fault(&fault)),
        }
    }

    /// Does what the script deferred, the last first, whether it ended well or not. The first error counts, the others
    /// are told. Ctrl-C does not stop this; a second one does.
    pub fn end<T>(&mut self, answer: Result<T, Error>) -> Result<T, Error> {
        self.end_to(0, answer)
    }

    /// The same with what was deferred after the first so many.
    pub(super) fn end_to<T>(&mut self, mark: usize, mut answer: Result<T, Error>) -> Result<T, Error> {
        let (outer, cleanup) = (self.world.session_cancel(), Cleanup::default());
        if self.world.count_deferred() > mark
            && let Some(cleaning) = cleanup.begin()
        {
            // What cleans up already is stopped by its own second signal.
            let token = if outer.is_spared() { &outer } else { cleaning.token() };
            self.world.set_cancel(token);
            while token.reason().is_none()
                && let Some(work) = self.world.take_deferred(mark)
            {
                if let Err(error) = self.call(&work, token) {
                    answer = self.after(answer, error.note("in deferred work"));
                }
            }
            self.world.set_cancel(&outer);
            let left = self.world.forget_deferred(mark);
            if left > 0 {
                let functions = if left == 1 { "function" } else { "functions" };
                self.world.printer().warn(&format!("{left} deferred {functions} did not run"));
            }
        }
        // Ctrl-C may have come when only deferred work was left.
        match outer.reason() {
            Some(reason) if answer.is_ok() => Err(Error::fault(&Fault::stop(reason))),
            _ => answer,
        }
    }

    /// Calls a function that the script handed over.
    pub(super) fn call(&self, work: &Closure, cancel: &Cancel) -> Result<Dynamic, Error> {
        let stack = self.world.context().limits.stack();
        match on_large_stack(stack, || self.world.under(cancel, || work.call(&self.engine))) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let (here, _) = work.place();
                Err(Error::runtime(*error, here, &self.sources, &self.known()))
            }
            Err(fault) => Err(Error::fault(&fault)),
        }
    }

    /// Where a function was handed over.
    pub(super) fn place(&self, work: &Closure) -> Option<Place> {
        let (source, at) = work.place();
        self.sources.place(source, at)
    }

    /// The answer after another error: the first stays.
    fn after<T>(&self, answer: Result<T, Error>, error: Error) -> Result<T, Error> {
        match answer {
            Ok(_) => Err(error),
            Err(first) if first.exited() && first.exit_code() == 0 => Err(error),
            Err(first) => {
                if !error.exited() {
                    self.world.printer().error(&error.diagnostic());
                }
                Err(first)
            }
        }
    }

    /// Makes the modules that were imported visible to later evaluations: those that stand before the error, if any.
    fn keep_imports(&mut self, ast: &AST, name: &str, failed_at: Option<Position>) {
        for statement in ast.statements() {
            let Stmt::Import(import, position) = statement else { continue };
            let (Expr::StringConstant(path, _), alias) = (&import.0, &import.1) else { continue };
            if alias.name.is_empty() || failed_at.is_some_and(|at| at.is_none() || *position >= at) {
                continue;
            }
            // It is loaded already, so that this only looks it up.
            if let Ok(module) = self.engine.module_resolver().resolve(&self.engine, Some(name), path, *position) {
                self.engine.register_static_module(alias.as_str(), module.clone());
                self.modules.insert(alias.name.to_string(), module);
            }
        }
    }

    /// The variables of the session and the ones that every script has, with what can follow a dot after each.
    pub fn shapes(&self) -> BTreeMap<String, Shape> {
        let mut shapes = BTreeMap::new();
        let globals = self.globals.iter().map(|(name, value)| (name.as_str(), value));
        for (name, value) in globals {
            shapes.insert(name.to_owned(), shape::of(value, &self.engine));
        }
        for (name, value) in self.variables() {
            shapes.insert(name, shape::of(&value, &self.engine));
        }
        shapes
    }

    /// A value that is an object of ours, as its kind and its name: `network app`.
    pub fn describe(&self, value: &Dynamic) -> Option<String> {
        let Shape::Object(kind) = shape::of(value, &self.engine) else { return None };
        let mut scope = Scope::new();
        scope.push_dynamic("it", value.clone());
        let name = self.engine.eval_expression_with_scope::<String>(&mut scope, "it.to_string()").ok()?;
        if kind.starts_with("docker") { Some(name) } else { Some(format!("{} {name}", kind.to_lowercase())) }
    }

    /// The same with what the engine knows of each: `container web (3f2a9c014e55, running, 172.18.0.2)`. An engine that does
    /// not answer at once is not waited for. Nothing unless all of them are objects of ours.
    pub fn describe_whole(&self, values: &[Dynamic]) -> Option<Vec<String>> {
        let told: Vec<String> = values.iter().map(|value| self.describe(value)).collect::<Option<_>>()?;
        let mut details = bind::details(values, &self.world.cancel()).into_iter();
        let whole = told.into_iter().map(|told| match details.next().flatten() {
            Some(details) => format!("{told} ({details})"),
            None => told,
        });
        Some(whole.collect())
    }

    /// The variables of the session, in the order they were made, with their values.
    pub fn variables(&self) -> Vec<(String, Dynamic)> {
        let mut seen = Vec::<(String, Dynamic)>::new();
        for (name, _, value) in self.scope.iter() {
            seen.retain(|(other, _)| other != name);
            seen.push((name.to_owned(), value));
        }
        seen
    }

    /// The functions that the session has defined, as `name(parameters)`, sorted.
    pub fn functions(&self) -> Vec<String> {
        let show = |function: rhai::ScriptFnMetadata| format!("{}({})", function.name, function.params.join(", "));
        let named = self.functions.iter_functions().filter(|function| !function.name.starts_with("anon$"));
        let mut all: Vec<String> = named.map(show).collect();
        all.sort();
        all
    }

    /// The modules that the session has imported: alias, and what each holds, as `name(parameters)` or `name`.
    pub fn modules(&self) -> Vec<(String, Vec<String>)> {
        let members = |module: &Shared<Module>| {
            let functions = module
                .iter_script_fn_info()
                .filter(|(_, access, name, ..)| *access == rhai::FnAccess::Public && !name.starts_with("anon$"));
            let functions =
                functions.map(|(_, _, name, _, function)| format!("{name}({})", function.params.join(", ")));
            let mut all: Vec<String> = functions.chain(module.iter_var().map(|(name, _)| name.to_owned())).collect();
            all.sort();
            all
        };
        self.modules.iter().map(|(alias, module)| (alias.clone(), members(module))).collect()
    }

    /// The names of the functions that bindings have registered.
    #[cfg(test)]
    pub(super) fn registered(&self) -> std::collections::BTreeSet<String> {
        let name = |signature: String| signature.split('(').next().unwrap_or_default().to_owned();
        self.engine.gen_fn_signatures(false).into_iter().map(name).collect()
    }

    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    fn explain(&self, error: EvalAltResult, source: &Source) -> Error {
        Error::runtime(error, &source.path, &self.sources, &self.known())
    }

    fn known(&self) -> Known {
        let mut known = Known::default();
        let held = self.globals.iter().cloned().chain(self.variables());
        for (name, value) in held {
            known.variables.push(name);
            keys(&value, 0, &mut known.keys);
        }
        known.modules = self.modules();
        known.functions.extend(self.functions.iter_functions().map(|function| function.name.to_owned()));
        known.functions.extend(self.engine.gen_fn_signatures(true).iter().filter_map(|signature| {
            let name = signature.split('(').next()?.trim();
            name.chars().all(|c| c.is_alphanumeric() || c == '_').then(|| name.to_owned())
        }));
        known
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.world.close();
    }
}

/// The keys of the maps in a value, two levels down: enough to find what a mistyped one meant.
fn keys(value: &Dynamic, depth: usize, found: &mut Vec<String>) {
    if let Some(map) = value.read_lock::<Map>() {
        found.extend(map.keys().map(ToString::to_string));
        if depth < 2 {
            map.values().for_each(|value| keys(value, depth + 1, found));
        }
    }
}

/// Whether the text would parse if more followed.
pub fn incomplete(text: &str) -> bool {
    let mut engine = Engine::new_raw();
    debug_is_a_name(&mut engine);
    engine.compile(text).is_err_and(|error| super::hints::incomplete(error.err_type(), error.position(), text))
}

fn bare_engine(context: &Context) -> Engine {
    let limits = context.limits;
    let mut engine = Engine::new();
    engine
        // The optimizer turns a missing property of a literal map into (), where it must be an error.
        .set_optimization_level(OptimizationLevel::None)
        .set_max_call_levels(limits.call_depth)
        .set_max_operations(limits.operations)
        .set_max_string_size(limits.string)
        .set_max_array_size(limits.elements)
        .set_max_map_size(limits.elements)
        .set_max_expr_depths(128, 128)
        .set_fail_on_invalid_map_property(true);
    debug_is_a_name(&mut engine);
    engine
}

/// Rhai keeps the word for its function; as a name it can stand in `import "std/debug" as debug`, and still be called.
fn debug_is_a_name(engine: &mut Engine) {
    #[allow(deprecated, reason = "Rhai marks the call as volatile, not as going away")]
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(word) if *word == "debug" => Token::Identifier(word),
        other => other,
    });
}

/// A closure would capture a global as if it were a local variable, and not find it; a resolver says that it needs not to.
fn see_globals_in_closures(engine: &mut Engine, module: &Module) {
    let values: HashMap<String, Dynamic> =
        module.iter_var().map(|(name, value)| (name.to_string(), value.clone())).collect();
    #[allow(deprecated, reason = "Rhai marks the call as volatile, not as going away")]
    engine.on_var(move |name, index, context| {
        let local = index != 0 || context.scope().contains(name);
        Ok(if local { None } else { values.get(name).cloned() })
    });
}

fn on_large_stack<T: Send>(stack: usize, work: impl FnOnce() -> T + Send) -> Result<T, Fault> {
    thread::scope(|scope| {
        let spawned = thread::Builder::new().name("xnet-script".into()).stack_size(stack).spawn_scoped(scope, work);
        let thread = spawned.map_err(|error| Fault::new("io", format!("no thread for the script: {error}")))?;
        thread.join().map_err(|_| Fault::new("bug", "the interpreter panicked; please report the script"))
    })
}
