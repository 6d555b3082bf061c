//! Every statistic against what numpy and SciPy compute for the same pair of columns (`tests/fixtures/oracle`).
//!
//! Each case of the oracle is one JSON object, and [`Complete`] is written as such an object. The two are walked together:
//! a leaf that either side lacks is a mistake, and every leaf is held to the tolerance that its name has.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use polars::prelude::{AnyValue, ParquetReader, SerReader as _, TimeUnit};
use serde_json::Value as Json;
use skewwatch::stats::benjamini_hochberg;
use skewwatch::stats::categories::Categories;
use skewwatch::stats::complete::{self, ColumnType, Complete};
use skewwatch::stats::drift::ColumnKind;
use skewwatch::stats::sample::Cleaned;

/// Too large to keep beside the code: a million rows a side.
const NOT_KEPT: &str = "huge_1m_f32_tiny_shift";

/// Dictionary-encoded text, which Polars reads only with its categorical types built in; its counts are in the oracle.
const NOT_READABLE: &str = "cat_dictionary_encoded";

/// Cases whose sums lose digits in any order of summation.
const WIDE: [&str; 3] = ["huge_magnitude", "int64_big_ids", "cauchy"];

pub(super) enum Column {
    Numbers(Cleaned),
    Keys(Categories),
}

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/oracle")
}

fn expected() -> Json {
    serde_json::from_str(&std::fs::read_to_string(folder().join("expected.json")).unwrap()).unwrap()
}

pub(crate) fn cases() -> impl Iterator<Item = (String, Json)> {
    let cases = expected()["cases"].as_object().unwrap().clone();
    cases.into_iter().filter(|(name, _)| name != NOT_KEPT)
}

pub(super) fn read(name: &str, side: &str, kind: &str) -> Column {
    if name == NOT_READABLE {
        return Column::Keys(counted(side, &expected()["cases"][name]));
    }
    let path = folder().join(format!("{name}.{side}.parquet"));
    let frame = ParquetReader::new(File::open(&path).unwrap()).finish().unwrap();
    let column = frame.column("x").unwrap().as_materialized_series().rechunk();
    if kind == "categorical" {
        let mut keys = Categories::default();
        for cell in column.iter() {
            match cell {
                AnyValue::Null => keys.observe(None),
                AnyValue::Boolean(flag) => keys.observe(Some(&flag.to_string())),
                AnyValue::String(text) => keys.observe(Some(text)),
                other => panic!("{name}: {other:?} is no key"),
            }
        }
        return Column::Keys(keys);
    }
    Column::Numbers(Cleaned::new(column.iter().map(|cell| match cell {
        AnyValue::Null => None,
        AnyValue::Datetime(units, unit, _) => {
            let per_second = match unit {
                TimeUnit::Nanoseconds => 1e9,
                TimeUnit::Microseconds => 1e6,
                TimeUnit::Milliseconds => 1e3,
            };
            Some(units as f64 / per_second)
        }
        other => Some(other.try_extract::<f64>().unwrap()),
    })))
}

