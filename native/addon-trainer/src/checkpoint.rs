//! Checkpoints off the event loop.

use std::sync::Arc;

use border::{Fault, guard};
use napi::bindgen_prelude::Buffer;
use napi::{Env, Task};

use crate::shared::{Reservation, Shared};

/// Copies the learner and seals the copy, or why it may not: a promise rejects, it does not throw.
pub struct CheckpointTask(pub(crate) Result<Arc<Shared>, Fault>);

impl Task for CheckpointTask {
    type Output = Result<Vec<u8>, Fault>;
    type JsValue = Buffer;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(guard("make checkpoint", || {
            let shared = std::mem::replace(&mut self.0, Err(Fault::closed("make checkpoint", "run")))?;
            shared.checkpoint()
        }))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output.map(Buffer::from).map_err(|fault| fault.into_rejection(env))
    }
}

/// Bytes to go on from, or why that may not be.
pub struct RestoreTask(pub(crate) Result<(Reservation, Vec<u8>), Fault>);

impl Task for RestoreTask {
    type Output = Result<(), Fault>;
    type JsValue = ();

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(guard("restore checkpoint", || {
            // Taken out, so that the reservation has ended when the promise settles.
            let (reserved, bytes) = std::mem::replace(&mut self.0, Err(Fault::closed("restore checkpoint", "run")))?;
            reserved.shared().restore(&bytes)
        }))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output.map_err(|fault| fault.into_rejection(env))
    }
}
