//! Text to [`Plan`]: everything a round needs to know, checked as a whole before anything is opened.

mod plan;

pub use plan::Plan;
