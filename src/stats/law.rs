//! Tails of the χ², Student and normal laws, right in their logarithm as far out as a double reaches.

use statrs::distribution::{ChiSquared, ContinuousCDF, StudentsT};
use statrs::function::erf::erfc;

/// P(χ² with `freedom` degrees of freedom ≥ `at`); 1 without a degree of freedom, where χ² is always 0.
#[must_use]
pub fn chi_squared_tail(at: f64, freedom: f64) -> f64 {
    ChiSquared::new(freedom).map_or(1.0, |law| law.sf(at))
}

/// What χ² with `freedom` degrees of freedom stays below in this share of draws; 0 without a degree of freedom.
#[must_use]
pub fn chi_squared_quantile(share: f64, freedom: f64) -> f64 {
    ChiSquared::new(freedom).map_or(0.0, |law| law.inverse_cdf(share))
}

/// P(|z| ≥ |`at`|) for a standard normal z.
#[must_use]
pub fn normal_two_sided(at: f64) -> f64 {
    erfc(at.abs() / std::f64::consts::SQRT_2)
}

/// P(|t| ≥ |`at`|) for Student's t with `freedom` degrees of freedom; `None` unless these are above 0.
#[must_use]
pub fn student_two_sided(at: f64, freedom: f64) -> Option<f64> {
    let law = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(if at.is_infinite() { 0.0 } else { (2.0 * law.sf(at.abs())).min(1.0) })
}
