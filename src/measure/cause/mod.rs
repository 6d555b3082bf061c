//! Why a feature is skewed.
//!
//! Every cause is a hypothesis with parameters fitted to the mismatches; each says which mismatches it explains and
//! which consistent cells it would change. The best one is told if it explains enough beyond chance; what it explains is
//! set aside, and the rest is looked at again: several causes may hold for disjoint parts of the entities.
//!
//! A pure library over paired cells: it reads no store and knows no clock. The same cells give the same answer.

mod affine;
mod arithmetic;
mod cell;
mod correction;
mod duplication;
mod encoding;
mod expiry;
mod fill;
mod hypothesis;
mod leakage;
mod level;
mod locus;
mod narrowing;
mod older;
mod rank;
mod scale;
mod shift;
mod swapped_entities;
mod swapped_features;
mod vocabulary;

pub use cell::{FeatureCells, OlderVersion, PairedCell, Standing, Written};
pub use expiry::{Presence, RowPresence, expiry};

pub use crate::model::cause::LEAST_MISMATCHES;
use crate::model::cause::{Attribution, Diagnosis, Locus, Relation, Unknown};
use crate::model::ratio::Ratio;
use crate::stats::real;

pub(super) use hypothesis::spread;

use hypothesis::{Evidence, Hypothesis, Proposals, Score, score, stride};
use locus::locus;
use rank::rank;

/// Fewest mismatches left for a further cause.
const LEAST_PART: usize = 10;
/// Most causes of one feature.
const MOST_CAUSES: usize = 4;
/// Cells that hypotheses are fitted to and scored on.
const FITTED: usize = 1500;
/// Least score of a cause.
const LEAST_SCORE: f64 = 0.3;
/// Least score of a cause that leaves open which of several values is served.
const LEAST_LOOSE_SCORE: f64 = 0.6;
/// Scores nearer than this are tied.
const MARGIN: f64 = 0.03;
/// Log-likelihoods nearer than this are tied.
const LIKELIHOOD_MARGIN: f64 = 6.0;
/// Entities named as evidence.
const EVIDENCE: usize = 5;

