//! Arithmetic against SciPy's results and against its laws.

mod laws;
mod noncentral;
mod oracle;
mod shares;
