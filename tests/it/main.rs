//! One test binary: suites as modules, servers and builders in `support`.

mod feast;
mod publish;
mod demo;
mod golden;
mod stats;
mod support;
mod verdicts;
