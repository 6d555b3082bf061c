//! One view: two or three lines about it as a whole, and a table with one row per feature.

use std::io::{self, Write};

use comfy_table::{Cell, CellAlignment, Table};

use super::super::plain;
use super::{HEADING, hanging};
use crate::model::drift::governing;
use crate::model::figure;
use crate::model::lag_profile::LagProfile;
use crate::model::logged::{LoggedFeature, LoggedMeasurement};
use crate::model::measurement::{
    DriftVerdict, FeatureMeasurement, FreshnessMeasurement, ScanMeasurement, ViewMeasurement,
};
use crate::model::served::{Attributed, ServedMeasurement};
use crate::model::time::Timestamp;
use crate::model::verdict::Verdict;
use crate::model::view::{FreshnessBasis, Pairing};

/// Verdicts with a column of their own; all others are added up under `other` and named below the table.
const COLUMNS: [Verdict; 6] =
    [Verdict::Consistent, Verdict::Stale, Verdict::Skewed, Verdict::Expired, Verdict::MissingOnline, Verdict::Ahead];

/// Writes the view, with a table of at most `width` columns.
pub(super) fn write(view: &ViewMeasurement, width: Option<u16>, out: &mut impl Write) -> io::Result<()> {
    let project = view.project.as_deref().map(|project| format!(" of {}", plain::one_line(project)));
    let pairing = match view.pairing {
        Pairing::Version => "event timestamp",
        Pairing::AsOf => "time in force",
        Pairing::Value => "value",
    };
    writeln!(
        out,
        "{HEADING}{}{HEADING:#}{}, paired by {pairing}",
        plain::one_line(&view.feature_view),
        project.unwrap_or_default()
    )?;
    let keys = &view.keys;
    let mut line = |label: &str, text: String| hanging(&format!("  {label:<9}  "), &text, (width, &mut *out));
    line(
        "keys",
        format!(
            "{} asked: {} online, {} offline, {} on both sides",
            figure::count(keys.asked),
            figure::count(keys.online),
            figure::count(keys.offline),
            figure::count(keys.both)
        ),
    )?;
    if let Some(part) = view.scan.and_then(part_walked) {
        line("walk", part)?;
    }
    let instant = |instant: Option<Timestamp>| {
        instant.map_or_else(|| "an unknown time".to_owned(), |instant| instant.to_string())
    };
    let snapshot = &view.snapshot;
    line(
        "snapshot",
        format!("complete up to {}, history from {}", instant(snapshot.watermark), instant(snapshot.horizon)),
    )?;
    line("freshness", freshness(&view.freshness))?;
    line(
        "coverage",
        format!(
            "{} of {} keys have every feature; {} of {} cells can be compared",
            figure::percent(view.coverage.ratio),
            figure::count(view.coverage.n),
            figure::percent(view.comparable.ratio),
            figure::count(view.comparable.n)
        ),
    )?;
    if let Some(served) = &view.served {
        line("serving", serving(served))?;
    }
    if let Some(logged) = &view.logged {
        line("requests", by_requests(logged))?;
    }
    if let Some(drift) = drift_of_snapshots(view) {
        line("drift", drift)?;
    }
    if !view.features.is_empty() {
        writeln!(out)?;
        table(view, width).iter().try_for_each(|line| writeln!(out, "{line}"))?;
        let others = others(view);
        if !others.is_empty() {
            writeln!(out, "  other: {}", others.join(", "))?;
        }
        for (name, feature) in &view.features {
            if let Some(profile) = &feature.lag_profile {
                hanging("  lag: ", &lag(name, profile), (width, &mut *out))?;
            }
        }
    }
    writeln!(out)
}

/// From how much of the key space the online keys come, where it is not all of it.
fn part_walked(scan: ScanMeasurement) -> Option<String> {
    let Some(covered) = scan.covered else {
        return Some(
            "online keys were chosen from a part of the key space; the store does not say how large it is".to_owned(),
        );
    };
    let about = figure::percent(Some(covered));
    (covered.get() < 1.0).then(|| format!("online keys were chosen from about {about} of the key space"))
}

