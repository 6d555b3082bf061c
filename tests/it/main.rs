//! One test binary: suites as modules, servers and builders in `support`.

mod redis;
mod stats;
mod config;
mod support;
mod verdicts;
