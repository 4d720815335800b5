//! An argument of an exported function, converted by us so that a wrong type gets a code of ours and no array is copied.

use std::marker::PhantomData;
use std::ops::Range;
use std::ptr;

use napi::bindgen_prelude::FromNapiValue;
use napi::sys;

use crate::{Fault, RLT_ARGUMENT};

/// Any JavaScript value; the conversions name the argument in their error.
#[derive(Clone, Copy)]
pub struct Arg<'call> {
    env: sys::napi_env,
    value: sys::napi_value,
    call: PhantomData<&'call ()>,
}

impl FromNapiValue for Arg<'_> {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        Ok(Self { env, value, call: PhantomData })
    }
}

impl<'call> Arg<'call> {
    /// The elements of a `Float32Array`, in place.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn floats(self, name: &str) -> Result<&'call [f32], Fault> {
        let (data, len) = self.elements(name, "a Float32Array", sys::TypedarrayType::float32_array)?;
        // SAFETY: Node-API vouches for `len` aligned elements at `data` for the duration of this synchronous call, and no
        // JavaScript runs meanwhile.
        Ok(unsafe { slice(data.cast(), len) })
    }

    /// The elements of a `Float32Array`, in place and writable, that share no memory with the others; see [`memory`].
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn floats_mut(self, name: &str, others: &[Range<*const u8>]) -> Result<&'call mut [f32], Fault> {
        let (data, len) = self.elements(name, "a Float32Array", sys::TypedarrayType::float32_array)?;
        let data: *mut f32 = data.cast();
        let own = data.cast_const().cast::<u8>()..data.wrapping_add(len).cast_const().cast();
        let overlaps = |other: &Range<*const u8>| own.start < other.end && other.start < own.end;
        if len > 0 && others.iter().any(overlaps) {
            let rule = format!("Cannot accept {name} as it must not share memory with another argument: it does");
            return Err(Fault::new(RLT_ARGUMENT, rule));
        }
        if len == 0 {
            return Ok(&mut []);
        }
        // SAFETY: as in `floats`; the check above leaves this the only reference to the memory.
        Ok(unsafe { std::slice::from_raw_parts_mut(data, len) })
    }

    /// The elements of a `Float64Array`, in place.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn doubles(self, name: &str) -> Result<&'call [f64], Fault> {
        let (data, len) = self.elements(name, "a Float64Array", sys::TypedarrayType::float64_array)?;
        // SAFETY: as in `floats`.
        Ok(unsafe { slice(data.cast(), len) })
    }

    /// The elements of a `Uint8Array` (a `Buffer` is one), in place.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn bytes(self, name: &str) -> Result<&'call [u8], Fault> {
        let (data, len) = self.elements(name, "a Uint8Array", sys::TypedarrayType::uint8_array)?;
        // SAFETY: as in `floats`.
        Ok(unsafe { slice(data.cast(), len) })
    }

    /// The elements of a `Uint32Array`, in place.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn words(self, name: &str) -> Result<&'call [u32], Fault> {
        let (data, len) = self.elements(name, "a Uint32Array", sys::TypedarrayType::uint32_array)?;
        // SAFETY: as in `floats`.
        Ok(unsafe { slice(data.cast(), len) })
    }

    /// A string.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn text(self, name: &str) -> Result<String, Fault> {
        if self.kind() != sys::ValueType::napi_string {
            return Err(self.refuse(name, "a string"));
        }
        // SAFETY: both handles come from the running call, and the value is a string.
        unsafe { String::from_napi_value(self.env, self.value) }.map_err(|_| self.refuse(name, "a string"))
    }

    /// A string, or nothing if the argument is missing, undefined or null.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn optional_text(self, name: &str) -> Result<Option<String>, Fault> {
        match self.kind() {
            sys::ValueType::napi_undefined | sys::ValueType::napi_null => Ok(None),
            _ => self.text(name).map(Some),
        }
    }

    /// A whole number in 1..=limit.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn count(self, name: &str, limit: u32) -> Result<u32, Fault> {
        self.whole(name, 1, limit)
    }

    /// A whole number in 1..=limit, or nothing if the argument is missing, undefined or null.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn optional_count(self, name: &str, limit: u32) -> Result<Option<u32>, Fault> {
        match self.kind() {
            sys::ValueType::napi_undefined | sys::ValueType::napi_null => Ok(None),
            _ => self.count(name, limit).map(Some),
        }
    }

    /// A whole number from 0 on.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn index(self, name: &str) -> Result<usize, Fault> {
        self.whole(name, 0, u32::MAX).map(|index| index as usize)
    }

    /// A number.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] for anything else.
    pub fn number(self, name: &str) -> Result<f64, Fault> {
        if self.kind() == sys::ValueType::napi_number { Ok(self.double()) } else { Err(self.refuse(name, "a number")) }
    }

    fn whole(self, name: &str, least: u32, most: u32) -> Result<u32, Fault> {
        let rule = format!("a whole number in {least}..={most}");
        let number = self.double();
        if !(f64::from(least)..=f64::from(most)).contains(&number) || number.fract() != 0.0 {
            return Err(if self.kind() == sys::ValueType::napi_number {
                Fault::new(RLT_ARGUMENT, format!("Cannot accept {name} as it must be {rule}: it is {number}"))
            } else {
                self.refuse(name, &rule)
            });
        }
        Ok(number as u32)
    }

    /// NaN for a value that is no number.
    fn double(self) -> f64 {
        let mut number = f64::NAN;
        // SAFETY: both handles come from the running call; a value that is no number leaves NaN.
        unsafe { sys::napi_get_value_double(self.env, self.value, &raw mut number) };
        number
    }

    /// A property of an object.
    ///
    /// # Errors
    /// [`RLT_ARGUMENT`] if this is no object, or if reading the property throws.
    pub fn property(self, name: &str, key: &std::ffi::CStr) -> Result<Arg<'call>, Fault> {
        if self.kind() != sys::ValueType::napi_object {
            return Err(self.refuse(name, "an object"));
        }
        let mut value = ptr::null_mut();
        // SAFETY: both handles come from the running call, and the key ends with a zero byte.
        let status = unsafe { sys::napi_get_named_property(self.env, self.value, key.as_ptr(), &raw mut value) };
        if status == sys::Status::napi_ok {
            return Ok(Arg { value, ..self });
        }
        let mut thrown = ptr::null_mut();
        // SAFETY: the environment is that of the running call. The getter's own exception gives way to our error.
        unsafe { sys::napi_get_and_clear_last_exception(self.env, &raw mut thrown) };
        let key = key.to_string_lossy();
        Err(Fault::new(RLT_ARGUMENT, format!("Cannot read {name} as `{key}` must be a plain property: reading it failed")))
    }

    fn elements(self, name: &str, rule: &str, kind: i32) -> Result<(*mut std::ffi::c_void, usize), Fault> {
        let mut actual = -1;
        let mut len = 0;
        let mut data = ptr::null_mut();
        // SAFETY: both handles come from the running call; a value that is no typed array is refused with a status.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                self.value,
                &raw mut actual,
                &raw mut len,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if status != sys::Status::napi_ok || actual != kind {
            return Err(self.refuse(name, rule));
        }
        Ok((data, len))
    }

    fn kind(self) -> sys::napi_valuetype {
        let mut kind = sys::ValueType::napi_undefined;
        // SAFETY: both handles come from the running call.
        unsafe { sys::napi_typeof(self.env, self.value, &raw mut kind) };
        kind
    }

    fn refuse(self, name: &str, rule: &str) -> Fault {
        let actual = match self.kind() {
            sys::ValueType::napi_undefined => "undefined",
            sys::ValueType::napi_null => "null",
            sys::ValueType::napi_boolean => "a boolean",
            sys::ValueType::napi_number => "a number",
            sys::ValueType::napi_string => "a string",
            sys::ValueType::napi_symbol => "a symbol",
            sys::ValueType::napi_function => "a function",
            sys::ValueType::napi_bigint => "a bigint",
            _ => "another object",
        };
        Fault::new(RLT_ARGUMENT, format!("Cannot accept {name} as it must be {rule}: it is {actual}"))
    }
}

/// The memory of an argument, for [`Arg::floats_mut`].
pub fn memory<T>(values: &[T]) -> Range<*const u8> {
    let range = values.as_ptr_range();
    range.start.cast()..range.end.cast()
}

/// An empty array may have no memory at all.
///
/// # Safety
/// Unless `len` is 0, `data` must be valid for reading `len` aligned elements during the running call.
unsafe fn slice<'call, T>(data: *const T, len: usize) -> &'call [T] {
    if len == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(data, len) }
}
