//! The availability lag: what readings say of it, and what a running service shows.

mod running;
mod tracked;
