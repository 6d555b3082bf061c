//! A comparison with one column of every outcome, whose checks are made by hand.

use std::collections::BTreeMap;

use skewwatch::drift::{ColumnDrift, Comparison, SegmentDrift};
use skewwatch::model::check::DriftStatistic;
use skewwatch::model::measurement::{DriftMeasurement, DriftReason, DriftVerdict};
use skewwatch::stats::categories::Categories;
use skewwatch::stats::complete::ColumnType;
use skewwatch::stats::drift::{ColumnKind, DriftLimits, Exactness, PairDigest, categorical, numeric};
use skewwatch::stats::sample::Cleaned;
use skewwatch::store::snapshot::{TableColumn, TableKind};

type Checks = BTreeMap<DriftStatistic, DriftMeasurement>;

/// A name that tries to leave whatever it is printed in.
pub const HOSTILE: &str = "a|b\n<img src=x onerror=alert(1)> `c` [d](https://e.example) @team #1 \u{202e}*f* & \"g\"";

/// The columns that split rows into segments.
pub fn by() -> Vec<String> {
    vec!["country".to_owned(), "plat|form".to_owned()]
}

fn check(verdict: DriftVerdict, effect: [f64; 3], threshold: f64) -> DriftMeasurement {
    let [effect, lower, upper] = effect;
    let q = match verdict {
        DriftVerdict::Drifted => 3.2e-9,
        DriftVerdict::Stable => 1.0,
        DriftVerdict::Unknown => 0.31,
    };
    DriftMeasurement {
        distance: Some(effect.abs() * 1.01),
        noise_floor: Some(0.017),
        effect: Some(effect),
        lower: Some(lower),
        upper: Some(upper),
        threshold: Some(threshold),
        p_value: Some(q / 4.0),
        p_equal: Some(q / 100.0),
        q_value: Some(q),
        verdict,
        reason: None,
        reference_n: 1000,
        current_n: 1200,
        needed_reference_n: None,
        needed_current_n: None,
    }
}

fn unknown(reason: DriftReason, threshold: f64) -> DriftMeasurement {
    let nothing = DriftMeasurement::unmeasured(reason, Some(threshold));
    DriftMeasurement { reference_n: 37, current_n: 1000, ..nothing }
}

fn missing(verdict: DriftVerdict, effect: [f64; 3]) -> (DriftStatistic, DriftMeasurement) {
    (DriftStatistic::Missing, check(verdict, effect, 0.02))
}

fn column(pair: PairDigest, checks: impl IntoIterator<Item = (DriftStatistic, DriftMeasurement)>) -> ColumnDrift {
    let mut column = ColumnDrift::new(pair, &DriftLimits::new([]));
    column.checks = checks.into_iter().collect();
    column
}

/// Values `scale`·i² + `shift` and a few nulls.
fn numbers(rows: u32, (scale, shift): (f64, f64), nulls: usize) -> Cleaned {
    let values = (0..rows).map(|i| Some(scale * f64::from(i) * f64::from(i) + shift));
    Cleaned::new(values.chain(std::iter::repeat_n(None, nulls)))
}

fn keys(counts: &[(&str, u64)]) -> Categories {
    Categories::of_counts(counts.iter().map(|(key, count)| ((*key).into(), *count)).collect(), 0)
}

fn segment(values: &[Option<&str>], contribution: f64, checks: Checks) -> SegmentDrift {
    SegmentDrift {
        segment: values.iter().map(|value| value.map(Into::into)).collect(),
        pair: numeric(ColumnKind::Numeric, &numbers(500, (1e-3, 0.0), 0), &numbers(600, (2e-3, 0.0), 0)),
        checks,
        contribution: Some(contribution),
    }
}

fn amount() -> ColumnDrift {
    let pair = numeric(ColumnKind::Numeric, &numbers(1000, (1e-3, 0.5), 3), &numbers(1200, (1.4e-3, 0.5), 40));
    let mut amount = column(
        pair,
        [
            (DriftStatistic::Psi, check(DriftVerdict::Drifted, [0.312, 0.251, 0.381], 0.2)),
            (DriftStatistic::Ks, check(DriftVerdict::Drifted, [0.184, 0.126, 0.242], 0.1)),
            missing(DriftVerdict::Unknown, [0.029, 0.019, 0.041]),
            (DriftStatistic::OutOfRange, check(DriftVerdict::Stable, [-0.001, -0.004, 0.0], 0.01)),
        ],
    );
    let drifted = |effect| -> Checks { [(DriftStatistic::Psi, check(DriftVerdict::Drifted, effect, 0.2))].into() };
    let stable = || -> Checks { [(DriftStatistic::Psi, check(DriftVerdict::Stable, [0.01, 0.0, 0.05], 0.2))].into() };
    amount.segments = vec![
        segment(&[Some("DE"), Some("<i>")], 0.64, drifted([1.2, 0.9, 1.5])),
        segment(&[Some("FR"), None], 0.21, drifted([0.4, 0.3, 0.5])),
        segment(&[], 0.07, stable()),
        segment(&[Some("IT"), Some("web")], -0.01, stable()),
    ];
    amount
}

