//! Why a finding probably is there, from what the history keeps with it: the cause as a clause, and what speaks for it.
//!
//! Where no cause is known, that is said with its reason, and no cause is made up.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::words::{counted, minute};
use crate::history::FindingEpisode;
use crate::model::cause::{
    Attribution, Cause, Diagnosis, KnownCause, LEAST_MISMATCHES, Locus, MissingRows, Narrowing, Relation, RowFaults,
    STANDSTILL,
};
use crate::model::check::CheckKind;
use crate::model::exhibit::{Disclosure, Values};
use crate::model::figure;
use crate::model::ratio::Ratio;
use crate::stats::real;

/// Scores nearer than this are as good as equal.
const AS_WELL: f64 = 0.03;
/// Further causes that are told.
const FURTHER: usize = 3;

/// Why a finding probably is there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LikelyCause {
    /// The cause, as a clause such as `values are served times 100 everywhere`; `None` where none is known.
    pub cause: Option<String>,
    /// What speaks for it, or why none is named; a sentence each.
    pub evidence: Vec<String>,
    /// The cause in one word; `None` where it has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Share of what is wrong that it explains, from 0 to 1; `None` where it was not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Its parameters by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Json>,
}

impl LikelyCause {
    /// What the history knows of a finding; `None` where it knows nothing.
    pub(super) fn of(episode: &FindingEpisode, disclosure: Disclosure) -> Option<Self> {
        match episode.cause.as_ref()? {
            KnownCause::Values(diagnosis) => of_values(&diagnosis.clone().shown(disclosure.values), disclosure.values),
            KnownCause::Rows(faults) if episode.key.check == CheckKind::Freshness => left_behind(faults),
            KnownCause::Rows(faults) => Some(missing(faults.missing.as_ref()?, episode)),
        }
    }

    /// The cause as a clause; `not known` where none is.
    pub(super) fn clause(&self) -> &str {
        self.cause.as_deref().unwrap_or("not known")
    }
}

fn of_values(diagnosis: &Diagnosis, values: Values) -> Option<LikelyCause> {
    if diagnosis.skewed() == 0 {
        return None;
    }
    let Some(top) = diagnosis.of_skew().next() else {
        return Some(LikelyCause {
            cause: None,
            evidence: unknown(diagnosis),
            name: None,
            share: None,
            parameters: BTreeMap::new(),
        });
    };
    let mut parameters = parameters(&top.relation);
    parameters.extend(serde_json::to_value(&top.locus).ok().map(|locus| ("locus".to_owned(), locus)));
    let mut evidence = vec![explained(top, diagnosis), consistent(top, diagnosis)];
    evidence.extend(bounds(&top.locus));
    evidence.push(rivals(top));
    evidence.push(lag(diagnosis));
    evidence.extend(served_instead(&top.relation, values));
    evidence.extend(further(diagnosis));
    Some(LikelyCause {
        cause: Some(format!("values are served {} {}", top.relation, place(&top.locus))),
        evidence,
        name: Some(top.cause.name().to_owned()),
        share: diagnosis.share_of(top).map(Ratio::get),
        parameters,
    })
}

/// The parameters of a relation by name, of which those that are not known are left out.
fn parameters(relation: &Relation) -> BTreeMap<String, Json> {
    let named = |json: &Json| match json {
        Json::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        Json::String(_) | Json::Number(_) | Json::Bool(_) | Json::Array(_) => {
            BTreeMap::from([("how".to_owned(), json.clone())])
        }
        Json::Null => BTreeMap::new(),
    };
    match serde_json::to_value(relation) {
        // A relation is an object under its name, or a name alone.
        Ok(Json::Object(relation)) => relation.values().next().map(named).unwrap_or_default(),
        Ok(_) | Err(_) => BTreeMap::new(),
    }
}

fn place(locus: &Locus) -> String {
    match locus {
        Locus::Since(start) => format!("in rows since {}", minute(*start)),
        Locus::Before(end) => format!("in rows before {}", minute(*end)),
        Locus::All | Locus::Entities | Locus::Shards(_) => locus.to_string(),
    }
}

