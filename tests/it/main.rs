//! One test binary: suites as modules, servers and builders in `support`.

mod drift;
mod publish;
mod stats;
mod support;
mod tidy;
