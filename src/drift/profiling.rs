//! From a table to the profile of its columns.

use std::collections::BTreeMap;

use super::keys::Keys;
use super::numbers::{Numbers, Reading};
use crate::model::time::Timestamp;
use crate::stats::categories::Categories;
use crate::stats::profile::{
    ColumnProfile, ColumnType, KeyProfile, NULL, NumberProfile, ProfiledColumn, Ruler, Settings, TableProfile,
};
use crate::stats::sample::Cleaned;
use crate::store::snapshot::{SnapshotError, Table, TableKind};

/// Profiles the columns that the settings name, one at a time; `over` is the profile whose edges and keys are counted,
/// `None` makes the table's own.
///
/// # Errors
/// When a file cannot be read or has changed since it was listed.
pub async fn profile(
    table: &Table,
    settings: &Settings,
    over: Option<&TableProfile>,
    made_at: Timestamp,
) -> Result<TableProfile, SnapshotError> {
    let mut profile = TableProfile {
        snapshot: table.identity().clone(),
        made_at,
        settings: settings.clone(),
        rows: table.rows(),
        columns: BTreeMap::new(),
        skipped: BTreeMap::new(),
    };
    let asked = |name: &String| settings.columns.is_empty() || settings.columns.contains(name);
    for column in table.columns().iter().filter(|column| asked(&column.name)) {
        let name = &column.name;
        let ruler = over.and_then(|over| over.columns.get(name)).map(|column| &column.profile);
        let (column_type, made) = match &column.kind {
            TableKind::Integer => (ColumnType::Integer, numbers(table, name, ruler).await?),
            TableKind::Float => (ColumnType::Float, numbers(table, name, ruler).await?),
            TableKind::Timestamp => {
                (ColumnType::Timestamp, instants((table, name), settings.snapshot_time, ruler).await?)
            }
            TableKind::Boolean => (ColumnType::Boolean, keys(table, name, ruler).await?),
            TableKind::Text => (ColumnType::Text, keys(table, name, ruler).await?),
            TableKind::Null => {
                profile.skipped.insert(name.clone(), NULL.to_owned());
                continue;
            }
            TableKind::Other(kind) => {
                profile.skipped.insert(name.clone(), kind.clone());
                continue;
            }
        };
        profile.columns.insert(name.clone(), ProfiledColumn { column_type, profile: made });
    }
    Ok(profile)
}

async fn numbers(table: &Table, name: &str, over: Option<&ColumnProfile>) -> Result<ColumnProfile, SnapshotError> {
    let column = read((table, name), Reading::Plain).await?;
    Ok(ColumnProfile::Numeric(counted(&column, over)))
}

async fn instants(
    (table, name): (&Table, &str),
    snapshot_time: Option<Timestamp>,
    over: Option<&ColumnProfile>,
) -> Result<ColumnProfile, SnapshotError> {
    Ok(match snapshot_time {
        Some(time) => {
            let column = read((table, name), Reading::AgeAt(time.seconds())).await?;
            ColumnProfile::Age(counted(&column, over))
        }
        None => ColumnProfile::Timestamp(counted(&read((table, name), Reading::Plain).await?, over)),
    })
}

/// The numbers of a column, sorted.
pub(super) async fn read((table, name): (&Table, &str), reading: Reading) -> Result<Cleaned, SnapshotError> {
    let see = move |numbers: &mut Numbers, chunk: &_| numbers.take(chunk, reading);
    Ok(table.visit(name, Numbers::default(), see).await?.cleaned())
}

fn counted(column: &Cleaned, over: Option<&ColumnProfile>) -> NumberProfile {
    match over.and_then(ColumnProfile::numbers) {
        Some(over) => NumberProfile::over(over.ruler(), column),
        None => NumberProfile::of(column),
    }
}

/// The profile of a column over a ruler, from one row group at a time.
pub(super) async fn count_by_group(
    (table, name): (&Table, &str),
    reading: Reading,
    ruler: &Ruler,
) -> Result<NumberProfile, SnapshotError> {
    let nothing = NumberProfile::over(ruler, &Cleaned::default());
    let see = move |whole: &mut NumberProfile, chunk: &_| {
        let mut numbers = Numbers::default();
        numbers.take(chunk, reading)?;
        let part = NumberProfile::over(whole.ruler(), &numbers.cleaned());
        *whole = whole.merge(&part).map_err(|error| error.to_string())?;
        Ok(())
    };
    table.visit(name, nothing, see).await
}

/// The keys of a column with their counts, which may take so many bytes.
pub(super) async fn count_keys((table, name): (&Table, &str), bytes: u64) -> Result<Categories, SnapshotError> {
    let see = |keys: &mut Keys, chunk: &_| keys.take(chunk);
    Ok(table.visit(name, Keys::whole(bytes), see).await?.categories())
}

async fn keys(table: &Table, name: &str, over: Option<&ColumnProfile>) -> Result<ColumnProfile, SnapshotError> {
    let column = count_keys((table, name), u64::MAX).await?;
    Ok(ColumnProfile::Categorical(match over.and_then(ColumnProfile::keys) {
        Some(over) => KeyProfile::over(over, &column),
        None => KeyProfile::of(&column),
    }))
}
