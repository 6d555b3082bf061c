//! `skewwatch bench --sweep` and `--find-max`: one line per run, and the highest rate.

use std::io::Write as _;
use std::process::ExitCode;

use super::summary::time;
use crate::bench::objective::Objective;
use crate::bench::run::RunSettings;
use crate::bench::search::{Point, Purpose, Sweep, find_max, sweep};
use crate::cli::screen::Screen;

/// Measures the rates of a sweep, or searches for the highest that keeps `objective`.
pub(super) async fn run(settings: RunSettings, objective: Objective, rates: Option<Sweep>) -> anyhow::Result<ExitCode> {
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
    if let Some(rates) = rates {
        tokio::task::spawn_blocking(move || sweep(&settings, &objective, (rates, &mut tell))).await??;
        return Ok(ExitCode::SUCCESS);
    }
    let found = tokio::task::spawn_blocking(move || find_max(&settings, &objective, &mut tell)).await??;
    let mut screen = Screen::open();
    match found.highest {
        Some(rate) => writeln!(screen, "highest rate that three runs confirmed: {rate} a second")?,
        None => writeln!(screen, "no rate kept the promise in three runs")?,
    }
    Ok(if found.highest.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn tell(point: &Point) {
    let whole = point.run.whole();
    let quantile = |share| time(whole.response.quantile(share));
    let hits = whole.hit_rate().map_or_else(|| "–".to_owned(), |rate| format!("{:.2} %", rate * 100.0));
    let kept = match (point.is_kept, point.purpose) {
        (true, Purpose::Try) => "kept",
        (true, Purpose::Confirm) => "proven",
        (false, _) => "not kept",
    };
    // A line that cannot be written is no reason to stop measuring.
    let _ = writeln!(
        Screen::open(),
        "{:>10} {hits:>8} {:>11} {:>11} {:>11} {:>11} {kept}",
        point.rate,
        quantile(0.5),
        quantile(0.99),
        quantile(0.999),
        time(whole.slip.quantile(0.99))
    );
}