/// Every kind of cause.
const KINDS: [fn(&Evidence<'_>) -> Proposals; 13] = [
    older::propose,
    correction::propose,
    leakage::propose,
    shift::propose,
    scale::propose,
    affine::propose,
    duplication::propose,
    narrowing::propose,
    fill::propose,
    vocabulary::propose,
    encoding::propose,
    swapped_entities::propose,
    swapped_features::propose,
];

/// The likely causes of a feature's mismatches.
#[must_use]
pub fn diagnose(cells: &FeatureCells) -> Diagnosis {
    let mut left: Vec<&PairedCell> = cells.mismatches.iter().collect();
    let consistent: Vec<&PairedCell> = cells.consistent.iter().collect();
    let mut diagnosis = Diagnosis {
        mismatches: cells.mismatching,
        examined: left.len() as u64,
        outdated: left.iter().filter(|cell| cell.written == Written::Old).count() as u64,
        consistent: consistent.len() as u64,
        causes: Vec::new(),
        unknown: None,
        unexplained_locus: None,
    };
    if left.is_empty() {
        return diagnosis;
    }
    if left.len() < LEAST_MISMATCHES {
        diagnosis.unknown = Some(Unknown::TooFew);
        return diagnosis;
    }
    while left.len() >= LEAST_PART && diagnosis.causes.len() < MOST_CAUSES {
        let Some((attribution, rest)) = best(cells, &left, &consistent) else { break };
        diagnosis.causes.push(attribution);
        left = rest;
    }
    diagnosis.causes.sort_by_key(|cause| std::cmp::Reverse(cause.explained));
    if diagnosis.causes.is_empty() {
        diagnosis.unknown = Some(Unknown::NothingFits);
    }
    if left.len() >= LEAST_MISMATCHES {
        let found = locus(&left, &consistent, weight(cells));
        diagnosis.unexplained_locus = (found != Locus::Entities).then_some(found);
    }
    diagnosis
}

/// How many consistent cells one that is looked at stands for, relative to mismatches.
fn weight(cells: &FeatureCells) -> f64 {
    let stands_for = |all: u64, seen: usize| real(all) / real(seen.max(1) as u64);
    stands_for(cells.agreeing, cells.consistent.len()) / stands_for(cells.mismatching, cells.mismatches.len())
}

const fn least_score(relation: &Relation) -> f64 {
    match relation {
        Relation::Stale { versions: None, .. } | Relation::OffByOne { versions: None } => LEAST_LOOSE_SCORE,
        _ => LEAST_SCORE,
    }
}

struct Candidate {
    hypothesis: Box<dyn Hypothesis>,
    score: Score,
    likelihood: f64,
}

/// The best cause of what is left, and what is left after it; `None` where none is good enough.
fn best<'a>(
    cells: &FeatureCells,
    left: &[&'a PairedCell],
    consistent: &[&PairedCell],
) -> Option<(Attribution, Vec<&'a PairedCell>)> {
    let (fitted, ground) = (stride(left, FITTED), stride(consistent, FITTED));
    let evidence = Evidence {
        comparison: &cells.comparison,
        mismatches: &fitted,
        all: left,
        consistent: &ground,
        population: &cells.population,
        unmoved_rounds: cells.unmoved_rounds,
    };
    let scale = (real(consistent.len() as u64) / real(ground.len().max(1) as u64))
        / (real(left.len() as u64) / real(fitted.len() as u64));
    let least = LEAST_PART.min(fitted.len()) as u64;
    let mut candidates: Vec<Candidate> = KINDS
        .iter()
        .flat_map(|propose| propose(&evidence))
        .filter_map(|hypothesis| {
            let score = score(&*hypothesis, &evidence)?;
            let likelihood = score.likelihood(weight(cells) * scale);
            let enough = score.hits >= least && score.score >= least_score(&hypothesis.relation());
            enough.then_some(Candidate { hypothesis, score, likelihood })
        })
        .collect();
    candidates.sort_by(|one, other| other.score.score.total_cmp(&one.score.score));
    let top = candidates.first()?.score.score;
    let tied = candidates.partition_point(|candidate| candidate.score.score >= top - MARGIN);
    let others = candidates.split_off(tied);
    let likeliest = candidates.iter().map(|candidate| candidate.likelihood).fold(f64::NEG_INFINITY, f64::max);
    let place = candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| candidate.likelihood >= likeliest - LIKELIHOOD_MARGIN)
        .min_by_key(|(_, candidate)| rank(&candidate.hypothesis.relation()))?
        .0;
    let chosen = candidates.swap_remove(place);
    let (explained, rest): (Vec<&PairedCell>, Vec<&PairedCell>) =
        left.iter().partition(|cell| chosen.hypothesis.explains(cell));
    let relation = chosen.hypothesis.relation();
    // Any two entities may change places, whatever else is true of them.
    let any = matches!(relation, Relation::OtherEntity { places: None });
    let broken: Vec<&PairedCell> =
        consistent.iter().copied().filter(|cell| any || chosen.hypothesis.would_break(cell)).collect();
    let same = |candidate: &&Candidate| {
        fitted.iter().all(|cell| candidate.hypothesis.explains(cell) == chosen.hypothesis.explains(cell))
    };
    let mut also: Vec<_> = candidates.iter().filter(same).map(|other| other.hypothesis.relation().cause()).collect();
    also.sort_unstable();
    also.dedup();
    also.retain(|cause| *cause != relation.cause());
    let rival = candidates.iter().filter(|candidate| !same(candidate)).chain(&others);
    let rival = rival.map(|candidate| candidate.score.score).fold(0.0, f64::max);
    let (hits, breaks) = (real(explained.len() as u64), real(broken.len() as u64) * weight(cells));
    let attribution = Attribution {
        cause: relation.cause(),
        locus: locus(&explained, &broken, weight(cells)),
        relation,
        explained: explained.len() as u64,
        share: Ratio::of(explained.len() as u64, cells.mismatches.len() as u64),
        score: chosen.score.score,
        margin: chosen.score.score - rival,
        would_break: broken.len() as u64,
        severity: hits / (hits + breaks),
        also_explains: also,
        evidence: explained.iter().take(EVIDENCE).map(|cell| cell.entity).collect(),
    };
    Some((attribution, rest))
}
