//! The online side as a table: one row per reading, with the bytes as they lay in the store.
//!
//! The column `kinds` tells, place by place (the event timestamp, then the features), what lay there: `-` nothing, `b`
//! bytes, `t` text, `i` an integer and `r` a real of eight bytes, little endian, `o` something of another type.

use std::sync::Arc;
use std::time::Duration;

use polars::prelude::{Column, DataFrame, IntoColumn as _, NamedFrom as _, PolarsError, Series};

use super::table::{at, byte_column, bytes, instants, naturals, positions, texts, times};
use crate::model::online::{Unread, UnreadReason};
use crate::model::view::FeatureView;
use crate::store::online::{RawCell, RawReading, RawRow};

/// Name of the column with the bytes of a feature.
pub(super) fn column_of(feature: &str) -> String {
    format!("feature.{feature}")
}

/// One row per reading, by entity and in the order of reading.
pub(super) fn table(view: &FeatureView, readings: &[Vec<RawReading>]) -> Result<DataFrame, PolarsError> {
    let rows: Vec<(u32, &RawReading)> = (0..)
        .zip(readings)
        .flat_map(|(entity, readings)| readings.iter().map(move |reading| (entity, reading)))
        .collect();
    let raw = || rows.iter().map(|(_, reading)| reading.row.as_ref().ok());
    let unread = || rows.iter().map(|(_, reading)| reading.row.as_ref().err());
    let read_at: Vec<_> = rows.iter().map(|(_, reading)| Some(reading.read_at)).collect();
    let reasons: Vec<Option<&str>> = unread().map(|unread| unread.map(|unread| unread.reason.name())).collect();
    let messages: Vec<Option<&str>> = unread().map(|unread| unread.map(|unread| &*unread.message)).collect();
    let remaining: Vec<Option<u64>> = raw().map(|row| row?.remaining_ttl.map(nanos)).collect();
    let kinds: Vec<Option<String>> = raw().map(|row| row.map(kinds)).collect();
    let mut columns: Vec<Column> = vec![
        Series::new("entity".into(), rows.iter().map(|(entity, _)| *entity).collect::<Vec<u32>>()).into_column(),
        instants("read_at", &read_at),
        Series::new("unread".into(), reasons).into_column(),
        Series::new("unread_message".into(), messages).into_column(),
        Series::new("remaining_ttl_nanos".into(), remaining).into_column(),
        Series::new("kinds".into(), kinds).into_column(),
    ];
    let place = |name: &str, cell: &dyn Fn(&RawRow) -> Option<Vec<u8>>| {
        let bytes: Vec<Option<Vec<u8>>> = raw().map(|row| row.and_then(cell)).collect();
        byte_column(name, bytes.iter().map(Option::as_deref))
    };
    columns.push(place("event_timestamp", &|row| content(&row.event_timestamp)));
    for (position, feature) in view.features.iter().enumerate() {
        columns.push(place(&column_of(&feature.name), &|row| content(row.cells.get(position)?)));
    }
    DataFrame::new(rows.len(), columns)
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

fn kinds(row: &RawRow) -> String {
    std::iter::once(&row.event_timestamp).chain(&row.cells).map(kind).collect()
}

const fn kind(cell: &RawCell) -> char {
    match cell {
        RawCell::Absent => '-',
        RawCell::Bytes(_) => 'b',
        RawCell::Text(_) => 't',
        RawCell::Integer(_) => 'i',
        RawCell::Real(_) => 'r',
        RawCell::OtherType => 'o',
    }
}

fn content(cell: &RawCell) -> Option<Vec<u8>> {
    match cell {
        RawCell::Absent | RawCell::OtherType => None,
        RawCell::Bytes(bytes) | RawCell::Text(bytes) => Some(bytes.clone()),
        RawCell::Integer(number) => Some(number.to_le_bytes().to_vec()),
        RawCell::Real(number) => Some(number.to_bits().to_le_bytes().to_vec()),
    }
}

fn cell(kind: char, content: Option<Vec<u8>>) -> Option<RawCell> {
    let eight = |content: Option<Vec<u8>>| <[u8; 8]>::try_from(content?).ok();
    Some(match kind {
        '-' => RawCell::Absent,
        'b' => RawCell::Bytes(content?),
        't' => RawCell::Text(content?),
        'i' => RawCell::Integer(i64::from_le_bytes(eight(content)?)),
        'r' => RawCell::Real(f64::from_bits(u64::from_le_bytes(eight(content)?))),
        'o' => RawCell::OtherType,
        _ => return None,
    })
}

/// The readings of such a table, for so many entities; those of some may be none.
pub(super) fn readings(
    frame: &DataFrame,
    (view, entities): (&FeatureView, usize),
) -> Result<Vec<Vec<RawReading>>, String> {
    let mut readings: Vec<Vec<RawReading>> = vec![Vec::new(); entities];
    let (places, read_at) = (positions(frame, "entity")?, times(frame, "read_at")?);
    let (reasons, messages) = (texts(frame, "unread")?, texts(frame, "unread_message")?);
    let (remaining, kinds) = (naturals(frame, "remaining_ttl_nanos")?, texts(frame, "kinds")?);
    let mut cells = vec![bytes(frame, "event_timestamp")?];
    for feature in &view.features {
        cells.push(bytes(frame, &column_of(&feature.name))?);
    }
    for row in 0..frame.height() {
        let senseless = || format!("reading {row} cannot be read");
        let place = at(&places, row).and_then(|place| readings.get_mut(place as usize)).ok_or_else(senseless)?;
        let read_at = at(&read_at, row).ok_or_else(senseless)?;
        let row = match (at(&reasons, row), at(&kinds, row)) {
            (Some(reason), _) => Err(Unread {
                reason: UnreadReason::ALL.into_iter().find(|known| known.name() == reason).ok_or_else(senseless)?,
                message: Arc::from(at(&messages, row).unwrap_or_default()),
            }),
            (None, Some(kinds)) if kinds.chars().count() == cells.len() => {
                let each = kinds.chars().zip(&mut cells);
                let each = each.map(|(kind, column)| cell(kind, column.get_mut(row).and_then(Option::take)));
                let mut each = each.collect::<Option<Vec<RawCell>>>().ok_or_else(senseless)?.into_iter();
                Ok(RawRow {
                    event_timestamp: each.next().ok_or_else(senseless)?,
                    cells: each.collect(),
                    remaining_ttl: at(&remaining, row).map(Duration::from_nanos),
                })
            }
            (None, _) => return Err(senseless()),
        };
        place.push(RawReading { read_at, row });
    }
    Ok(readings)
}
