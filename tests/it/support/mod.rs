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

/// The Python of the environment that the tests use.
pub fn python() -> std::path::PathBuf {
    let named = std::env::var_os("SKEWWATCH_PYTHON").map(std::path::PathBuf::from);
    let python = named.unwrap_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python"));
    assert!(python.exists(), "no Python with Feast at {}: run `make setup`", python.display());
    python
}
