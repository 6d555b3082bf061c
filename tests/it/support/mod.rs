//! Servers and builders that the suites share.
