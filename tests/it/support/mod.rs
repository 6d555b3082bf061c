//! Servers and builders that the suites share.
pub mod alertmanager;
pub mod redis;
pub mod views;

pub(crate) mod s3;