/// One column of every outcome.
pub fn comparison() -> Comparison {
    let mut comparison = Comparison::new("train.parquet", "s3://ml/live/dt=2026-06-15/*.parquet");
    comparison.add("amount", amount());
    let members = keys(&[("true", 800), ("false", 200)]);
    comparison.add(
        "is_member",
        column(
            categorical(&members, &members),
            [
                (DriftStatistic::Psi, check(DriftVerdict::Stable, [0.0, 0.0, 0.004], 0.2)),
                missing(DriftVerdict::Stable, [0.0, -0.002, 0.002]),
            ],
        ),
    );
    let names = ["tab\there", "<b>", "a|b", "", "日本", "a very long key that nobody needs to see as a whole"];
    let counts: Vec<(&str, u64)> = names.iter().zip(1..).map(|(name, place)| (*name, 100 * place)).collect();
    comparison.add(
        HOSTILE,
        column(
            categorical(&keys(&counts), &keys(&[counts.as_slice(), &[("unseen", 400)]].concat())),
            [
                (DriftStatistic::Psi, check(DriftVerdict::Stable, [0.02, 0.01, 0.04], 0.2)),
                (DriftStatistic::Unseen, check(DriftVerdict::Drifted, [0.16, 0.145, 0.176], 0.01)),
            ],
        ),
    );
    comparison.add(
        "all_null_now",
        column(
            numeric(ColumnKind::Numeric, &numbers(50, (1.0, 0.0), 0), &numbers(0, (1.0, 0.0), 50)),
            [(DriftStatistic::Psi, unknown(DriftReason::Empty, 0.2)), missing(DriftVerdict::Drifted, [1.0, 0.92, 1.0])],
        ),
    );
    comparison.add(
        "empty_before",
        column(
            numeric(ColumnKind::Numeric, &numbers(0, (1.0, 0.0), 9), &numbers(50, (1.0, 0.0), 0)),
            [(DriftStatistic::Psi, unknown(DriftReason::Empty, 0.2))],
        ),
    );
    let small = DriftMeasurement {
        needed_reference_n: Some(412),
        ..DriftMeasurement {
            reason: Some(DriftReason::Underpowered),
            ..check(DriftVerdict::Unknown, [0.12, 0.0, 0.4], 0.2)
        }
    };
    let mut few = numeric(ColumnKind::Numeric, &numbers(37, (1.0, 0.0), 0), &numbers(1000, (1e-3, 0.0), 0));
    if let Some(distances) = &mut few.distances {
        distances.exactness = Exactness::Approximate;
    }
    comparison.add("few", column(few, [(DriftStatistic::Psi, DriftMeasurement { reference_n: 37, ..small })]));
    let times = |offset: f64| numbers(100, (864.0, 1_780_000_000.0 + offset), 0);
    comparison.add(
        "signed_up_at",
        column(
            numeric(ColumnKind::Timestamp, &times(0.0), &times(86_400.0)),
            [(DriftStatistic::Psi, unknown(DriftReason::NoSnapshotTime, 0.2))],
        ),
    );
    let edge = DriftMeasurement {
        reason: Some(DriftReason::AtThreshold),
        ..check(DriftVerdict::Unknown, [0.19, 0.16, 0.23], 0.2)
    };
    let age = |shift| numbers(200, (86.4, shift), 0);
    comparison.add(
        "last_order_at",
        column(numeric(ColumnKind::Age, &age(60.0), &age(7200.0)), [(DriftStatistic::Psi, edge)]),
    );
    let integers = |name: &str, kind| TableColumn {
        name: name.to_owned(),
        kind,
        column_type: ColumnType { name: "int64".to_owned(), is_integer: true },
    };
    comparison.choose(
        (
            &[integers("gone", TableKind::Integer), integers("typed", TableKind::Text)],
            &[integers("typed", TableKind::Integer), integers("tags", TableKind::Other("list<string>".to_owned()))],
        ),
        &[],
    );
    comparison.add_unreadable("broken", "could not read train.parquet: column `broken` ends early");
    comparison
}
