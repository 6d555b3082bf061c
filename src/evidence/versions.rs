//! The offline side as a table: one row per version of a sampled entity.
//!
//! A feature whose values are of one simple type has a column of that type; any other has its values packed, as files that
//! are kept between rounds have them. Which it is stands in the document.

use polars::prelude::{
    BooleanChunked, Column as Table, DataFrame, IntoColumn as _, NamedFrom as _, PolarsError, Series,
};
use serde::{Deserialize, Serialize};

use super::readings::column_of;
use super::table::{
    at, booleans, byte_column, bytes, doubles, instants, integers, naturals, positions, singles, texts, times,
};
use crate::kept::pack::{Pack, Unpack};
use crate::model::column::Column;
use crate::model::entity::EntityKey;
use crate::model::history::{HistoryRow, VersionRows};
use crate::model::value::Value;
use crate::model::view::FeatureView;

/// What packed values begin with.
const TITLE: &str = "";

/// How the values of a feature are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Written {
    Bool,
    Int,
    Uint,
    Float32,
    Float64,
    String,
    Bytes,
    UnixSeconds,
    UnixNanos,
    Packed,
}

impl Written {
    /// How a value would be written that is alone.
    const fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::UInt(_) => Self::Uint,
            Value::Float32(_) => Self::Float32,
            Value::Float64(_) => Self::Float64,
            Value::String(_) => Self::String,
            Value::Bytes(_) => Self::Bytes,
            Value::UnixTimestamp(_) => Self::UnixSeconds,
            Value::UnixNanos(_) => Self::UnixNanos,
            Value::List(_) | Value::Map(_) => Self::Packed,
        })
    }

    pub(super) fn of_all(values: &[Value]) -> Self {
        let mut each = values.iter().filter_map(Self::of);
        let first = each.next().unwrap_or(Self::Packed);
        if each.all(|other| other == first) { first } else { Self::Packed }
    }

    pub(super) fn column(self, name: &str, values: &[Value]) -> Table {
        let number = |value: &Value| match value {
            Value::Int(number) | Value::UnixTimestamp(number) | Value::UnixNanos(number) => Some(*number),
            _ => None,
        };
        macro_rules! plain {
            ($variant:path) => {
                values.iter().map(|value| if let $variant(value) = value { Some(*value) } else { None })
            };
        }
        match self {
            Self::Bool => {
                let flags: BooleanChunked = plain!(Value::Bool).collect();
                let mut flags: Series = flags.into();
                flags.rename(name.into());
                flags.into_column()
            }
            Self::Int | Self::UnixSeconds | Self::UnixNanos => {
                Series::new(name.into(), values.iter().map(number).collect::<Vec<_>>()).into_column()
            }
            Self::Uint => Series::new(name.into(), plain!(Value::UInt).collect::<Vec<Option<u64>>>()).into_column(),
            Self::Float32 => {
                Series::new(name.into(), plain!(Value::Float32).collect::<Vec<Option<f32>>>()).into_column()
            }
            Self::Float64 => {
                Series::new(name.into(), plain!(Value::Float64).collect::<Vec<Option<f64>>>()).into_column()
            }
            Self::String => {
                let text =
                    |value: &'_ Value| if let Value::String(text) = value { Some(text.to_string()) } else { None };
                Series::new(name.into(), values.iter().map(text).collect::<Vec<_>>()).into_column()
            }
            Self::Bytes => byte_column(
                name,
                values.iter().map(|value| if let Value::Bytes(bytes) = value { Some(&**bytes) } else { None }),
            ),
            Self::Packed => {
                let packed: Vec<Option<Vec<u8>>> =
                    values.iter().map(|value| (!value.is_null()).then(|| pack(value))).collect();
                byte_column(name, packed.iter().map(Option::as_deref))
            }
        }
    }

    pub(super) fn values(self, frame: &DataFrame, name: &str) -> Result<Vec<Value>, String> {
        fn each<T>(values: Vec<Option<T>>, value: impl Fn(T) -> Value) -> Vec<Value> {
            values.into_iter().map(|cell| cell.map_or(Value::Null, &value)).collect()
        }
        Ok(match self {
            Self::Bool => each(booleans(frame, name)?, Value::Bool),
            Self::Int => each(integers(frame, name)?, Value::Int),
            Self::UnixSeconds => each(integers(frame, name)?, Value::UnixTimestamp),
            Self::UnixNanos => each(integers(frame, name)?, Value::UnixNanos),
            Self::Uint => each(naturals(frame, name)?, Value::UInt),
            Self::Float32 => each(singles(frame, name)?, Value::Float32),
            Self::Float64 => each(doubles(frame, name)?, Value::Float64),
            Self::String => each(texts(frame, name)?, |text| Value::String(text.into())),
            Self::Bytes => each(bytes(frame, name)?, |bytes| Value::Bytes(bytes.into())),
            Self::Packed => {
                let unpacked = bytes(frame, name)?.into_iter().map(|packed| match packed {
                    None => Some(Value::Null),
                    Some(packed) => unpack(&packed),
                });
                unpacked.collect::<Option<Vec<Value>>>().ok_or("a packed value cannot be read")?
            }
        })
    }
}

