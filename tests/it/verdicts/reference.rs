//! A slow and obvious verdict: the table of verdicts read line by line, on integers, without any of the crate's code.

use skewwatch::model::verdict::{ExpiredOutcome, Remark, Verdict};

/// A version: event time, created, value, available; times in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct OfflineVersion {
    pub at: i64,
    pub created: Option<i64>,
    pub value: Option<i64>,
    pub available: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    Version,
    AsOf,
    Value { copied_from_snapshot: bool },
}

#[derive(Clone, Debug)]
pub struct Case {
    pub how: How,
    pub ttl: Option<i64>,
    pub write_delay: i64,
    pub now: i64,
    pub watermark: Option<i64>,
    pub snapshot_horizon: Option<i64>,
    /// Ascending by (at, created).
    pub versions: Vec<OfflineVersion>,
    pub deleted: bool,
    /// Nanoseconds in the coarser unit of the two sides.
    pub unit: i64,
    /// `None`: no row. Else (event time, value).
    pub online: Option<(Option<i64>, Option<i64>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    pub verdict: Verdict,
    pub behind: Option<(u32, i64)>,
    pub expired: Option<ExpiredOutcome>,
    pub remark: Remark,
}

fn only(verdict: Verdict) -> Expected {
    Expected { verdict, behind: None, expired: None, remark: Remark::Plain }
}

pub fn settle(case: &Case) -> Expected {
    let young = |version: &OfflineVersion| case.write_delay > 0 && version.available + case.write_delay > case.now;
    let old = |at: i64| case.ttl.is_some_and(|ttl| case.now - at > ttl);
    // A copy in whole units cannot tell how far into its unit the fact lies: only what is past in any case is past.
    let copy_is_old = |at: i64| case.ttl.is_some_and(|ttl| case.now.div_euclid(case.unit) * case.unit - at > ttl);
    let Some((stamp, value)) = case.online else {
        if case.deleted {
            return Expected { remark: Remark::Deleted, ..only(Verdict::Absent) };
        }
        return match case.versions.last() {
            None => only(Verdict::Absent),
            Some(newest) if young(newest) => only(Verdict::Pending),
            Some(newest) if old(newest.at) => {
                Expected { expired: Some(ExpiredOutcome::Absent), ..only(Verdict::Expired) }
            }
            Some(_) => only(Verdict::MissingOnline),
        };
    };
    let compared = compare(case, stamp, value);
    let one_behind = compared.behind.is_some_and(|(versions, _)| versions == 1);
    let newest_corrected = compared.remark == Remark::SupersededByCorrection && is_of_newest(case, stamp);
    if case.versions.last().is_some_and(young) && (one_behind || newest_corrected) {
        return only(Verdict::Pending);
    }
    if stamp.is_some_and(copy_is_old) {
        let outcome = match compared.verdict {
            Verdict::Consistent => ExpiredOutcome::Consistent,
            Verdict::Stale if compared.behind.is_some() => ExpiredOutcome::Stale,
            Verdict::Skewed => ExpiredOutcome::Skewed,
            _ => ExpiredOutcome::Unverified,
        };
        return Expected { verdict: Verdict::Expired, expired: Some(outcome), ..compared };
    }
    compared
}

fn is_of_newest(case: &Case, stamp: Option<i64>) -> bool {
    match (case.how, stamp) {
        (How::Version, Some(stamp)) => {
            case.versions.iter().all(|version| version.at.div_euclid(case.unit) <= stamp.div_euclid(case.unit))
        }
        _ => true,
    }
}

fn compare(case: &Case, stamp: Option<i64>, value: Option<i64>) -> Expected {
    let units = |at: i64| at.div_euclid(case.unit);
    if let Some(stamp) = stamp
        && case.watermark.is_none_or(|watermark| units(stamp) > units(watermark))
    {
        return only(Verdict::Ahead);
    }
    let unverified = Expected { remark: Remark::Unverified, ..only(Verdict::Stale) };
    let oldest = case.versions.iter().map(|version| version.at).min().or(case.snapshot_horizon);
    let before_history = stamp.is_some_and(|stamp| oldest.is_some_and(|oldest| units(stamp) < units(oldest)));
    let missing = Expected {
        remark: if case.deleted { Remark::Deleted } else { Remark::Plain },
        ..only(Verdict::MissingOffline)
    };
    if case.deleted || case.versions.is_empty() {
        return if before_history { unverified } else { missing };
    }
    match (case.how, stamp) {
        (How::Version, Some(stamp)) => {
            let same: Vec<&OfflineVersion> =
                case.versions.iter().filter(|version| units(version.at) == units(stamp)).collect();
            if same.is_empty() {
                return if before_history { unverified } else { only(Verdict::Phantom) };
            }
            let corrected = |version: &OfflineVersion| {
                same.iter().any(|other| other.at == version.at && other.created > version.created)
            };
            let equal = same.iter().find(|version| version.value == value && !corrected(version));
            match equal {
                Some(equal) => lag(case.versions.iter().filter(|other| units(other.at) > units(stamp)), equal),
                None => skewed(same.iter().any(|version| version.value == value)),
            }
        }
        (How::AsOf, Some(stamp)) => {
            let limit = case.now.min(case.watermark.unwrap_or(i64::MIN));
            let known: Vec<&OfflineVersion> = case.versions.iter().filter(|version| version.at <= limit).collect();
            match known.last() {
                Some(target) if units(target.at) >= units(stamp) => against_newest(&known, value),
                _ if before_history => unverified,
                _ => only(Verdict::Phantom),
            }
        }
        (how, _) => {
            let known: Vec<&OfflineVersion> = case.versions.iter().filter(|version| version.at <= case.now).collect();
            if known.is_empty() {
                return if before_history { unverified } else { missing };
            }
            let compared = against_newest(&known, value);
            match compared.verdict {
                Verdict::Stale => Expected { remark: Remark::Unverified, ..compared },
                Verdict::Skewed
                    if compared.remark == Remark::Plain && how == How::Value { copied_from_snapshot: false } =>
                {
                    only(Verdict::Ahead)
                }
                _ => compared,
            }
        }
    }
}

fn skewed(superseded: bool) -> Expected {
    Expected {
        remark: if superseded { Remark::SupersededByCorrection } else { Remark::Plain },
        ..only(Verdict::Skewed)
    }
}

fn lag<'a>(newer: impl Iterator<Item = &'a OfflineVersion>, equal: &OfflineVersion) -> Expected {
    let mut times: Vec<i64> = newer.map(|version| version.at).collect();
    times.sort_unstable();
    times.dedup();
    match times.last() {
        None => only(Verdict::Consistent),
        Some(last) => Expected { behind: Some((times.len() as u32, last - equal.at)), ..only(Verdict::Stale) },
    }
}

fn against_newest(known: &[&OfflineVersion], value: Option<i64>) -> Expected {
    let target = known[known.len() - 1];
    let is_current = |version: &OfflineVersion| version.at == target.at && version.created == target.created;
    if known.iter().any(|version| is_current(version) && version.value == value) {
        return only(Verdict::Consistent);
    }
    if known.iter().any(|version| version.at == target.at && version.value == value) {
        return skewed(true);
    }
    match known.iter().rev().find(|version| version.at < target.at && version.value == value) {
        Some(equal) => lag(known.iter().copied().filter(|other| other.at > equal.at), equal),
        None => skewed(false),
    }
}
