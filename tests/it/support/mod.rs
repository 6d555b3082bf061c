//! Servers and builders that the suites share.
pub mod alertmanager;
pub mod gate;
pub mod http;
pub mod process;
pub mod prometheus;
pub mod redis;
pub mod views;
pub mod webhook;

pub(crate) mod s3;
