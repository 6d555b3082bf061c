//! Arithmetic against SciPy's results and against its laws.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::wildcard_enum_match_arm,
    reason = "builders of tests fail loudly too, and their counts are small"
)]

mod drift;
mod laws;
mod oracle;
