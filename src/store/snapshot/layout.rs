//! Where a view's columns are in a file, and whether they are what the view says.

use chrono_tz::Tz;
use polars_arrow::datatypes::Field;

use super::error::{SnapshotError, SnapshotFault};
use super::footer::ParquetFile;
use super::instants::{NAMED_PRECISION, named};
use super::shape::Shape;
use crate::model::entity::{JoinKey, KeyKind, KeyValue};
use crate::model::time::{Precision, Timestamp};
use crate::model::value::{ScalarKind, Value, ValueKind};
use crate::model::view::{Feature, FeatureView, SnapshotSource};

/// The join key that Feast gives to views without entities; no file has a column for it.
const ENTITYLESS_KEY: &str = "__dummy_id";

/// What a view needs of its files.
#[derive(Clone, Debug)]
pub(super) struct Needs {
    /// Name of the view, for messages.
    pub(super) view: String,
    /// Its join keys.
    pub(super) join_keys: Vec<JoinKey>,
    /// Its features.
    pub(super) features: Vec<Feature>,
    /// Which columns mean what.
    pub(super) source: SnapshotSource,
    /// Rows later than this are not seen.
    pub(super) as_of: Timestamp,
}

impl Needs {
    pub(super) fn of(view: &FeatureView, as_of: Timestamp) -> Self {
        Self {
            view: view.name.clone(),
            join_keys: view.join_keys.clone(),
            features: view.features.clone(),
            source: view.source.clone(),
            as_of,
        }
    }

    /// Zone of timestamps without one.
    pub(super) const fn zone(&self) -> Tz {
        self.source.naive_timestamps
    }
}

/// A column of the file, or one value for all of its rows.
#[derive(Clone, Debug)]
pub(super) enum Origin<T> {
    /// A column.
    Column(Field, Shape),
    /// A value that the file's place says of all its rows.
    Constant(T),
}

impl<T> Origin<T> {
    /// The column to read, if there is one to read.
    pub(super) const fn field(&self) -> Option<&Field> {
        match self {
            Self::Column(field, _) => Some(field),
            Self::Constant(_) => None,
        }
    }
}

/// Where everything that a view needs is in one file.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The join keys, in the view's order.
    pub(super) keys: Vec<Origin<Option<KeyValue>>>,
    /// The event timestamp.
    pub(super) event_timestamp: Origin<Option<Timestamp>>,
    /// The time of writing, where the view names a column for it.
    pub(super) created: Option<Origin<Option<Timestamp>>>,
    /// The features, in the view's order.
    pub(super) features: Vec<Origin<Value>>,
}

/// What is looked for in a file.
struct Wanted<'a> {
    column: &'a str,
    role: String,
    expected: String,
}

impl Layout {
    /// Finds the view's columns in a file and checks their types.
    pub(super) fn find(file: &ParquetFile, needs: &Needs) -> Result<Self, SnapshotError> {
        let source = &needs.source;
        let keys = needs.join_keys.iter().map(|key| join_key(file, needs, key)).collect::<Result<_, _>>()?;
        let event_timestamp = time(file, needs, &source.event_timestamp, "the event timestamp")?;
        let created = source.created.as_ref().map(|column| time(file, needs, column, "the time of writing"));
        let features = needs.features.iter().map(|of_view| feature(file, needs, of_view)).collect::<Result<_, _>>()?;
        Ok(Self { keys, event_timestamp, created: created.transpose()?, features })
    }

    /// Precision of the event timestamps.
    pub(super) fn precision(&self) -> Precision {
        match &self.event_timestamp {
            Origin::Column(_, shape) => shape.precision(),
            Origin::Constant(_) => NAMED_PRECISION,
        }
    }

    /// The columns that tell whose a row is and when.
    pub(super) fn row_fields(&self) -> Vec<&Field> {
        let keys = self.keys.iter().filter_map(Origin::field);
        let created = self.created.as_ref().and_then(Origin::field);
        keys.chain(self.event_timestamp.field()).chain(created).collect()
    }
}

fn locate<T>(
    file: &ParquetFile,
    wanted: &Wanted<'_>,
    fits: impl Fn(&Shape) -> bool,
    of_partition: impl Fn(Option<&str>) -> Option<T>,
) -> Result<Origin<T>, SnapshotError> {
    let Wanted { column, role, expected } = wanted;
    let fault = |cause: String| SnapshotError::reading(&file.stored.location, SnapshotFault::Schema, cause);
    if let Some(field) = file.field(column) {
        let shape = Shape::of(field.dtype());
        if !fits(&shape) {
            return Err(fault(format!("column `{column}` holds {shape}, and {role} is {expected}")));
        }
        return Ok(Origin::Column(field.clone(), shape));
    }
    if let Some(value) = file.partitions.get(*column) {
        let text = value.as_deref();
        return of_partition(text).map(Origin::Constant).ok_or_else(|| {
            let text = text.unwrap_or("null");
            fault(format!("partition `{column}={text}` is no {expected}, and {role} is {expected}"))
        });
    }
    let hint = nearest(column, file.fields.iter().map(|field| field.name.as_str()));
    Err(fault(format!("column `{column}`, which is {role}, is missing{hint}")))
}