fn pack(value: &Value) -> Vec<u8> {
    let mut pack = Pack::new(TITLE);
    pack.value(value);
    pack.finish()
}

fn unpack(packed: &[u8]) -> Option<Value> {
    let mut unpack = Unpack::new(TITLE, packed)?;
    unpack.value().filter(|_| unpack.is_over())
}

/// One row per version, by entity and from old to new, and how the values of each feature are written.
pub(super) fn table(view: &FeatureView, versions: &VersionRows) -> Result<(DataFrame, Vec<Written>), PolarsError> {
    let rows = &versions.rows;
    let instants_of = |instant: fn(&HistoryRow) -> Option<crate::model::time::Timestamp>| -> Vec<_> {
        rows.iter().map(instant).collect()
    };
    let mut columns = vec![
        Series::new("entity".into(), rows.iter().map(|row| row.key).collect::<Vec<u32>>()).into_column(),
        instants("event_timestamp", &instants_of(|row| Some(row.event_timestamp))),
        instants("created", &instants_of(|row| row.created)),
        Series::new("file".into(), rows.iter().map(|row| row.file).collect::<Vec<u32>>()).into_column(),
    ];
    let mut written = Vec::new();
    for (feature, column) in view.features.iter().zip(&versions.columns) {
        let values: Vec<Value> = (0..rows.len()).map(|row| column.value(row)).collect();
        let how = Written::of_all(&values);
        columns.push(how.column(&column_of(&feature.name), &values));
        written.push(how);
    }
    Ok((DataFrame::new(rows.len(), columns)?, written))
}

/// The versions of such a table.
pub(super) fn versions(
    frame: &DataFrame,
    (view, written): (&FeatureView, &[Written]),
    (keys, files): (&[EntityKey], usize),
) -> Result<VersionRows, String> {
    let (places, stamps) = (positions(frame, "entity")?, times(frame, "event_timestamp")?);
    let (created, of_files) = (times(frame, "created")?, positions(frame, "file")?);
    let mut rows = Vec::with_capacity(frame.height());
    for row in 0..frame.height() {
        let read = || {
            Some(HistoryRow {
                key: at(&places, row).filter(|place| (*place as usize) < keys.len())?,
                event_timestamp: at(&stamps, row)?,
                created: at(&created, row),
                file: at(&of_files, row).filter(|file| (*file as usize) < files)?,
            })
        };
        rows.push(read().ok_or_else(|| format!("version {row} cannot be read"))?);
    }
    if written.len() != view.features.len() {
        return Err("it has other features than the view".to_owned());
    }
    let mut columns = Vec::with_capacity(written.len());
    for (feature, written) in view.features.iter().zip(written) {
        columns.push(written.values(frame, &column_of(&feature.name))?.into_iter().collect::<Column>());
    }
    Ok(VersionRows { keys: keys.to_vec(), rows, columns })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<u64>().prop_map(Value::UInt),
            any::<u32>().prop_map(|bits| Value::Float32(f32::from_bits(bits))),
            any::<u64>().prop_map(|bits| Value::Float64(f64::from_bits(bits))),
            ".{0,4}".prop_map(|text| Value::string(&text)),
            prop::collection::vec(any::<u8>(), 0..4).prop_map(|bytes| Value::Bytes(bytes.into())),
            any::<i64>().prop_map(Value::UnixTimestamp),
            any::<i64>().prop_map(Value::UnixNanos),
        ];
        scalar.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(|values| Value::List(values.into())),
                prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|entries| Value::Map(Box::new(entries))),
            ]
        })
    }

    /// Values of one kind, or of several.
    fn values() -> impl Strategy<Value = Vec<Value>> {
        let of_kind = |kind: Option<Written>| {
            prop::collection::vec(value(), 0..12).prop_map(move |mut values| {
                values.retain(|value| kind.is_none() || Written::of(value).is_none() || Written::of(value) == kind);
                values
            })
        };
        (value(), any::<bool>()).prop_flat_map(move |(first, is_mixed)| {
            of_kind(if is_mixed { None } else { Written::of(&first) })
                .prop_map(move |values| std::iter::once(first.clone()).chain(values).collect())
        })
    }

    proptest! {
        #[test]
        fn values_come_back_bit_for_bit_however_they_are_written(values in values()) {
            let how = Written::of_all(&values);
            let frame = DataFrame::new(values.len(), vec![how.column("values", &values)]).unwrap();
            let bytes = super::super::table::parquet(frame).unwrap();
            let back = how.values(&super::super::table::frame(&bytes).unwrap(), "values").unwrap();
            prop_assert_eq!(back.len(), values.len());
            for (back, value) in back.iter().zip(&values) {
                prop_assert!(back.is_same(value), "{:?} {:?} {:?}", how, back, value);
            }
        }
    }
}
