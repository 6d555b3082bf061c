//! Servers and builders that the suites share.
pub mod redis;
pub mod s3;
pub mod views;

pub(crate) mod s3;
