//! The Node-API face of `learner`: converts, decides nothing. Links LibTorch.

mod checkpoint;
mod class;
mod integers;
mod shared;
mod train;

pub use class::{Learner, engine_info};
pub use train::TrainReport;