/// A hint at the name that `wanted` may have meant, or nothing.
pub(super) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let likely = names
        .map(|name| (strsim::damerau_levenshtein(name, wanted), name))
        .filter(|(distance, _)| *distance <= 2 + wanted.chars().count() / 4)
        .min();
    likely.map(|(_, name)| format!("; it has `{name}`")).unwrap_or_default()
}

fn join_key(file: &ParquetFile, needs: &Needs, key: &JoinKey) -> Result<Origin<Option<KeyValue>>, SnapshotError> {
    let column = needs.source.column_of(&key.name);
    if key.name == ENTITYLESS_KEY && file.field(column).is_none() {
        return Ok(Origin::Constant(Some(KeyValue::String("".into()))));
    }
    let role = format!("join key `{}` of view `{}`", key.name, needs.view);
    let wanted = Wanted { column, role, expected: key.kind.name().to_owned() };
    let fits = |shape: &Shape| match key.kind {
        KeyKind::String => matches!(shape, Shape::Text | Shape::Bytes | Shape::Null),
        KeyKind::Int32 | KeyKind::Int64 => matches!(shape, Shape::Integer(_) | Shape::Null),
        KeyKind::Bytes => matches!(shape, Shape::Text | Shape::Bytes | Shape::FixedBytes(_) | Shape::Null),
        KeyKind::UnixTimestamp => shape.is_time() || matches!(shape, Shape::Null),
    };
    locate(file, &wanted, fits, |text| {
        let Some(text) = text else { return Some(None) };
        let instant = || {
            let (found, _) = named(text, needs.zone())?;
            Some(KeyValue::UnixTimestamp(found.floor(Precision::Seconds).nanos() / Precision::Seconds.nanos()))
        };
        let value = key.kind.parse_value(text);
        match key.kind {
            KeyKind::UnixTimestamp => instant().or(value),
            KeyKind::String | KeyKind::Int32 | KeyKind::Int64 | KeyKind::Bytes => value,
        }
        .map(Some)
    })
}

fn time(
    file: &ParquetFile,
    needs: &Needs,
    column: &str,
    role: &str,
) -> Result<Origin<Option<Timestamp>>, SnapshotError> {
    let wanted = Wanted { column, role: format!("{role} of view `{}`", needs.view), expected: "timestamp".to_owned() };
    locate(
        file,
        &wanted,
        |shape| shape.is_time() || matches!(shape, Shape::Null),
        |text| match text {
            Some(text) => named(text, needs.zone()).map(|(instant, _)| Some(instant)),
            None => Some(None),
        },
    )
}

fn feature(file: &ParquetFile, needs: &Needs, feature: &Feature) -> Result<Origin<Value>, SnapshotError> {
    let role = format!("feature `{}` of view `{}`", feature.name, needs.view);
    let wanted = Wanted { column: needs.source.column_of(&feature.name), role, expected: feature.kind.to_string() };
    locate(
        file,
        &wanted,
        |shape| shape.fits(feature.kind),
        |text| match (text, feature.kind) {
            (None, _) => Some(Value::Null),
            (Some(text), ValueKind::Scalar(kind)) => partition_value(text, kind, needs.zone()),
            (Some(_), ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Map | ValueKind::MapList) => None,
        },
    )
}

/// The value that the name of a partition stands for.
fn partition_value(text: &str, kind: ScalarKind, zone: Tz) -> Option<Value> {
    match kind {
        ScalarKind::Bool => text.to_ascii_lowercase().parse().ok().map(Value::Bool),
        ScalarKind::Int32 | ScalarKind::Int64 => text.parse().ok().map(Value::Int),
        ScalarKind::Float32 | ScalarKind::Float64 => text.parse().ok().map(Value::Float64),
        ScalarKind::String | ScalarKind::Json | ScalarKind::Uuid | ScalarKind::Decimal => Some(Value::string(text)),
        ScalarKind::Bytes => Some(Value::Bytes(text.as_bytes().into())),
        ScalarKind::UnixTimestamp => {
            let seconds = || text.parse().ok().map(Value::UnixTimestamp);
            named(text, zone).map(|(instant, _)| Value::instant(instant)).or_else(seconds)
        }
    }
}
