//! How a function of the script is called: with as many arguments as it takes, now or later.

#![allow(deprecated, reason = "Rhai marks the stored context as volatile, not as going away")]

use rhai::{Dynamic, Engine, EvalAltResult, FnPtr, NativeCallContext, NativeCallContextStore, Position};

use crate::script::fault::Fault;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// A function of the script that may leave out the last of its parameters.
pub(in crate::script) struct Taker<'c, 'a> {
    context: &'c NativeCallContext<'a>,
    function: FnPtr,
    /// How many arguments it takes, once that is known.
    takes: Option<usize>,
}

impl<'c, 'a> Taker<'c, 'a> {
    pub(in crate::script) fn new(context: &'c NativeCallContext<'a>, function: FnPtr) -> Self {
        Self { context, function, takes: None }
    }

    /// Calls it; true unless it answers `false`.
    pub(in crate::script) fn goes_on(&mut self, arguments: &[Dynamic]) -> Answer<bool> {
        Ok(self.call(arguments)?.as_bool().unwrap_or(true))
    }

    pub(in crate::script) fn call(&mut self, arguments: &[Dynamic]) -> Answer<Dynamic> {
        if let Some(count) = self.takes {
            return self.with(arguments, count);
        }
        for count in (0..=arguments.len()).rev() {
            match self.with(arguments, count) {
                Err(error) if self.is_missing(&error) => {}
                answer => {
                    self.takes = Some(count);
                    return answer;
                }
            }
        }
        let most = arguments.len();
        Err(Fault::invalid(format!(
            "the function must take at most {most} parameter{}",
            if most == 1 { "" } else { "s" }
        ))
        .into())
    }

    fn with(&self, arguments: &[Dynamic], count: usize) -> Answer<Dynamic> {
        self.function.call_raw(self.context, None, arguments[..count].to_vec())
    }

    /// Whether it is this function that was not found, with so many arguments.
    fn is_missing(&self, error: &EvalAltResult) -> bool {
        matches!(error, EvalAltResult::ErrorFunctionNotFound(name, _)
            if name.split(' ').next() == Some(self.function.fn_name()))
    }
}

/// A function that is called later: it keeps what it knew where it was handed over, the functions of its script and the
/// place of the call among them.
#[derive(Debug, Clone)]
pub(in crate::script) struct Closure {
    function: FnPtr,
    context: NativeCallContextStore,
}

impl Closure {
    pub(in crate::script) fn new(context: &NativeCallContext, function: FnPtr) -> Self {
        Self { function, context: context.store_data() }
    }

    pub(in crate::script) fn call(&self, engine: &Engine) -> Answer<Dynamic> {
        let context = self.context.create_context(engine);
        Taker::new(&context, self.function.clone()).call(&[])
    }

    /// Where it was handed over: the name of the source, and the place in it.
    pub(in crate::script) fn place(&self) -> (&str, Position) {
        (self.context.global.source.as_deref().unwrap_or_default(), self.context.pos)
    }
}
