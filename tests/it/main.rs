//! One test binary: suites as modules, servers and builders in `support`.

mod feast;
mod stats;
mod support;
mod verdicts;
