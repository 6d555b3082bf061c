//! One test binary: suites as modules, servers and builders in `support`.

mod publish;
mod demo;
mod stats;
mod support;
mod verdicts;
