//! Student's and Welch's tests of equal means, and how large the difference is.

use super::law;
use super::moments::Moments;
use super::real;

/// Tests of two means; t is above 0 when the reference's mean is the larger one, an effect when the current one is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// Student's test, which takes the variances to be equal.
    pub student: Test,
    /// Welch's test, which does not.
    pub welch: Test,
    /// Current mean − reference mean in pooled standard deviations; `None` when these are 0.
    pub cohens_d: Option<f64>,
    /// [`cohens_d`](Self::cohens_d) without its bias in small samples: d·(1 − 3 ÷ (4·(n + m) − 9)), after Hedges (1981).
    pub hedges_g: Option<f64>,
}

/// One test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// Reference mean − current mean in standard errors, infinite for different constants; `None` for equal constants.
    pub t: Option<f64>,
    /// Degrees of freedom.
    pub freedom: f64,
    /// Probability of a |t| at least this large with equal means; `None` for equal constants.
    pub p: Option<f64>,
}

impl Test {
    fn new(difference: f64, error: f64, freedom: f64) -> Self {
        let t = Some(difference / error).filter(|t| !t.is_nan());
        Self { t, freedom, p: t.and_then(|t| law::student_two_sided(t, freedom)) }
    }
}

/// Tests the means of two samples; `None` with fewer than two values on a side.
///
/// Welch's degrees of freedom are 1 where Satterthwaite's formula gives none: for constants, and where fourth powers exceed
/// the largest double.
#[must_use]
pub fn of(reference: &Moments, current: &Moments) -> Option<TTest> {
    let (n, m) = (real(reference.n()), real(current.n()));
    let (of_reference, of_current) = (reference.variance_sample()?, current.variance_sample()?);
    let (ours, theirs) = (reference.mean()?, current.mean()?);
    let freedom = n + m - 2.0;
    let pooled = ((n - 1.0) * of_reference + (m - 1.0) * of_current) / freedom;
    let (a, b) = (of_reference / n, of_current / m);
    let satterthwaite = (a + b).powi(2) / (a * a / (n - 1.0) + b * b / (m - 1.0));
    let cohens_d = (pooled > 0.0).then(|| (theirs - ours) / pooled.sqrt());
    Some(TTest {
        student: Test::new(ours - theirs, (pooled * (1.0 / n + 1.0 / m)).sqrt(), freedom),
        welch: Test::new(ours - theirs, (a + b).sqrt(), if satterthwaite.is_nan() { 1.0 } else { satterthwaite }),
        cohens_d,
        hedges_g: cohens_d.map(|d| d * (1.0 - 3.0 / (4.0 * (n + m) - 9.0))),
    })
}
