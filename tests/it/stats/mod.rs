//! Arithmetic against SciPy's results and against its laws.

mod count_laws;
mod laws;
mod oracle;
mod ranks;
mod tails;
