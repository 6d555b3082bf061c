//! Arithmetic against SciPy's results and against its laws.

mod laws;
mod oracle;
mod ranks;
