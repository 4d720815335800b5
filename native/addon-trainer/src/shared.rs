//! What the event loop and a training thread share: the learner, the replay, and who may go first.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use border::{Fault, RLT_BUSY};
use learner::{Checkpoint, Learner, LearnerConfig, LearnerError, Replay};

/// The state behind one JavaScript `Learner`.
///
/// Learner and replay have locks of their own: training holds the replay only while it copies a batch, and the learner only for
/// one update, so a push or a forward on the event loop waits for one of these at most.
pub(crate) struct Shared {
    learner: Mutex<Option<Learner>>,
    replay: Mutex<Option<Replay>>,
    training: AtomicBool,
    waiting: AtomicUsize,
}

impl Shared {
    pub(crate) fn new(config: LearnerConfig) -> Result<Self, LearnerError> {
        let replay = Replay::new(&config)?;
        Ok(Self {
            learner: Mutex::new(Some(Learner::new(config)?)),
            replay: Mutex::new(Some(replay)),
            training: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
        })
    }

    /// Uses the learner from the event loop; training lets it pass before its next update.
    pub(crate) fn with_learner<T>(&self, action: &str, call: impl FnOnce(&mut Learner) -> Result<T, Fault>) -> Result<T, Fault> {
        let _turn = Turn::take(&self.waiting);
        call(unpoisoned(&self.learner).as_mut().ok_or_else(|| Fault::closed(action, "learner"))?)
    }

    /// Uses the replay from the event loop.
    pub(crate) fn with_replay<T>(&self, action: &str, call: impl FnOnce(&mut Replay) -> Result<T, Fault>) -> Result<T, Fault> {
        call(unpoisoned(&self.replay).as_mut().ok_or_else(|| Fault::closed(action, "learner"))?)
    }

    /// Draws a batch and learns from it, on a training thread.
    pub(crate) fn train_once(&self) -> Result<learner::Update, Fault> {
        while self.waiting.load(Ordering::Acquire) > 0 {
            std::thread::yield_now();
        }
        let closed = || Fault::closed("train", "learner");
        let mut learner = unpoisoned(&self.learner);
        let learner = learner.as_mut().ok_or_else(closed)?;
        {
            let mut replay = unpoisoned(&self.replay);
            learner.draw(replay.as_mut().ok_or_else(closed)?).map_err(from_learner)?;
        }
        let update = learner.update().map_err(from_learner)?;
        if let Some(replay) = unpoisoned(&self.replay).as_mut() {
            learner.prioritise(replay);
        }
        Ok(update)
    }

    /// Copies learner and replay between two updates; the copy is sealed while they are free again.
    pub(crate) fn checkpoint(&self) -> Result<Vec<u8>, Fault> {
        let closed = || Fault::closed("make checkpoint", "learner");
        let draft = {
            let _turn = Turn::take(&self.waiting);
            let learner = unpoisoned(&self.learner);
            let replay = unpoisoned(&self.replay);
            let learner = learner.as_ref().ok_or_else(closed)?;
            learner.checkpoint(replay.as_ref().ok_or_else(closed)?).map_err(from_learner)?
        };
        Ok(draft.into_bytes())
    }

    /// Goes on from a checkpoint. It is read while learner and replay are free; these wait only for the exchange.
    pub(crate) fn restore(&self, bytes: &[u8]) -> Result<(), Fault> {
        let config = self.with_learner("restore checkpoint", |learner| Ok(learner.config().clone()))?;
        let checkpoint = Checkpoint::from_bytes(bytes, &config).map_err(from_learner)?;
        self.with_learner("restore checkpoint", |learner| {
            self.with_replay("restore checkpoint", |replay| learner.restore(checkpoint, replay).map_err(from_learner))
        })
    }

    /// Reserves the learner for one training run or restore.
    pub(crate) fn reserve(self: &Arc<Self>, action: &str) -> Result<Reservation, Fault> {
        if self.training.swap(true, Ordering::AcqRel) {
            return Err(busy(action));
        }
        Ok(Reservation(Arc::clone(self)))
    }

    /// Refuses a call that a training run excludes.
    pub(crate) fn refuse_while_training(&self, action: &str) -> Result<(), Fault> {
        if self.training.load(Ordering::Acquire) { Err(busy(action)) } else { Ok(()) }
    }

    /// Frees learner and replay; a running training ends before its next update.
    pub(crate) fn close(&self) {
        let _turn = Turn::take(&self.waiting);
        *unpoisoned(&self.learner) = None;
        *unpoisoned(&self.replay) = None;
    }
}

/// Excludes other training runs and restores for as long as it lives.
pub(crate) struct Reservation(Arc<Shared>);

impl Reservation {
    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.0.training.store(false, Ordering::Release);
    }
}

/// As an error of the border.
#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
pub(crate) fn from_learner(error: LearnerError) -> Fault {
    Fault::new(error.code(), error.to_string())
}

fn busy(action: &str) -> Fault {
    Fault::new(RLT_BUSY, format!("Cannot {action} as no training or restore may run: one is running"))
}

/// A caught panic must not make the learner unusable for ever: its numbers are checked at every update anyway.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a waiting caller for as long as it lives.
struct Turn<'a>(&'a AtomicUsize);

impl<'a> Turn<'a> {
    fn take(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::AcqRel);
        Self(waiting)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
