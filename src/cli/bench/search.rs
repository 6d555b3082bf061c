//! `skewwatch bench --sweep` and `--find-max`: one line per run, the highest rate, and the report of the run at it.

use std::io::Write as _;
use std::process::ExitCode;

use super::Place;
use super::output::Output;
use crate::bench::objective::Objective;
use crate::bench::report::Report;
use crate::bench::report::conditions::{Point as Told, RedisBenchmark};
use crate::bench::report::text::{share, time};
use crate::bench::run::{RunError, RunSettings};
use crate::bench::search::{Found, Point, Purpose, Sweep, find_max, sweep};
use crate::cli::screen::Screen;
use crate::model::figure;

/// Measures the rates of a sweep, or searches for the highest that keeps the objective. The report is of the last run at the
/// highest rate that kept it (or of the first, if none did), with the curve of all.
pub(super) async fn run(
    (settings, objective): (RunSettings, Objective),
    rates: Option<Sweep>,
    (output, yardstick): (&Output, Option<RedisBenchmark>),
) -> anyhow::Result<ExitCode> {
    writeln!(
        Screen::open(),
        "{:>10} {:>8} {:>11} {:>11} {:>11} {:>11}",
        "rate",
        "hits",
        "p50",
        "p99",
        "p99.9",
        "slip p99"
    )?;
    let place = Place::before(&settings).await;
    let measured = (settings.clone(), objective.clone());
    let found = tokio::task::spawn_blocking(move || {
        let (settings, objective) = measured;
        match rates {
            Some(rates) => {
                let points = sweep(&settings, &objective, (rates, &mut tell))?;
                let kept = points.iter().filter(|point| point.is_kept).map(|point| point.rate);
                Ok::<_, RunError>(Found { highest: kept.max(), points })
            }
            None => find_max(&settings, &objective, &mut tell),
        }
    });
    let found = found.await??;
    let told = match found.highest {
        Some(rate) => format!("highest rate that three runs confirmed: {} a second", figure::count(rate)),
        None => "no rate kept the promise in three runs".to_owned(),
    };
    if rates.is_none() {
        writeln!(Screen::open(), "{told}")?;
    }
    if let Some(mut report) = report(place, (&settings, objective), &found) {
        report.parts.iter_mut().for_each(|part| part.measured.redis_benchmark = yardstick);
        output.save(&report)?;
    }
    Ok(if rates.is_some() || found.highest.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn report(place: Place, (settings, objective): (&RunSettings, Objective), found: &Found<Point>) -> Option<Report> {
    let at_highest = || found.points.iter().rev().find(|point| Some(point.rate) == found.highest);
    let point = at_highest().or_else(|| found.points.first())?;
    let settings = RunSettings { rate: point.rate, ..settings.clone() };
    let mut report = place.report(objective, (&settings, &point.run));
    report.curve = found.points.iter().map(Told::of).collect();
    report.curve.sort_by_key(|point| point.rate);
    Some(report)
}

fn tell(point: &Point) {
    let whole = point.run.whole();
    let quantile = |share| time(whole.response.quantile(share));
    let kept = match (point.is_kept, point.purpose) {
        (true, Purpose::Try) => "kept",
        (true, Purpose::Confirm) => "proven",
        (false, _) => "not kept",
    };
    // A line that cannot be written is no reason to stop measuring.
    let _ = writeln!(
        Screen::open(),
        "{:>10} {:>8} {:>11} {:>11} {:>11} {:>11} {kept}",
        point.rate,
        share(whole.hit_rate()),
        quantile(0.5),
        quantile(0.99),
        quantile(0.999),
        time(whole.slip.quantile(0.99))
    );
}
