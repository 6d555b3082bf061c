//! One test binary: suites as modules, servers and builders in `support`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "a test says what it expects by failing loudly; clippy knows tests by their attribute, not their helpers"
)]

mod demo;
mod stats;
mod support;
mod verdicts;
