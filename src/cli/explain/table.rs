//! The answer of `explain` for people.
//!
//! What fits stands in tables. Where a value is long or the features are many, each cell and each version becomes a
//! paragraph instead, so that no line is broken in the middle of another column.

use std::io::{self, Write};

use anstyle::Style;
use comfy_table::Table;

use crate::cli::reason::reason;
use crate::model::entity::EntityKey;
use crate::model::figure;
use crate::model::history::Versions;
use crate::model::online::{OnlineCell, OnlineRow, StoredTimestamp, Unread};
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use crate::publish::plain::one_line;
use crate::run::Explanation;

const HEADING: Style = Style::new().bold();
/// Columns that a table may take where no terminal says how many there are.
const WIDTH_WITHOUT_TERMINAL: u16 = 160;
/// Characters of a value that are shown of the cell in question.
const LONGEST_CELL: usize = 300;
/// Characters of a value that are shown of each version.
const LONGEST_HELD: usize = 60;

/// Writes the answer for one view, in tables where they fit into `width` columns.
pub(super) fn write(explanation: &Explanation<'_>, width: Option<u16>, out: &mut impl Write) -> io::Result<()> {
    let Explanation { view, sample, now, .. } = explanation;
    let (Some(key), Some(readings)) = (sample.keys.first(), sample.readings.first()) else { return Ok(()) };
    let history = &sample.history;
    let versions = history.versions(&key.key);
    writeln!(out, "{HEADING}{}{HEADING:#} of {}, as of {now}", one_line(&view.name), named(view, &key.key))?;
    writeln!(out, "  online    {}", online_row(&readings.last.row))?;
    let noun = if versions.len() == 1 { "version" } else { "versions" };
    writeln!(out, "  offline   {} {noun}", figure::count(versions.len() as u64))?;
    let edge = |instant: Option<Timestamp>| {
        instant.map_or_else(|| "an unknown time".to_owned(), |instant| instant.to_string())
    };
    writeln!(out, "  snapshot  complete up to {}, history from {}", edge(history.watermark), edge(history.horizon))?;
    writeln!(out)?;
    let width = usize::from(width.unwrap_or(WIDTH_WITHOUT_TERMINAL));
    write_cells(explanation, &versions, (width, out))?;
    if !versions.is_empty() {
        writeln!(out)?;
        writeln!(out, "{HEADING}Every version held, newest first{HEADING:#}")?;
        write_versions(view, &versions, (width, out))?;
    }
    writeln!(out)
}

/// `user_id=u01 driver_id=5001`, as the command line takes it.
fn named(view: &FeatureView, key: &EntityKey) -> String {
    let parts = view.join_keys.iter().zip(key.values());
    let parts: Vec<String> = parts
        .map(|(join_key, value)| format!("{}={}", one_line(&join_key.name), one_line(&value.to_string())))
        .collect();
    parts.join(" ")
}

fn online_row(row: &Result<OnlineRow, Unread>) -> String {
    match row {
        Err(unread) => format!("not read: {}", unread.message),
        Ok(OnlineRow::Absent) => "no row".to_owned(),
        Ok(OnlineRow::Found(stored)) => match &stored.event_timestamp {
            StoredTimestamp::At(instant, _) => format!("a row of {instant}"),
            StoredTimestamp::NotKept => "a row (the layout keeps no event timestamp)".to_owned(),
            StoredTimestamp::Missing => "a row without its event timestamp".to_owned(),
            StoredTimestamp::Undecodable(reason) => format!("a row whose event timestamp does not decode: {reason}"),
        },
    }
}

fn write_cells(
    explanation: &Explanation<'_>,
    versions: &Versions<'_>,
    (width, out): (usize, &mut impl Write),
) -> io::Result<()> {
    let Explanation { view, sample, row, .. } = explanation;
    let Some(readings) = sample.readings.first() else { return Ok(()) };
    let newest = versions.len().checked_sub(1);
    let rows: Vec<[String; 5]> = view
        .features
        .iter()
        .zip(&row.cells)
        .enumerate()
        .map(|(position, (feature, settled))| {
            let held = settled.version.and_then(|at| versions.version(at)).map(|version| {
                let value = shortened(&version.value(position).to_string(), LONGEST_CELL);
                // Any other version than the newest is worth its time.
                if settled.version == newest { value } else { format!("{value} of {}", version.event_timestamp()) }
            });
            [
                one_line(&feature.name),
                online_cell(&readings.last.row, position),
                held.unwrap_or_else(|| figure::NOTHING.to_owned()),
                settled.verdict.name().to_owned(),
                reason(settled),
            ]
        })
        .collect();
    let cells = table(["feature", "online", "offline, held against", "verdict", "why"].map(str::to_owned), &rows);
    if fits(&cells, width) {
        return lines(&cells, out);
    }
    for [feature, online, offline, verdict, why] in rows {
        writeln!(out, "  {feature}")?;
        writeln!(out, "    online   {online}")?;
        writeln!(out, "    offline  {offline}")?;
        writeln!(out, "    {verdict}: {why}")?;
    }
    Ok(())
}

fn write_versions(
    view: &FeatureView,
    versions: &Versions<'_>,
    (width, out): (usize, &mut impl Write),
) -> io::Result<()> {
    let names: Vec<String> = view.features.iter().map(|feature| one_line(&feature.name)).collect();
    let rows: Vec<Vec<String>> = versions
        .iter()
        .rev()
        .map(|version| {
            let created = version.created().map_or_else(|| figure::NOTHING.to_owned(), |instant| instant.to_string());
            let values = (0..names.len()).map(|feature| shortened(&version.value(feature).to_string(), LONGEST_HELD));
            [version.event_timestamp().to_string(), created].into_iter().chain(values).collect()
        })
        .collect();
    let head = ["event timestamp", "created"].into_iter().map(str::to_owned).chain(names.iter().cloned());
    let held = table(head, &rows);
    if fits(&held, width) {
        return lines(&held, out);
    }
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    for row in &rows {
        let [event_timestamp, created, values @ ..] = row.as_slice() else { continue };
        writeln!(out, "  {event_timestamp}, created {created}")?;
        for (name, value) in names.iter().zip(values) {
            writeln!(out, "    {name:<longest$}  {value}")?;
        }
    }
    Ok(())
}

fn online_cell(row: &Result<OnlineRow, Unread>, feature: usize) -> String {
    let Ok(OnlineRow::Found(row)) = row else { return figure::NOTHING.to_owned() };
    match row.cells.get(feature) {
        None | Some(OnlineCell::Absent) => figure::NOTHING.to_owned(),
        Some(OnlineCell::Value(value)) => shortened(&value.to_string(), LONGEST_CELL),
        Some(OnlineCell::Undecodable(reason)) => format!("undecodable: {reason}"),
    }
}

/// The text on one line, cut with its length where it has more than `most` characters.
fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return one_line(text);
    }
    let begin: String = text.chars().take(most).collect();
    format!("{}… ({} characters)", one_line(&begin), figure::count(length as u64))
}

fn table(head: impl IntoIterator<Item = String>, rows: &[impl AsRef<[String]>]) -> Table {
    let mut table = Table::new();
    table.load_preset("                   ").set_header(head.into_iter().collect::<Vec<String>>());
    for row in rows {
        table.add_row(row.as_ref());
    }
    table
}

fn fits(table: &Table, width: usize) -> bool {
    table.lines().all(|line| line.trim_end().chars().count() <= width)
}

fn lines(table: &Table, out: &mut impl Write) -> io::Result<()> {
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}
