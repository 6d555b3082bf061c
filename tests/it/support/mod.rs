//! Servers and builders that the suites share.
pub mod alertmanager;
pub mod browser;
pub mod redis;
pub mod streamed;
pub mod views;

pub(crate) mod s3;
