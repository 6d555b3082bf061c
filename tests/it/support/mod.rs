//! Servers and builders that the suites share.
pub mod views;
