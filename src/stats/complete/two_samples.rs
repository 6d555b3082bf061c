//! Distances and tests of two numeric samples that need no bins.

use serde::Serialize;

use super::number::{Number, some};
use crate::stats::anderson::{self, AndersonDarling};
use crate::stats::cvm::{self, CramerVonMises};
use crate::stats::ecdf::{self, Gaps};
use crate::stats::epps_singleton::{self, EppsSingleton};
use crate::stats::ks::Ks;
use crate::stats::mann_whitney::{self, MannWhitney};
use crate::stats::mmd::{self, Mmd};
use crate::stats::moments::Moments;
use crate::stats::sample::Cleaned;
use crate::stats::t_test::{self, TTest};

/// Evidently divides the Wasserstein distance by at least this.
const EVIDENTLY_LEAST_SPREAD: f64 = 0.001;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct SampleFigures {
    ks: KsFigures,
    wasserstein: WassersteinFigures,
    energy: EnergyFigures,
    cvm: Option<CvmFigures>,
    anderson: Option<AndersonFigures>,
    epps_singleton: Option<EppsSingletonFigures>,
    mann_whitney: Option<MannWhitneyFigures>,
    t_test: Option<TTestFigures>,
    mmd: Option<MmdFigures>,
}

impl SampleFigures {
    /// The figures of two samples with their moments; `None` when a side has no value.
    pub(super) fn of(reference: &Cleaned, current: &Cleaned, moments: &[Moments; 2]) -> Option<Self> {
        let gaps = ecdf::gaps(reference, current)?;
        let [ours, theirs] = moments;
        Some(Self {
            ks: KsFigures::of(&gaps.ks, ours.n(), theirs.n()),
            wasserstein: WassersteinFigures::of(gaps.wasserstein, ours.std_pop()?),
            energy: EnergyFigures::of(&gaps),
            cvm: cvm::test(reference, current).map(Into::into),
            anderson: anderson::test(reference, current).map(Into::into),
            epps_singleton: epps_singleton::of(reference, current).map(Into::into),
            mann_whitney: mann_whitney::test(reference, current).map(Into::into),
            t_test: t_test::of(ours, theirs).map(Into::into),
            mmd: mmd::of(reference, current).map(Into::into),
        })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct KsFigures {
    statistic: Number,
    d_plus: Number,
    d_minus: Number,
    location: Number,
    p_kolmogorov: Number,
    p_stephens: Number,
    p_scipy_asymp: Option<Number>,
    p_scipy_exact: Option<Number>,
    p_scipy_auto: Option<Number>,
    effect_crit_5pct: Number,
}

impl KsFigures {
    fn of(ks: &Ks, n: u64, m: u64) -> Self {
        Self {
            statistic: ks.statistic.into(),
            d_plus: ks.d_plus.into(),
            d_minus: ks.d_minus.into(),
            location: ks.location.into(),
            p_kolmogorov: ks.p_kolmogorov().into(),
            p_stephens: ks.p_stephens().into(),
            p_scipy_asymp: some(ks.p_scipy_asymptotic()),
            p_scipy_exact: some(ks.p_scipy_exact(n, m)),
            p_scipy_auto: some(ks.p_scipy_auto(n, m)),
            effect_crit_5pct: ks.noise_floor().into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct WassersteinFigures {
    raw: Number,
    normed_evidently: Number,
    normed_std: Option<Number>,
    ref_std_pop: Number,
}

impl WassersteinFigures {
    fn of(raw: f64, spread: f64) -> Self {
        Self {
            raw: raw.into(),
            normed_evidently: (raw / spread.max(EVIDENTLY_LEAST_SPREAD)).into(),
            normed_std: (spread > 0.0).then(|| (raw / spread).into()),
            ref_std_pop: spread.into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct EnergyFigures {
    distance: Option<Number>,
    squared: Option<Number>,
}

impl EnergyFigures {
    fn of(gaps: &Gaps) -> Self {
        Self { distance: some(gaps.energy_distance()), squared: some(gaps.energy_squared()) }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct CvmFigures {
    statistic: Number,
    p_asymptotic: Number,
    p_exact: Option<Number>,
}

impl From<CramerVonMises> for CvmFigures {
    fn from(test: CramerVonMises) -> Self {
        Self { statistic: test.statistic.into(), p_asymptotic: test.p_asymptotic.into(), p_exact: some(test.p_exact) }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct AndersonFigures {
    a2akn: Number,
    t: Option<Number>,
    p_scipy: Option<Number>,
}

impl From<AndersonDarling> for AndersonFigures {
    fn from(test: AndersonDarling) -> Self {
        Self { a2akn: test.a2akn.into(), t: some(test.t), p_scipy: some(test.p) }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct EppsSingletonFigures {
    statistic: Number,
    p: Number,
}

impl From<EppsSingleton> for EppsSingletonFigures {
    fn from(test: EppsSingleton) -> Self {
        Self { statistic: test.statistic.into(), p: test.p.into() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct MannWhitneyFigures {
    u_ref: Number,
    auc: Number,
    p_two_sided: Number,
    p_less: Number,
    p_exact_two_sided: Option<Number>,
    p_exact_less: Option<Number>,
}

impl From<MannWhitney> for MannWhitneyFigures {
    fn from(test: MannWhitney) -> Self {
        Self {
            u_ref: test.u_ref.into(),
            auc: test.auc.into(),
            p_two_sided: test.p_two_sided.into(),
            p_less: test.p_less.into(),
            p_exact_two_sided: some(test.p_exact_two_sided),
            p_exact_less: some(test.p_exact_less),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct TTestFigures {
    student_t: Option<Number>,
    student_df: Number,
    student_p: Option<Number>,
    welch_t: Option<Number>,
    welch_df: Number,
    welch_p: Option<Number>,
    cohens_d: Option<Number>,
    hedges_g: Option<Number>,
}

impl From<TTest> for TTestFigures {
    fn from(test: TTest) -> Self {
        Self {
            student_t: some(test.student.t),
            student_df: test.student.freedom.into(),
            student_p: some(test.student.p),
            welch_t: some(test.welch.t),
            welch_df: test.welch.freedom.into(),
            welch_p: some(test.welch.p),
            cohens_d: some(test.cohens_d),
            hedges_g: some(test.hedges_g),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct MmdFigures {
    sigma: Number,
    mmd2_unbiased: Number,
    mmd2_biased: Number,
    n: u64,
    m: u64,
}

impl From<Mmd> for MmdFigures {
    fn from(mmd: Mmd) -> Self {
        Self {
            sigma: mmd.sigma.into(),
            mmd2_unbiased: mmd.unbiased.into(),
            mmd2_biased: mmd.biased.into(),
            n: mmd.reference_n,
            m: mmd.current_n,
        }
    }
}
