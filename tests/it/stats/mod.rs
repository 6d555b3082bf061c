//! Arithmetic against SciPy's results and against its laws.

mod drift;
mod laws;
mod oracle;