fn cells(count: u64) -> String {
    counted(count, "differing cell")
}

fn share(part: u64, whole: u64) -> String {
    figure::percent(Ratio::of(part.min(whole), whole))
}

fn explained(top: &Attribution, diagnosis: &Diagnosis) -> String {
    let skewed = diagnosis.skewed();
    let looked_at = if diagnosis.mismatches > diagnosis.examined {
        format!(", looked at of {}", figure::count(diagnosis.mismatches))
    } else {
        String::new()
    };
    let number = figure::count(top.explained.min(skewed));
    format!("It explains {number} of {}{looked_at} ({}).", cells(skewed), share(top.explained, skewed))
}

fn consistent(top: &Attribution, diagnosis: &Diagnosis) -> String {
    let (broken, all) = (figure::count(top.would_break), counted(diagnosis.consistent, "consistent cell"));
    match (top.would_break, diagnosis.consistent) {
        (_, 0) => "There is no consistent cell that could contradict.".to_owned(),
        (0, _) => format!("0 of {all} contradict."),
        (_, _) => format!(
            "{broken} of {all} are in its reach and were not hit: it hit {} % of the cells that it could have.",
            figure::bare_percent(top.severity)
        ),
    }
}

fn bounds(locus: &Locus) -> Option<String> {
    match locus {
        Locus::Since(start) => Some(format!("Rows before {} are right.", minute(*start))),
        Locus::Before(end) => Some(format!("Rows since {} are right.", minute(*end))),
        Locus::Shards(shards) => {
            Some(format!("Rows of other nodes than {} are right.", counted(shards.len() as u64, "node")))
        }
        Locus::All | Locus::Entities => None,
    }
}

fn rivals(top: &Attribution) -> String {
    let named: Vec<String> = top.also_explains.iter().map(|cause| cause.name().replace('_', " ")).collect();
    if !named.is_empty() {
        return format!("The very same cells are explained by {} too.", named.join(", "));
    }
    if top.margin <= AS_WELL {
        return "Another cause fits these cells about as well, and says more that is not so, or less that is."
            .to_owned();
    }
    format!("The next best cause scores {} lower, of 1.", figure::distance(Some(top.margin)))
}

fn lag(diagnosis: &Diagnosis) -> String {
    match diagnosis.outdated {
        0 if diagnosis.of_skew().any(|cause| cause.cause.is_lag()) => {
            "These are older values: lag, of rows that carry no time which would say so.".to_owned()
        }
        0 => "Lag is not involved: no cell that differs is merely outdated.".to_owned(),
        outdated => format!("Beside these, {} merely outdated, by their own time.", are(outdated, "cell")),
    }
}

fn are(count: u64, noun: &str) -> String {
    format!("{} {}", counted(count, noun), if count == 1 { "is" } else { "are" })
}

/// The value that is served in place of others, where it may be told.
fn served_instead(relation: &Relation, values: Values) -> Option<String> {
    let value = match (values, relation) {
        (Values::Shown, Relation::Filled { with: value } | Relation::Collapsed { to: value, .. }) => value.clone()?,
        (
            Values::Shown,
            Relation::Narrowed(Narrowing::ClampedAbove(Some(limit)) | Narrowing::ClampedBelow(Some(limit))),
        ) => limit.to_string(),
        (Values::Shown | Values::Withheld, _) => return None,
    };
    Some(format!("The value served is {value}."))
}

/// Causes of other cells, and how many cells are left.
fn further(diagnosis: &Diagnosis) -> Vec<String> {
    let skewed = diagnosis.skewed();
    let others = diagnosis.of_skew().skip(1).take(FURTHER);
    let mut told: Vec<String> = others
        .map(|other| {
            let number = figure::count(other.explained.min(skewed));
            let (share, place) = (share(other.explained, skewed), place(&other.locus));
            format!("Another {number} ({share}) are served {} {place}.", other.relation)
        })
        .collect();
    let explained: u64 = diagnosis.of_skew().map(|cause| cause.explained).sum();
    let left = skewed.saturating_sub(explained);
    if left > 0 {
        let place =
            diagnosis.unexplained_locus.as_ref().map_or_else(String::new, |locus| format!(", {}", place(locus)));
        let (left, share) = (counted(left, "cell"), share(left, skewed));
        told.push(format!("No cause is known of the other {left} ({share}){place}."));
    }
    told
}

