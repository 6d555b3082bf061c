//! What the serving path gave as tables: one row per key that was asked for, and the store's rows that were read again.
//!
//! The column `kinds` tells, feature by feature, what was given: `v` a value, `-` nothing, `e` nothing because it is past
//! its time-to-live, `u` something that is no value, `f` the word that it failed; a null stands for no answer.

use std::time::Duration;

use polars::prelude::{DataFrame, IntoColumn as _, NamedFrom as _, PolarsError, Series};
use serde::{Deserialize, Serialize};

use super::error::EvidenceError;
use super::readings::column_of;
use super::table::{self, at, booleans, instants, positions, texts, times};
use super::versions::Written;
use super::{AskedEvidence, ServedEvidence, readings};
use crate::model::served::{ServedCell, ServedRow};
use crate::model::value::Value;
use crate::model::view::FeatureView;
use crate::store::online::RawReading;

/// Names of the tables.
const GIVEN: &str = "served";
const AGAIN: &str = "served_readings";

/// What the document says of it.
#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    address: String,
    max_age: Duration,
    values: Vec<Written>,
}

/// Writes the tables.
pub(super) fn put(
    view: &FeatureView,
    served: &ServedEvidence,
    tables: &mut table::Written<'_>,
) -> Result<Document, EvidenceError> {
    let mut values = Vec::new();
    let frame = given(view, &served.asked).map(|(frame, written)| {
        values = written;
        frame
    });
    tables.put(GIVEN, frame)?;
    let again: Vec<Vec<RawReading>> = served.asked.iter().map(|asked| asked.again.iter().cloned().collect()).collect();
    tables.put(AGAIN, readings::table(view, &again))?;
    Ok(Document { address: served.address.clone(), max_age: served.max_age, values })
}

/// Reads the tables, of a sample with so many keys.
pub(super) fn take(
    (view, keys): (&FeatureView, usize),
    document: &Document,
    tables: &table::Read<'_>,
) -> Result<ServedEvidence, EvidenceError> {
    let mut asked = tables.take(GIVEN, |frame| asked(frame, (view, &document.values), keys))?;
    let again = tables.take(AGAIN, |frame| readings::readings(frame, (view, asked.len())))?;
    for (asked, again) in asked.iter_mut().zip(again) {
        asked.again = again.into_iter().next_back();
    }
    Ok(ServedEvidence { address: document.address.clone(), max_age: document.max_age, asked })
}

fn given(view: &FeatureView, asked: &[AskedEvidence]) -> Result<(DataFrame, Vec<Written>), PolarsError> {
    let rows = || asked.iter().map(|asked| asked.served.as_ref());
    let places: Vec<u32> = asked.iter().map(|asked| u32::try_from(asked.row).unwrap_or(u32::MAX)).collect();
    let still: Vec<bool> = asked.iter().map(|asked| asked.is_still).collect();
    let kinds: Vec<Option<String>> =
        rows().map(|row| row.map(|row| row.cells.iter().map(kind).collect::<String>())).collect();
    let stamps: Vec<_> = rows().map(|row| row.and_then(|row| row.event_timestamp)).collect();
    let mut columns = vec![
        Series::new("entity".into(), places).into_column(),
        Series::new("is_still".into(), still).into_column(),
        Series::new("kinds".into(), kinds).into_column(),
        instants("event_timestamp", &stamps),
    ];
    let mut written = Vec::new();
    for (position, feature) in view.features.iter().enumerate() {
        let value = |row: Option<&ServedRow>| match row.and_then(|row| row.cells.get(position)) {
            Some(ServedCell::Value(value)) => value.clone(),
            Some(ServedCell::Nothing | ServedCell::Expired | ServedCell::Undecodable | ServedCell::Failed) | None => {
                Value::Null
            }
        };
        let values: Vec<Value> = rows().map(value).collect();
        let how = Written::of_all(&values);
        columns.push(how.column(&column_of(&feature.name), &values));
        written.push(how);
    }
    Ok((DataFrame::new(asked.len(), columns)?, written))
}

const fn kind(cell: &ServedCell) -> char {
    match cell {
        ServedCell::Value(_) => 'v',
        ServedCell::Nothing => '-',
        ServedCell::Expired => 'e',
        ServedCell::Undecodable => 'u',
        ServedCell::Failed => 'f',
    }
}

fn cell(kind: char, value: Value) -> Option<ServedCell> {
    Some(match kind {
        'v' => ServedCell::Value(value),
        '-' => ServedCell::Nothing,
        'e' => ServedCell::Expired,
        'u' => ServedCell::Undecodable,
        'f' => ServedCell::Failed,
        _ => return None,
    })
}

fn asked(
    frame: &DataFrame,
    (view, written): (&FeatureView, &[Written]),
    keys: usize,
) -> Result<Vec<AskedEvidence>, String> {
    let (places, still) = (positions(frame, "entity")?, booleans(frame, "is_still")?);
    let (kinds, stamps) = (texts(frame, "kinds")?, times(frame, "event_timestamp")?);
    if written.len() != view.features.len() {
        return Err("it has other features than the view".to_owned());
    }
    let mut columns = Vec::with_capacity(written.len());
    for (feature, written) in view.features.iter().zip(written) {
        columns.push(written.values(frame, &column_of(&feature.name))?.into_iter());
    }
    let mut all = Vec::with_capacity(frame.height());
    for row in 0..frame.height() {
        let values: Vec<Value> = columns.iter_mut().filter_map(Iterator::next).collect();
        let read = || {
            let place = at(&places, row).map(|place| place as usize).filter(|place| *place < keys)?;
            let served = match at(&kinds, row) {
                None => None,
                Some(kinds) if kinds.chars().count() == values.len() => {
                    let cells = kinds.chars().zip(values).map(|(kind, value)| cell(kind, value));
                    Some(ServedRow { event_timestamp: at(&stamps, row), cells: cells.collect::<Option<_>>()? })
                }
                Some(_) => return None,
            };
            Some(AskedEvidence { row: place, again: None, is_still: at(&still, row)?, served })
        };
        all.push(read().ok_or_else(|| format!("answer {row} cannot be read"))?);
    }
    Ok(all)
}
