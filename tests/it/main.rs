//! One test binary: suites as modules, servers and builders in `support`.

mod demo;
mod drift;
mod golden;
mod publish;
mod stats;
mod support;
mod tidy;
mod verdicts;
