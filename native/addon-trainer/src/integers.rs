//! An argument that must be an `Int32Array`.

use border::{Fault, RLT_ARGUMENT};
use napi::bindgen_prelude::{FromNapiValue, Int32Array};
use napi::sys;

/// An `Int32Array`, or nothing for any other value, so that a wrong type gets a code of ours.
pub struct Integers(Option<Int32Array>);

impl FromNapiValue for Integers {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        // SAFETY: both handles are those of this call.
        Ok(Self(unsafe { Int32Array::from_napi_value(env, value) }.ok()))
    }
}

impl Integers {
    /// The elements.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub(crate) fn into_values(self, name: &str) -> Result<Vec<i32>, Fault> {
        let refuse = || Fault::new(RLT_ARGUMENT, format!("Cannot accept {name} as it must be an Int32Array: it is not one"));
        self.0.map(|values| values.to_vec()).ok_or_else(refuse)
    }
}