/// What the drift below is held against, where it is not the newest offline values; and what became of the newest snapshot.
fn drift_of_snapshots(view: &ViewMeasurement) -> Option<String> {
    let reference = view.snapshot.reference.as_deref();
    let served = reference.map(|reference| format!("served values against {}", plain::one_line(reference)));
    let snapshots = view.snapshot.compared.as_ref().map(|compared| {
        let verdicts = || view.features.values().filter_map(|feature| governing(feature.snapshot_drift.as_ref()?));
        let of = |verdict| verdicts().filter(|(_, check)| check.verdict == verdict).count();
        let unknown = match of(DriftVerdict::Unknown) {
            0 => String::new(),
            unknown => format!(", {unknown} unknown"),
        };
        let (newest, before) = (plain::one_line(&compared.newest), plain::one_line(&compared.before));
        format!(
            "snapshot {newest} against {before}: {} of {} features drifted{unknown}",
            of(DriftVerdict::Drifted),
            verdicts().count()
        )
    });
    let parts: Vec<String> = served.into_iter().chain(snapshots).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn freshness(freshness: &FreshnessMeasurement) -> String {
    if freshness.n == 0 && freshness.from_the_future == 0 {
        return "no row with an event timestamp".to_owned();
    }
    let mut text = format!(
        "p50 {}, p99 {}, oldest {} of {} rows",
        figure::span(freshness.p50_seconds),
        figure::span(freshness.p99_seconds),
        figure::span(freshness.max_seconds),
        figure::count(freshness.n)
    );
    if let Some(beyond) = freshness.beyond_objective {
        text.push_str(&match freshness.basis {
            FreshnessBasis::Row | FreshnessBasis::Version => {
                format!("; {} beyond the objective", figure::count(beyond))
            }
            FreshnessBasis::View if beyond == 0 => "; the view is within its objective".to_owned(),
            FreshnessBasis::View => "; the view is beyond its objective".to_owned(),
        });
    }
    if let Some(past) = freshness.past_ttl.filter(|past| *past > 0) {
        text.push_str(&format!("; {} past the time-to-live", figure::count(past)));
    }
    if freshness.from_the_future > 0 {
        text.push_str(&format!("; {} from the future", figure::count(freshness.from_the_future)));
    }
    text
}

/// What callers get, and who is to blame for what is wrong with it.
fn serving(served: &ServedMeasurement) -> String {
    if served.wrong.ratio.is_none() {
        return format!("nothing that {} keys were given can be held against the store", figure::count(served.keys));
    }
    let Attributed { serving, serving_while_store_agrees, store } = served.attributed;
    let mut text = format!(
        "{} of {} cells of {} keys are not what the online store holds",
        figure::percent(served.wrong.ratio),
        figure::count(served.wrong.n),
        figure::count(served.keys)
    );
    if serving > 0 {
        let (serving, agreeing) = (figure::count(serving), figure::count(serving_while_store_agrees));
        text.push_str(&format!(": {serving} by the serving path, of {agreeing} the store agrees with training"));
    }
    if store > 0 {
        text.push_str(&format!("; {} are skewed and served as the store has them", figure::count(store)));
    }
    text
}

/// What requests were given, by their log.
fn by_requests(logged: &LoggedMeasurement) -> String {
    let skewed = |(name, feature): (&String, &LoggedFeature)| {
        let ratio = feature.skew.ratio.filter(|ratio| ratio.get() > 0.0)?;
        Some(format!("{} of `{}`", figure::percent(Some(ratio)), plain::one_line(name)))
    };
    let skewed: Vec<String> = logged.features.iter().filter_map(skewed).collect();
    let skewed = if skewed.is_empty() { String::new() } else { format!("; skewed: {}", skewed.join(", ")) };
    format!(
        "{} of {} requests were given every feature; {} of {} cells can be compared{skewed}",
        figure::percent(logged.coverage.ratio),
        figure::count(logged.requests),
        figure::percent(logged.comparable.ratio),
        figure::count(logged.comparable.n)
    )
}

/// How much a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// Every column, intervals included.
    Full,
    /// No intervals, and no column of zeros.
    Short,
    /// As short, without the names of features and statistics.
    Unnamed,
}

/// The table in full where it fits, else in short, else with the name of each feature on a line above its figures.
fn table(view: &ViewMeasurement, width: Option<u16>) -> Vec<String> {
    let lines =
        |detail| -> Vec<String> { build(view, detail).lines().map(|line| line.trim_end().to_owned()).collect() };
    let fits = |lines: &[String]| {
        width.is_none_or(|width| lines.iter().all(|line| line.chars().count() <= usize::from(width)))
    };
    for detail in [Detail::Full, Detail::Short] {
        let lines = lines(detail);
        if fits(&lines) {
            return lines;
        }
    }
    let mut lines = lines(Detail::Unnamed);
    let figures = lines.split_off(lines.len().saturating_sub(view.features.len()));
    for (name, row) in view.features.keys().zip(figures) {
        lines.extend([format!("  {}", plain::one_line(name)), row]);
    }
    lines
}

