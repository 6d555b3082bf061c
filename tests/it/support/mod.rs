//! Servers and builders that the suites share.

pub(crate) mod s3;
