//! What a round concludes from its verdicts: readings that disagree, and findings that stand for many.

mod drift;
mod one_finding;
mod readings;
mod rows;
mod sides;
