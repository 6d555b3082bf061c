//! Whether a diagnosis is right.
//!
//! Right is the injected cause with its parameters; or another member of its class, if its prediction is equal on every
//! mismatch, which is computed here and not taken from the diagnosis. Fewer than thirty changed cells are too few.

use skewwatch::measure::Comparison;
use skewwatch::measure::cause::{LEAST_MISMATCHES, PairedCell};
use skewwatch::model::cause::{Attribution, Diagnosis, Locus, Narrowing, Recoding, Relation, Unknown};
use skewwatch::model::value::Value;

use super::faults::Fault;
use super::{Instance, Made, Where};

/// The classes of relations that may agree on every cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Older,
    Constant,
    Ratio,
    Narrow,
    OneValue,
    Text,
    Leak,
    Affine,
    Entities,
    Features,
    Expired,
}

/// What became of an instance.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// It was named.
    Right,
    /// Another of its class was named, which gives the same value on every mismatch.
    RightInClass,
    /// Fewer than thirty cells changed, and that was said.
    TooFew,
    /// Something else was said.
    Wrong(String),
}

/// Share of the mismatches that the named cause must explain.
const EXPLAINED: f64 = 0.95;

pub fn judge(instance: &Instance, made: &Made, diagnosis: &Diagnosis) -> Judgement {
    let changed = made.cells.mismatches.len();
    if changed < LEAST_MISMATCHES {
        let said = diagnosis.unknown == Some(Unknown::TooFew) || changed == 0;
        return if said { Judgement::TooFew } else { Judgement::Wrong("too few, and named".to_owned()) };
    }
    let told = || diagnosis.causes.iter().map(|cause| format!("{cause:?}")).collect::<Vec<_>>().join("\n    ");
    let is_right = match (instance.fault, diagnosis.top()) {
        (Some(fault), None) => fault.is_outside(),
        (Some(fault), Some(top)) => {
            !fault.is_outside()
                && top.explained as f64 >= EXPLAINED * changed as f64
                && is_named(fault, top, made)
                && is_placed(instance, made, &top.locus)
        }
        (None, top) => top.is_none(),
    };
    let is_exact = match (instance.fault, diagnosis.top()) {
        (Some(fault), Some(top)) => is_exact(fault, &top.relation),
        (Some(_) | None, _) => true,
    };
    match (is_right, is_exact) {
        (true, true) => Judgement::Right,
        (true, false) => Judgement::RightInClass,
        (false, _) => Judgement::Wrong(format!("{instance:?} of {changed}:\n    {}", told())),
    }
}

fn is_named(fault: Fault, top: &Attribution, made: &Made) -> bool {
    if is_exact(fault, &top.relation) {
        return true;
    }
    let age_grows = matches!(class(fault), Class::Constant | Class::Older | Class::Leak);
    let found = class_of(&top.relation);
    let in_class = found == class(fault)
        || (age_grows && matches!(found, Class::Constant | Class::Older | Class::Leak))
        || (class(fault) == Class::Narrow && found == Class::OneValue)
        || (class(fault) == Class::OneValue && found == Class::Text && one_level(made))
        || (class(fault) == Class::Older && fault == Fault::CorrectionLost && found == Class::Older);
    in_class && made.cells.mismatches.iter().all(|cell| is_predicted(&top.relation, cell, &made.cells.comparison))
}

fn one_level(made: &Made) -> bool {
    let mut cells = made.cells.mismatches.iter();
    cells.next().is_some_and(|first| cells.all(|cell| cell.offline == first.offline))
}

