//! One test binary: suites as modules, servers and builders in `support`.

#![cfg(test)]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "numbers in tests are small and chosen"
)]

mod api;
mod availability;
mod bench;
mod bench_report;
mod bench_target;
mod capture;
mod cause;
mod config;
mod cost;
mod dashboards;
mod deliver;
mod demo;
mod deploy;
mod drift;
mod drift_reading;
mod e2e;
mod faults;
mod feast;
mod figures;
mod golden;
mod history;
mod judge;
mod lag;
mod lookup;
mod lookup_http;
mod pages;
mod profile;
mod profiling;
mod publish;
mod push;
mod redis;
mod rounds;
mod rules;
mod schedule;
mod serve;
mod snapshot;
mod soak;
mod stats;
mod support;
mod tidy;
mod verdicts;
mod weekly;