fn counted(side: &str, case: &Json) -> Categories {
    let keys = case["discrete"]["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().into());
    let counts = case["discrete"][format!("{side}_counts")].as_array().unwrap();
    let counts: BTreeMap<Box<str>, u64> = keys.zip(counts.iter().map(|count| count.as_u64().unwrap())).collect();
    Categories::of_counts(counts, case[side]["nulls"].as_u64().unwrap())
}

fn column_type(name: &Json) -> ColumnType {
    let name = name.as_str().unwrap();
    ColumnType { name: name.to_owned(), is_integer: name.starts_with("int") }
}

fn complete(name: &str, case: &Json) -> Complete {
    let types = [column_type(&case["type_ref"]), column_type(&case["type_cur"])];
    let [ours, theirs] = &types;
    let kind = case["kind"].as_str().unwrap();
    match (read(name, "ref", kind), read(name, "cur", kind)) {
        (Column::Numbers(reference), Column::Numbers(current)) => {
            let kind = if kind == "timestamp" { ColumnKind::Timestamp } else { ColumnKind::Numeric };
            complete::numeric(kind, [ours, theirs], &reference, &current)
        }
        (Column::Keys(reference), Column::Keys(current)) => complete::categorical([ours, theirs], &reference, &current),
        (Column::Numbers(_), Column::Keys(_)) | (Column::Keys(_), Column::Numbers(_)) => {
            panic!("{name}: both sides have the same type")
        }
    }
}

/// How far a figure may be from the oracle's.
#[derive(Clone, Copy)]
enum Tolerance {
    /// Not at all.
    Exact,
    /// By so much.
    Absolute(f64),
    /// By such a part of it.
    Relative(f64),
    /// By such a part of it, or 1e-12.
    Near(f64),
    /// As p-values may: by 1e-6 of it, below 1e-12 by 0.001 in its decimal logarithm, below 1e-300 by anything.
    Probability,
}

/// The tolerances of `statistics.md`, by the last name of a figure and those before it.
fn tolerance(case: &str, path: &[&str]) -> Tolerance {
    let wide = WIDE.contains(&case);
    match path {
        ["epps_singleton", "statistic"] => Tolerance::Relative(1e-5),
        ["cvm", "statistic"] | ["anderson", "a2akn" | "t"] => Tolerance::Relative(1e-7),
        [.., "p" | "chi2_p" | "g_p" | "student_p" | "welch_p"]
        | [
            "ks" | "cvm" | "anderson" | "mann_whitney",
            "p_kolmogorov" | "p_stephens" | "p_scipy_asymp" | "p_scipy_exact" | "p_scipy_auto" | "p_asymptotic"
            | "p_exact" | "p_scipy" | "p_two_sided" | "p_less" | "p_exact_two_sided" | "p_exact_less",
        ] => Tolerance::Probability,
        ["ks", "statistic" | "d_plus" | "d_minus"]
        | [.., "tvd" | "l_infinity"]
        | ["null_rate" | "missing_rate", "ref" | "cur" | "diff"]
        | ["cardinality", "unseen_share"] => Tolerance::Absolute(1e-12),
        ["wasserstein" | "energy", _] | ["summary_ref" | "summary_cur", "std_pop" | "std_sample"] if wide => {
            Tolerance::Relative(1e-7)
        }
        ["wasserstein" | "energy", _] | ["summary_ref" | "summary_cur", "std_pop" | "std_sample"] => {
            Tolerance::Relative(1e-9)
        }
        ["summary_ref" | "summary_cur", "min" | "max"] | ["ks", "location"] => Tolerance::Exact,
        [..] => Tolerance::Near(1e-9),
    }
}

fn allows(tolerance: Tolerance, found: f64, wanted: f64) -> bool {
    let apart = (found - wanted).abs();
    match tolerance {
        Tolerance::Exact => apart == 0.0,
        Tolerance::Absolute(most) => apart <= most,
        Tolerance::Relative(most) => apart <= most * wanted.abs(),
        Tolerance::Near(most) => apart <= (most * wanted.abs()).max(1e-12),
        Tolerance::Probability if wanted > 1e-12 => apart <= 1e-6 * wanted,
        Tolerance::Probability if wanted >= 1e-300 => (found.log10() - wanted.log10()).abs() <= 1e-3,
        Tolerance::Probability => (0.0..1e-300).contains(&found),
    }
}

/// Adds every difference to `mistakes`; gives the number of leaves of the oracle that were visited.
pub(crate) fn walk<'a>(
    (found, wanted): (&'a Json, &'a Json),
    path: &mut Vec<&'a str>,
    mistakes: &mut Vec<String>,
) -> u64 {
    let at = path.join(".");
    match (found, wanted) {
        (Json::Object(found), Json::Object(wanted)) => {
            let extra = found.keys().filter(|key| !wanted.contains_key(*key));
            mistakes.extend(extra.map(|key| format!("{at}: the oracle has no {key}")));
            let mut leaves = 0;
            for (key, wanted) in wanted {
                path.push(key);
                match found.get(key) {
                    Some(found) => leaves += walk((found, wanted), path, mistakes),
                    None => mistakes.push(format!("{}: missing", path.join("."))),
                }
                path.pop();
            }
            leaves
        }
        (Json::Array(found), Json::Array(wanted)) => {
            if found.len() != wanted.len() {
                mistakes.push(format!("{at}: {} instead of {} entries", found.len(), wanted.len()));
            }
            found.iter().zip(wanted).map(|pair| walk(pair, path, mistakes)).sum()
        }
        // Where SciPy gives an error there is no figure.
        (Json::Null, Json::Object(wanted)) if wanted.keys().eq(["error"]) => 1,
        (Json::Number(_), Json::Number(_)) if found.is_f64() && wanted.is_f64() => {
            let (found, wanted) = (found.as_f64().unwrap(), wanted.as_f64().unwrap());
            let (case, path) = path.split_first().unwrap();
            if !allows(tolerance(case, path), found, wanted) {
                mistakes.push(format!("{at}: {found:e} is not {wanted:e}"));
            }
            1
        }
        (found, wanted) => {
            if found != wanted {
                mistakes.push(format!("{at}: {found} is not {wanted}"));
            }
            1
        }
    }
}

pub(crate) fn leaves(json: &Json) -> u64 {
    match json {
        Json::Object(members) => members.values().map(leaves).sum(),
        Json::Array(entries) => entries.iter().map(leaves).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 1,
    }
}

#[test]
fn every_statistic_of_every_case_equals_what_scipy_computes() {
    let mut mistakes = Vec::new();
    let (mut visited, mut there) = (0, 0);
    let mut seen = 0;
    for (name, case) in cases() {
        let found = serde_json::to_value(complete(&name, &case)).unwrap();
        visited += walk((&found, &case), &mut vec![&name], &mut mistakes);
        there += leaves(&case);
        seen += 1;
    }
    assert_eq!(mistakes, Vec::<String>::new(), "{} differences", mistakes.len());
    assert_eq!((seen, visited), (52, there));
}

#[test]
fn adjusted_p_values_equal_what_scipy_computes() {
    let expected = &expected()["bh"];
    let numbers = |name: &str| -> Vec<f64> {
        match &expected[name] {
            Json::Array(entries) => entries.iter().map(|entry| entry.as_f64().unwrap()).collect(),
            Json::Object(members) => members.values().map(|entry| entry.as_f64().unwrap()).collect(),
            other => panic!("{other} holds no p-values"),
        }
    };
    let found = benjamini_hochberg::adjusted(&numbers("p"));
    for (found, wanted) in found.iter().zip(numbers("adjusted")) {
        assert!(allows(Tolerance::Probability, *found, wanted), "{found:e} is not {wanted:e}");
    }
    assert_eq!(found.len() as u64, expected["m"].as_u64().unwrap());
}
