//! Arithmetic against SciPy's results and against its laws.

mod bars;
mod count_laws;
mod drift;
mod laws;
mod noncentral;
pub(crate) mod oracle;
mod ranks;
mod shares;
mod tails;
mod trust;
