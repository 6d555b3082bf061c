//! One test binary: suites as modules, servers and builders in `support`.

mod config;
mod demo;
mod drift;
mod golden;
mod publish;
mod redis;
mod stats;
mod support;
mod tidy;
mod verdicts;