fn unknown(diagnosis: &Diagnosis) -> Vec<String> {
    let skewed = diagnosis.skewed();
    if skewed < LEAST_MISMATCHES as u64 {
        return vec![format!("{} are too few to tell a cause from: it takes {LEAST_MISMATCHES}.", cells(skewed))];
    }
    let mut told = vec![format!("None of the known causes fits the {}.", cells(skewed))];
    told.extend(diagnosis.unexplained_locus.as_ref().map(|locus| format!("They are served {}.", place(locus))));
    told.push(lag(diagnosis));
    told
}

/// Rows that are gone; of so many keys or cells without a value as the finding counted.
fn missing(missing: &MissingRows, episode: &FindingEpisode) -> LikelyCause {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, made of a share of a count")]
    let unusable = ((1.0 - episode.observed.clamp(0.0, 1.0)) * real(episode.n)).round() as u64;
    let what = if episode.key.feature.is_some() { "without a usable value" } else { "without every feature" };
    let mut evidence = Vec::new();
    // The cause may be of another round than the figure.
    if missing.rows <= unusable {
        let (rows, share) = (figure::count(missing.rows), share(missing.rows, unusable));
        evidence.push(format!("{rows} of {} {what} have no row at all ({share}).", counted(unusable, "key")));
    } else {
        evidence.push(format!("{} gone.", are(missing.rows, "row")));
    }
    let (name, cause) = match missing.from_age_seconds {
        Some(_) => {
            evidence.push("Nearly all rows of that age are gone, and nearly none that are younger.".to_owned());
            let age = figure::span(missing.from_age_seconds);
            (Cause::TtlExpiry.name(), format!("rows expire too early, from an age of {age} on"))
        }
        None => {
            evidence.push("Rows of any age are gone, so that it is not their expiry.".to_owned());
            ("rows_missing", "rows are missing whatever their age: lost, or never written".to_owned())
        }
    };
    let age = missing.from_age_seconds.map(|age| ("from_age_seconds".to_owned(), Json::from(age)));
    LikelyCause {
        cause: Some(cause),
        evidence,
        name: Some(name.to_owned()),
        share: (missing.rows <= unusable).then(|| Ratio::of(missing.rows, unusable)).flatten().map(Ratio::get),
        parameters: [("rows".to_owned(), Json::from(missing.rows))].into_iter().chain(age).collect(),
    }
}

/// Rows that newer versions should have replaced.
fn left_behind(faults: &RowFaults) -> Option<LikelyCause> {
    let groups = faults.behind.iter().map(|group| format!("{group}."));
    let stands = faults.unmoved_rounds >= STANDSTILL;
    let (cause, still) = match (stands, faults.behind.is_empty()) {
        (true, _) => {
            let rounds = faults.unmoved_rounds;
            let still = format!("In {rounds} rounds the snapshot had moved on, and no row online had.");
            ((Cause::WroteNothing, "nothing is written online, while the snapshot moves on"), Some(still))
        }
        (false, false) => {
            ((Cause::StalePipeline, "rows were left behind, which newer versions should have replaced"), None)
        }
        (false, true) => return None,
    };
    let rounds = stands.then(|| ("unmoved_rounds".to_owned(), Json::from(faults.unmoved_rounds)));
    let rows: u64 = faults.behind.iter().map(|group| group.rows).sum();
    Some(LikelyCause {
        cause: Some(cause.1.to_owned()),
        evidence: still.into_iter().chain(groups).collect(),
        name: Some(cause.0.name().to_owned()),
        share: None,
        parameters: [("rows_behind".to_owned(), Json::from(rows))].into_iter().chain(rounds).collect(),
    })
}
