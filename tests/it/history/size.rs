//! What a history weighs: a busy feature, in which every kind of figure moves each round.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rusqlite::Connection;
use skewwatch::history::{CheckStatus, DriftFigure, FeatureFigures, HistoryRound, RoundRecord, RoundResult};
use skewwatch::model::check::{CheckKind, DriftStatistic};
use skewwatch::model::measurement::{
    DifferenceMeasurement, DriftVerdict, LagMeasurement, LayerCounts, Share, VerdictCounts,
};
use skewwatch::model::verdict::Verdict;
use tempfile::tempdir;

use super::made::{at, history, record};

/// Keys of a sample.
const KEYS: u64 = 10_000;
/// Features of the view.
const FEATURES: u64 = 1600;
/// Rounds of an hour.
const ROUNDS: u64 = 12;

fn busy(random: &mut StdRng, number: u64) -> FeatureFigures {
    let mut counts = [0; Verdict::COUNT];
    counts[Verdict::Skewed as usize] = if number.is_multiple_of(5) { random.random_range(1..60) } else { 0 };
    counts[Verdict::Stale as usize] = random.random_range(0..400);
    counts[Verdict::MissingOnline as usize] = random.random_range(0..30);
    counts[Verdict::Pending as usize] = random.random_range(0..50);
    counts[Verdict::Consistent as usize] = KEYS - counts.iter().sum::<u64>();
    let verdicts = VerdictCounts::of(counts);
    let skewed = verdicts.count(Verdict::Skewed);
    let comparable = KEYS - verdicts.count(Verdict::MissingOnline) - verdicts.count(Verdict::Pending);
    let mut size = || (skewed > 0).then(|| random.random());
    let difference = DifferenceMeasurement { abs_p50: size(), abs_p99: size(), rel_p50: size(), rel_p99: size() };
    let smape = if skewed > 0 { size() } else { number.is_multiple_of(2).then_some(0.0) };
    let statistics = [DriftStatistic::Js, DriftStatistic::Psi, DriftStatistic::Missing, DriftStatistic::OutOfRange];
    let figure = |random: &mut StdRng| {
        let (distance, effect) = (Some(random.random()), Some(0.02 + 0.01 * random.random::<f32>()));
        DriftFigure { distance, effect, verdict: DriftVerdict::Stable }
    };
    FeatureFigures {
        verdicts,
        layers: LayerCounts::of([comparable - skewed, 0, 0, 0, 0]),
        lag: LagMeasurement { versions_p50: Some(1), versions_max: Some(2) },
        coverage: Share::of(comparable, KEYS - verdicts.count(Verdict::Pending)),
        nulls: random.random_range(0..300),
        skew: Share::of(skewed, comparable),
        smape,
        difference,
        drift: statistics.map(|statistic| (statistic, figure(random))).into(),
        statuses: CheckKind::ALL.map(|check| (check, CheckStatus::Pass)).into(),
        ..FeatureFigures::default()
    }
}

#[test]
fn a_busy_feature_takes_a_hundred_bytes_a_round_and_ninety_an_hour() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let mut random = StdRng::seed_from_u64(1);
    let template =
        (0..).map(|seed| record(seed, "users", at(0))).find(|record| record.round.measured.is_some()).unwrap();
    for number in 0..ROUNDS {
        let mut measured = template.round.measured.clone().unwrap();
        measured.features = (0..FEATURES).map(|place| (format!("feature_{place}"), busy(&mut random, place))).collect();
        let round = HistoryRound {
            finished_at: at(number as i64 * 300),
            result: RoundResult::Complete,
            failures: Vec::new(),
            measured: Some(measured),
            ..template.round.clone()
        };
        history.record(&[RoundRecord::of_round(round)]).unwrap();
    }
    history.roll_up().unwrap();
    drop(history);
    let connection = Connection::open(folder.path().join("history.db")).unwrap();
    let bytes = |table: &str| -> u64 {
        let sql = "SELECT SUM(pgsize) FROM dbstat WHERE name = ?1";
        connection.query_row(sql, [table], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs()
    };
    let (rounds, hours) = (bytes("round_features") / (FEATURES * ROUNDS), bytes("feature_hours") / FEATURES);
    assert!(rounds <= 100 && hours <= 90, "{rounds} bytes a round, {hours} an hour");
}
