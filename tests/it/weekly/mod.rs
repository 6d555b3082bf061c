//! The skew report: whole forms of a fixture history, odd weeks, and what a browser makes of the page.

mod browsed;
mod cells;
mod command;
mod forms;
mod ills;
mod incidents;
mod known;
mod odd;
mod periods;
mod sample;
mod size;