/// The injected cause, its parameters within the stated error.
fn is_exact(fault: Fault, found: &Relation) -> bool {
    let near = |found: f64, truth: f64, error: f64| (found - truth).abs() <= error * truth.abs();
    match (fault, found) {
        (Fault::Stale, Relation::Stale { versions, seconds }) => {
            *versions == Some(1) && seconds.is_some_and(|seconds| near(seconds, 86_400.0, 1e-9))
        }
        (Fault::WroteNothing, Relation::WroteNothing { rounds: 3 })
        | (Fault::OffByOne, Relation::OffByOne { versions: Some(1) })
        | (Fault::CorrectionLost, Relation::CorrectionLost)
        | (Fault::Leakage, Relation::Leaked { versions: 1 })
        | (Fault::Float32, Relation::Narrowed(Narrowing::Float32))
        | (Fault::Float16, Relation::Narrowed(Narrowing::Float16))
        | (Fault::BFloat16, Relation::Narrowed(Narrowing::BFloat16))
        | (Fault::ThroughFloat64, Relation::Narrowed(Narrowing::ThroughFloat64))
        | (Fault::Wrap32, Relation::Narrowed(Narrowing::Wrapped(32)))
        | (Fault::Truncate, Relation::Narrowed(Narrowing::Truncated))
        | (Fault::Lower, Relation::Recoded(Recoding::Lowered))
        | (Fault::Upper, Relation::Recoded(Recoding::Uppered))
        | (Fault::Trim, Relation::Recoded(Recoding::Trimmed))
        | (Fault::Decompose, Relation::Recoded(Recoding::Decomposed))
        | (Fault::Rename, Relation::Recoded(Recoding::Mapped(_)))
        | (Fault::SwapPairs, Relation::OtherEntity { places: None })
        | (Fault::SwapFeature, Relation::OtherFeature { position: 1 }) => true,
        (Fault::TimeZone(truth), Relation::TimeZone { by }) => near(*by, truth, 0.0),
        (Fault::Shift(truth), Relation::Shifted { by } | Relation::TimeZone { by }) => near(*by, truth, 1e-4),
        (Fault::Scale(truth), Relation::Scaled { factor }) => near(*factor, truth, 1e-3),
        (Fault::Affine(slope, offset), Relation::Affine { slope: found, offset: constant }) => {
            near(*found, slope, 1e-3) && near(*constant, offset, 1e-2)
        }
        (Fault::Duplication, Relation::Duplicated { most }) => (3..=4).contains(most),
        (Fault::RoundTo(decimals), Relation::Narrowed(Narrowing::Rounded(found))) => decimals == *found,
        (Fault::ClampAbove(truth), Relation::Narrowed(Narrowing::ClampedAbove(Some(limit)))) => {
            near(*limit, truth, 1e-6)
        }
        (Fault::Fill(text), Relation::Filled { with: Some(with) }) => {
            with.trim_matches('"').trim_end_matches(".0") == text
        }
        (Fault::Collapse, Relation::Collapsed { to: Some(to), .. }) => to.trim_matches('"') == "<other>",
        (Fault::SwapNeighbour(places), Relation::OtherEntity { places: found }) => *found == Some(places),
        _ => false,
    }
}

fn class(fault: Fault) -> Class {
    match fault {
        Fault::Stale | Fault::WroteNothing | Fault::OffByOne | Fault::CorrectionLost => Class::Older,
        Fault::Leakage => Class::Leak,
        Fault::TimeZone(_) | Fault::Shift(_) => Class::Constant,
        Fault::Scale(_) | Fault::Duplication => Class::Ratio,
        Fault::Affine(..) => Class::Affine,
        Fault::Fill(_) | Fault::Collapse => Class::OneValue,
        Fault::Lower | Fault::Upper | Fault::Trim | Fault::Decompose | Fault::Rename => Class::Text,
        Fault::SwapNeighbour(_) | Fault::SwapPairs => Class::Entities,
        Fault::SwapFeature => Class::Features,
        _ => Class::Narrow,
    }
}

