//! Errors with a code of ours, for code that throws and for code that rejects.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::{Env, JsError};
use qnet::EngineError;

/// An argument has the wrong JavaScript type.
pub const RLT_ARGUMENT: &str = "RLT_ARGUMENT";
/// The object is doing something that excludes this call.
pub const RLT_BUSY: &str = "RLT_BUSY";
/// The object was closed.
pub const RLT_CLOSED: &str = "RLT_CLOSED";
/// A fault of the engine itself, never of the input.
pub const RLT_ENGINE: &str = "RLT_ENGINE";

/// What an exported function returns: its error reaches JavaScript with `code`.
///
/// Named so because the napi macro knows a fallible function by this name.
pub type Result<T, E = napi::Error<&'static str>> = std::result::Result<T, E>;

/// An error on its way to JavaScript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The stable code that JavaScript sees as `error.code`.
    pub code: &'static str,
    /// Action, rule, actual value.
    pub message: String,
}

impl Fault {
    /// An error with a code of ours.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A call on a closed object.
    pub fn closed(action: &str, object: &str) -> Self {
        Self::new(RLT_CLOSED, format!("Cannot {action} as the {object} must be open: it is closed"))
    }

    /// As an error that rejects a promise.
    pub fn into_rejection(self, env: Env) -> napi::Error {
        let error = JsError::from(napi::Error::new(self.code, self.message));
        napi::Error::from(error.into_unknown(env))
    }

    fn from_panic(action: &str, payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without text".into());
        Self::new(RLT_ENGINE, format!("Cannot {action} as the engine must not panic: it did with {text:?}"))
    }
}

impl From<EngineError> for Fault {
    fn from(error: EngineError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<Fault> for napi::Error<&'static str> {
    fn from(fault: Fault) -> Self {
        Self::new(fault.code, fault.message)
    }
}

/// Runs one exported call; a panic becomes an error with the code [`RLT_ENGINE`].
///
/// # Errors
/// The call's own error, or the caught panic.
pub fn guard<T>(action: &str, call: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| Err(Fault::from_panic(action, &*payload)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guard_turns_a_panic_into_an_engine_fault() {
        let fault = guard("run forward", || -> Result<(), Fault> { panic!("index {} of {}", 3, 2) }).unwrap_err();
        assert_eq!(fault.code, RLT_ENGINE);
        assert_eq!(fault.message, "Cannot run forward as the engine must not panic: it did with \"index 3 of 2\"");
        assert_eq!(guard("add", || Ok(2)), Ok(2));
        assert_eq!(guard("add", || Err::<(), _>(Fault::closed("add", "sum"))), Err(Fault::closed("add", "sum")));
    }
}
