//! Every figure against what numpy and SciPy compute for the same pair of columns (`tests/fixtures/oracle`).

use std::fs::File;
use std::path::PathBuf;

use polars::prelude::{AnyValue, ParquetReader, SerReader as _, TimeUnit};
use serde_json::Value as Json;
use skewwatch::stats::bins::{BinEdges, PairedCounts};
use skewwatch::stats::categories::Categories;
use skewwatch::stats::interval::newcombe;
use skewwatch::stats::psi::{self, Psi};
use skewwatch::stats::rates::RowCounts;
use skewwatch::stats::sample::Cleaned;
use skewwatch::stats::{ks, quantile};

/// Too large to keep beside the code: a million rows a side.
const NOT_KEPT: &str = "huge_1m_f32_tiny_shift";

/// Dictionary-encoded text, which Polars reads only with its categorical types built in.
const NOT_READABLE: &str = "cat_dictionary_encoded";

pub(super) enum Column {
    Numbers(Cleaned),
    Keys(Categories),
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/oracle")
}

fn expected() -> serde_json::Map<String, Json> {
    let text = std::fs::read_to_string(folder().join("expected.json")).unwrap();
    let Json::Object(mut whole) = serde_json::from_str(&text).unwrap() else { panic!("expected.json is no object") };
    let Some(Json::Object(cases)) = whole.remove("cases") else { panic!("expected.json has no cases") };
    cases
}

pub(super) fn cases() -> impl Iterator<Item = (String, Json)> {
    expected().into_iter().filter(|(name, _)| name != NOT_KEPT && name != NOT_READABLE)
}

