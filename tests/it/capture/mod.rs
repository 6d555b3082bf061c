//! Rows captured at a snapshot's cut: kept as they were, judged once, and what a running service makes of them.

mod compared;
mod judged;
mod kept;
mod killed;
mod made;
mod oracle;
mod running;
