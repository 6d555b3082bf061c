//! Rules for Prometheus: the committed files, what the real promtool and amtool say of them, and that nothing is left out.

mod alertmanager;
mod command;
mod committed;
mod complete;
pub(crate) mod metrics;
mod settings;
pub(crate) mod tools;

pub(crate) use complete::alerts;
