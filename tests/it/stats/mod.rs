//! Arithmetic against SciPy's results and against its laws.

mod drift;
mod laws;
mod noncentral;
mod oracle;
mod shares;
mod trust;