fn build(view: &ViewMeasurement, detail: Detail) -> Table {
    let used = |verdict: &Verdict| view.features.values().any(|feature| feature.verdicts.count(*verdict) > 0);
    let shown: Vec<Verdict> = match detail {
        Detail::Full => COLUMNS.to_vec(),
        Detail::Short | Detail::Unnamed => COLUMNS.into_iter().filter(used).collect(),
    };
    let mut table = Table::new();
    table.load_preset("                   ");
    let skew_name = match detail {
        Detail::Full => "skew\n(95 % interval)",
        Detail::Short | Detail::Unnamed => "skew",
    };
    let verdicts = shown.iter().map(|verdict| match (detail, verdict) {
        (Detail::Unnamed, Verdict::Consistent) => "consis-\ntent".to_owned(),
        (Detail::Full | Detail::Short | Detail::Unnamed, verdict) => verdict.name().replace('_', "\n"),
    });
    let coverage_name = match detail {
        Detail::Full | Detail::Short => "coverage",
        Detail::Unnamed => "cover-\nage",
    };
    let tail = ["other", coverage_name, skew_name, "drift"].map(str::to_owned);
    let first = |text: String| match detail {
        Detail::Full | Detail::Short => text,
        Detail::Unnamed => String::new(),
    };
    table.set_header([first("feature".to_owned())].into_iter().chain(verdicts).chain(tail));
    for (name, feature) in &view.features {
        let total = feature.verdicts.total();
        let others = COLUMNS.iter().fold(total, |rest, verdict| rest - feature.verdicts.count(*verdict));
        let mut cells = vec![Cell::new(first(plain::one_line(name)))];
        cells.extend(shown.iter().map(|verdict| Cell::new(figure::count(feature.verdicts.count(*verdict)))));
        cells.push(Cell::new(figure::count(others)));
        cells.push(Cell::new(figure::percent(feature.coverage.ratio)));
        cells.push(Cell::new(skew(feature, detail)));
        cells.push(Cell::new(drift(feature, detail)));
        table.add_row(cells);
    }
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    if detail != Detail::Full {
        for column in table.column_iter_mut() {
            column.set_padding((1, 0));
        }
    }
    table
}

fn skew(feature: &FeatureMeasurement, detail: Detail) -> String {
    let ratio = figure::percent(feature.skew.ratio);
    match (detail, feature.skew.lower.zip(feature.skew.upper)) {
        (Detail::Full, Some((lower, upper))) => {
            format!("{ratio} ({}–{})", figure::bare_percent(lower), figure::bare_percent(upper))
        }
        (Detail::Full, None) | (Detail::Short | Detail::Unnamed, _) => ratio,
    }
}

/// What a lag profile says of a feature: "`price`: values are those of …; 0.5 % of 4,000 match at no such lag".
fn lag(name: &str, profile: &LagProfile) -> String {
    let skew = profile.skew.map_or_else(String::new, |skew| {
        let interval = skew.lower.zip(skew.upper).map_or_else(String::new, |(lower, upper)| {
            format!(" ({}–{})", figure::bare_percent(lower), figure::bare_percent(upper))
        });
        format!("; {}{interval} of {} show another value", figure::percent(skew.ratio), figure::count(skew.n))
    });
    format!("`{}`: {}{skew}", plain::one_line(name), profile.told())
}

/// The check that decides, with its effect and verdict: `psi 0.312 drifted`; without its name where room is short.
fn drift(feature: &FeatureMeasurement, detail: Detail) -> String {
    let Some((statistic, measured)) = governing(&feature.drift) else { return figure::NOTHING.to_owned() };
    let verdict = match measured.verdict {
        DriftVerdict::Drifted => "drifted",
        DriftVerdict::Stable => "stable",
        DriftVerdict::Unknown => "unknown",
    };
    match (measured.effect, detail) {
        (Some(effect), Detail::Full | Detail::Short) => {
            format!("{} {} {verdict}", statistic.name(), figure::distance(Some(effect)))
        }
        (Some(effect), Detail::Unnamed) => format!("{} {verdict}", figure::distance(Some(effect))),
        (None, _) => verdict.to_owned(),
    }
}

/// What `other` holds, over all features: "4 phantom", "2 undecodable".
fn others(view: &ViewMeasurement) -> Vec<String> {
    Verdict::ALL
        .into_iter()
        .filter(|verdict| !COLUMNS.contains(verdict))
        .map(|verdict| (verdict, view.features.values().map(|feature| feature.verdicts.count(verdict)).sum::<u64>()))
        .filter(|(_, cells)| *cells > 0)
        .map(|(verdict, cells)| format!("{} {}", figure::count(cells), verdict.name().replace('_', " ")))
        .collect()
}
