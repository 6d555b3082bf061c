//! Why a finding is there, as a round found out.

use serde::{Deserialize, Serialize};

use super::{Diagnosis, LEAST_MISMATCHES, RowFaults, STANDSTILL};
use crate::model::check::{CheckKind, Finding};
use crate::model::exhibit::Values;
use crate::model::measurement::ViewMeasurement;
use crate::model::view::Pairing;

/// What is known of why a finding is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownCause {
    /// What was done to the values of its feature.
    Values(Diagnosis),
    /// What befell whole rows of its view.
    Rows(RowFaults),
}

impl KnownCause {
    /// What a round that measured `measured` knows of a finding of its own; `None` where that is nothing.
    #[must_use]
    pub fn of(finding: &Finding, measured: &ViewMeasurement) -> Option<Self> {
        let ViewMeasurement { rows, features, .. } = measured;
        match finding.check {
            CheckKind::Skew => {
                let feature = features.get(finding.feature.as_ref()?)?;
                // What is only late is a mismatch to a diagnosis, and not to skew at a lag.
                let profile = feature.lag_profile.as_ref().filter(|_| measured.pairing == Pairing::Value);
                let is_at_lag = profile.is_some_and(|profile| profile.skew.is_some());
                // Where rows captured earlier were judged, nobody knows why these differ.
                let is_of_round = finding.n == feature.skew.n && !is_at_lag;
                feature.diagnosis.clone().filter(|_| is_of_round).map(Self::Values)
            }
            CheckKind::Coverage => {
                let missing = rows.missing.clone()?;
                Some(Self::Rows(RowFaults { missing: Some(missing), ..RowFaults::default() }))
            }
            CheckKind::Freshness => {
                let is_known = !rows.behind.is_empty() || rows.unmoved_rounds >= STANDSTILL;
                is_known.then(|| Self::Rows(RowFaults { missing: None, ..rows.clone() }))
            }
            CheckKind::Comparable
            | CheckKind::Phantom
            | CheckKind::MissingOffline
            | CheckKind::Undecodable
            | CheckKind::InFlight
            | CheckKind::Drift
            | CheckKind::NeverMaterialized
            | CheckKind::Serving
            | CheckKind::Timestamps => None,
        }
    }

    /// What may be kept of it beyond the round.
    #[must_use]
    pub fn kept(&self, values: Values) -> Self {
        match self {
            Self::Values(diagnosis) => Self::Values(diagnosis.clone().shown(values).without_places()),
            Self::Rows(faults) => Self::Rows(faults.clone()),
        }
    }

    /// Whether it says more than that there was too little to tell from: only then it takes the place of what an earlier
    /// round knew.
    #[must_use]
    pub fn is_telling(&self) -> bool {
        match self {
            Self::Values(diagnosis) => {
                diagnosis.of_skew().next().is_some() || diagnosis.skewed() >= LEAST_MISMATCHES as u64
            }
            Self::Rows(_) => true,
        }
    }

    /// The incident that its finding is part of; `None` where it is part of none.
    #[must_use]
    pub fn incident(&self) -> Option<String> {
        match self {
            Self::Values(diagnosis) => diagnosis.incident(),
            Self::Rows(_) => None,
        }
    }

    /// The clause that it adds to the message of a finding of `check`; may be empty.
    #[must_use]
    pub fn clause(&self, check: CheckKind) -> String {
        match self {
            Self::Values(diagnosis) => diagnosis.clause(),
            Self::Rows(faults) if check == CheckKind::Freshness => faults.left_behind_clause(),
            Self::Rows(faults) => faults.missing_clause(),
        }
    }
}
