//! Servers and builders that the suites share.
pub mod alertmanager;
pub mod browser;
pub mod gate;
pub mod http;
pub mod process;
pub mod prometheus;
pub mod redis;
pub mod smtp;
pub mod streamed;
pub mod views;
pub mod webhook;

pub(crate) mod s3;