fn class_of(relation: &Relation) -> Class {
    match relation {
        Relation::Stale { .. }
        | Relation::WroteNothing { .. }
        | Relation::OffByOne { .. }
        | Relation::CorrectionLost => Class::Older,
        Relation::Leaked { .. } => Class::Leak,
        Relation::TimeZone { .. } | Relation::Shifted { .. } => Class::Constant,
        Relation::Scaled { .. } | Relation::Duplicated { .. } => Class::Ratio,
        Relation::Affine { .. } => Class::Affine,
        Relation::Narrowed(_) => Class::Narrow,
        Relation::Filled { .. } | Relation::Collapsed { .. } => Class::OneValue,
        Relation::Recoded(_) => Class::Text,
        Relation::OtherEntity { .. } => Class::Entities,
        Relation::OtherFeature { .. } => Class::Features,
        Relation::Expired { .. } => Class::Expired,
    }
}

/// Whether the relation gives the served value of this cell.
fn is_predicted(relation: &Relation, cell: &PairedCell, comparison: &Comparison) -> bool {
    let equal = |value: &Value| comparison.layer(&cell.online, value).is_some();
    let numbers = cell.online.as_number().zip(cell.offline.as_number());
    match relation {
        Relation::Stale { versions: Some(versions), .. } | Relation::OffByOne { versions: Some(versions) } => {
            cell.older.get(versions - 1).is_some_and(|version| equal(&version.value))
        }
        Relation::Leaked { versions } => cell.newer.get(versions - 1).is_some_and(equal),
        Relation::CorrectionLost => cell.superseded.iter().any(equal),
        Relation::TimeZone { by } | Relation::Shifted { by } => {
            numbers.is_some_and(|(online, offline)| (offline + by - online).abs() < 1e-9 * online.abs().max(1.0))
        }
        Relation::Scaled { factor } => {
            numbers.is_some_and(|(online, offline)| (offline * factor - online).abs() < 1e-6 * online.abs().max(1e-9))
        }
        Relation::Duplicated { .. } => numbers.is_some_and(|(online, offline)| (online / offline).fract() == 0.0),
        Relation::Narrowed(Narrowing::Floor) => numbers.is_some_and(|(online, offline)| offline.floor() == online),
        Relation::Narrowed(Narrowing::Rounded(decimals)) => {
            let scale = 10_f64.powi(*decimals);
            numbers.is_some_and(|(online, offline)| ((offline * scale).round() / scale - online).abs() < 1e-6)
        }
        Relation::Collapsed { to, .. } | Relation::Filled { with: to } => Some(cell.online.to_string()) == *to,
        Relation::Recoded(Recoding::Lowered) => {
            text(cell).is_some_and(|(online, offline)| offline.to_lowercase() == online)
        }
        Relation::Recoded(Recoding::Uppered) => {
            text(cell).is_some_and(|(online, offline)| offline.to_uppercase() == online)
        }
        Relation::Recoded(Recoding::Trimmed) => text(cell).is_some_and(|(online, offline)| offline.trim() == online),
        _ => false,
    }
}

fn text(cell: &PairedCell) -> Option<(&str, &str)> {
    match (&cell.online, &cell.offline) {
        (Value::String(online), Value::String(offline)) => Some((online, offline)),
        _ => None,
    }
}

/// Whether the place is the one that was hit; where everything was, there is nothing to tell it from.
fn is_placed(instance: &Instance, made: &Made, locus: &Locus) -> bool {
    match (instance.place, locus) {
        (Where::Entities, Locus::All) => instance.severity >= 1.0,
        (Where::Entities, locus) => *locus == Locus::Entities && instance.severity < 1.0,
        (Where::Shards | Where::Since, Locus::All) => instance.severity >= 1.0,
        (Where::Shards, Locus::Shards(shards)) => *shards == made.shards,
        (Where::Since, Locus::Since(since)) => {
            let away = (since.seconds() - made.since.seconds()).abs();
            away <= 0.1 * instance.severity * 86_400.0
        }
        (Where::Shards | Where::Since, Locus::Entities | Locus::Before(_) | Locus::Shards(_) | Locus::Since(_)) => {
            false
        }
    }
}
