//! One test binary: suites as modules, servers and builders in `support`.

mod snapshot;
mod support;
