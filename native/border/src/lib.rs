//! The border between Rust and JavaScript, shared by the addons: arguments in, typed errors out, no panic across.
//!
//! Knows Node-API; knows no network and no learner.

mod arg;
mod fault;

pub use arg::{Arg, memory};
pub use fault::{Fault, RLT_ARGUMENT, RLT_BUSY, RLT_CLOSED, RLT_ENGINE, Result, guard};
