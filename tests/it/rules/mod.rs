//! Rules for Prometheus: the committed files, what the real promtool and amtool say of them, and that nothing is left out.

mod alertmanager;
mod command;
mod committed;
mod complete;
mod metrics;
mod settings;
mod tools;

pub(crate) use complete::alerts;