pub(super) fn read(name: &str, side: &str, kind: &str) -> Column {
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

fn close(found: f64, expected: &Json, relative: f64, what: &str) {
    let expected = expected.as_f64().unwrap_or_else(|| panic!("{what}: the oracle says {expected}"));
    let allowed = (relative * expected.abs()).max(1e-12);
    assert!((found - expected).abs() <= allowed, "{what}: {found:e} is not {expected:e}");
}

fn p_value(found: f64, expected: &Json, what: &str) {
    let wanted = expected.as_f64().unwrap();
    if wanted > 1e-12 {
        close(found, expected, 1e-6, what);
    } else if wanted >= 1e-300 {
        assert!((found.log10() - wanted.log10()).abs() < 1e-3, "{what}: {found:e} is not {wanted:e}");
    } else {
        assert!(found < 1e-300, "{what}: {found:e} is not {wanted:e}");
    }
}

fn rows(counts: RowCounts, expected: &Json, what: &str) {
    let found = serde_json::json!({
        "rows": counts.rows, "nulls": counts.nulls, "nans": counts.nans,
        "pos_inf": counts.pos_inf, "neg_inf": counts.neg_inf, "valid": counts.valid(),
    });
    assert_eq!(&found, expected, "{what}");
}

fn block(counts: &PairedCounts, expected: &Json, what: &str) {
    assert_eq!(counts.bins().len() as u64, expected["bins"].as_u64().unwrap(), "{what}: bins");
    let side = |of: fn(&(u64, u64)) -> u64| serde_json::json!(counts.bins().iter().map(of).collect::<Vec<_>>());
    if expected.get("ref_counts").is_some() {
        assert_eq!(side(|bin| bin.0), expected["ref_counts"], "{what}: reference counts");
        assert_eq!(side(|bin| bin.1), expected["cur_counts"], "{what}: current counts");
    }
    close(psi::floored(counts, 1e-4), &expected["psi_eps1e4"], 1e-9, &format!("{what}: psi_eps1e4"));
    close(psi::floored(counts, 1e-6), &expected["psi_eps1e6"], 1e-9, &format!("{what}: psi_eps1e6"));
    close(psi::jeffreys(counts), &expected["psi_jeffreys"], 1e-9, &format!("{what}: psi_jeffreys"));
    close(psi::null_mean(counts), &expected["psi_h0_mean"], 1e-9, &format!("{what}: psi_h0_mean"));
    close(psi::noise_floor(counts), &expected["psi_h0_q95"], 1e-9, &format!("{what}: psi_h0_q95"));
}

fn auto(found: Option<Psi>, expected: &Json, what: &str) {
    let found = found.unwrap();
    let mode = match found.binning {
        psi::Binning::Levels => "discrete",
        psi::Binning::Deciles => "q10",
    };
    assert_eq!(mode, expected["auto_mode"], "{what}");
    close(found.floored, &expected["psi_auto"], 1e-9, &format!("{what}: psi_auto"));
}

fn summary(sample: &Cleaned, expected: &Json, what: &str) {
    let Some(quantiles) = expected["quantiles"].as_object() else {
        assert!(expected.is_null() && quantile::of_sorted(sample.values(), 0.5).is_none(), "{what}");
        return;
    };
    assert_eq!(sample.distinct() as u64, expected["distinct"].as_u64().unwrap(), "{what}: distinct");
    for (share, value) in quantiles {
        let found = quantile::of_sorted(sample.values(), share.parse().unwrap()).unwrap();
        close(found, value, 1e-9, &format!("{what}: quantile {share}"));
    }
}

fn numbers(name: &str, case: &Json, reference: &Cleaned, current: &Cleaned) {
    rows(reference.counts(), &case["ref"], &format!("{name}.ref"));
    rows(current.counts(), &case["cur"], &format!("{name}.cur"));
    summary(reference, &case["summary_ref"], &format!("{name}.ref"));
    summary(current, &case["summary_cur"], &format!("{name}.cur"));
    let gap = ks::distance(reference, current);
    if case.get("undefined").is_some() {
        assert_eq!(gap, None, "{name}");
        assert_eq!(psi::numeric(reference, current), None, "{name}");
        return;
    }
    let gap = gap.unwrap();
    let ks = &case["ks"];
    close(gap.statistic, &ks["statistic"], 0.0, &format!("{name}: D"));
    close(gap.d_plus, &ks["d_plus"], 0.0, &format!("{name}: D+"));
    close(gap.d_minus, &ks["d_minus"], 0.0, &format!("{name}: D-"));
    close(gap.noise_floor(), &ks["effect_crit_5pct"], 1e-12, &format!("{name}: critical D"));
    p_value(gap.p_kolmogorov(), &ks["p_kolmogorov"], &format!("{name}: p_kolmogorov"));
    let edges = BinEdges::deciles(reference).unwrap();
    let wanted = case["q10"]["edges"].as_array().unwrap();
    assert_eq!(edges.edges().len(), wanted.len(), "{name}: edges");
    for (edge, wanted) in edges.edges().iter().zip(wanted) {
        // serde_json may read the last place of a number wrongly; the counts below show that the edges are the same.
        close(*edge, wanted, 1e-15, &format!("{name}: edge"));
    }
    block(&PairedCounts::deciles(reference, current).unwrap(), &case["q10"], &format!("{name}: q10"));
    if let Some(discrete) = case.get("discrete") {
        block(&PairedCounts::levels(reference, current).unwrap(), discrete, &format!("{name}: discrete"));
    }
    auto(psi::numeric(reference, current), case, name);
}

fn keys(name: &str, case: &Json, reference: &Categories, current: &Categories) {
    rows(reference.counts(), &case["ref"], &format!("{name}.ref"));
    rows(current.counts(), &case["cur"], &format!("{name}.cur"));
    assert_eq!(reference.distinct() as u64, case["cardinality"]["ref"].as_u64().unwrap(), "{name}.ref: distinct");
    assert_eq!(current.distinct() as u64, case["cardinality"]["cur"].as_u64().unwrap(), "{name}.cur: distinct");
    let counts = PairedCounts::categories(reference, current);
    match case.get("discrete") {
        Some(discrete) => block(&counts.unwrap(), discrete, name),
        None => assert_eq!(counts, None, "{name}"),
    }
}

#[test]
fn every_figure_equals_what_scipy_computes() {
    let mut seen = 0;
    for (name, case) in cases() {
        let kind = case["kind"].as_str().unwrap();
        match (read(&name, "ref", kind), read(&name, "cur", kind)) {
            (Column::Numbers(reference), Column::Numbers(current)) => numbers(&name, &case, &reference, &current),
            (Column::Keys(reference), Column::Keys(current)) => keys(&name, &case, &reference, &current),
            _ => panic!("{name}: both sides have the same type"),
        }
        seen += 1;
    }
    assert_eq!(seen + 2, expected().len());
}

#[test]
fn the_interval_of_a_difference_of_shares_equals_the_oracle() {
    for (name, case) in cases() {
        let part = |side: &str| {
            let counts = &case[side];
            (counts["nulls"].as_u64().unwrap(), counts["rows"].as_u64().unwrap())
        };
        let found = newcombe(part("ref"), part("cur")).unwrap();
        let wanted = &case["null_rate"];
        close(found.value, &wanted["diff"], 0.0, &format!("{name}: difference"));
        close(found.lower, &wanted["newcombe_lo"], 1e-9, &format!("{name}: lower"));
        close(found.upper, &wanted["newcombe_hi"], 1e-9, &format!("{name}: upper"));
    }
}

#[test]
fn null_and_missing_rates_equal_the_oracle() {
    for (name, case) in cases() {
        let kind = case["kind"].as_str().unwrap();
        for (side, key) in [("ref", "ref"), ("cur", "cur")] {
            let counts = match read(&name, side, kind) {
                Column::Numbers(sample) => sample.counts(),
                Column::Keys(categories) => categories.counts(),
            };
            let of = |rate: Option<skewwatch::model::ratio::Ratio>| rate.unwrap().get();
            close(of(counts.null_rate()), &case["null_rate"][key], 0.0, &format!("{name}.{side}: null rate"));
            close(of(counts.missing_rate()), &case["missing_rate"][key], 0.0, &format!("{name}.{side}: missing rate"));
        }
    }
}
