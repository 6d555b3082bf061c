//! One test binary: suites as modules, servers and builders in `support`.

mod publish;
mod stats;
mod support;
mod tidy;
