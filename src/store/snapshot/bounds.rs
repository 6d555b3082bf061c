//! What a row group's statistics and bloom filters say without its data being read.

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use chrono_tz::Tz;
use polars_arrow::datatypes::Field;
use polars_parquet::parquet::bloom_filter;
use polars_parquet::parquet::metadata::ColumnChunkMetadata;
use polars_parquet::parquet::schema::types::PhysicalType;
use polars_parquet::parquet::statistics::Statistics;

use super::chunk::Group;
use super::error::SnapshotError;
use super::instants::{WallClock, instant, out_of_reach};
use super::layout::Origin;
use super::objects::Objects;
use super::shape::{Shape, Width, Zoned};
use crate::model::entity::{EntityKey, KeyValue};
use crate::model::time::{NANOS_PER_SECOND, Timestamp};

/// Above this many wanted keys a bloom filter hardly ever excludes them all.
const MOST_KEYS_FOR_BLOOM: usize = 1024;

/// Filters of unknown length are read up to this; larger ones are left aside.
const LONGEST_BLOOM: u64 = 4 * 1024 * 1024;

/// Smallest and largest value of a column, in the order of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bounds {
    Numbers(i64, i64),
    Bytes(Vec<u8>, Vec<u8>),
}

fn chunk<'a>(group: Group<'a>, field: &Field) -> Option<&'a ColumnChunkMetadata> {
    let mut leaves = group.metadata()?.columns_under_root_iter(&field.name)?;
    let only = leaves.next()?;
    leaves.next().is_none().then_some(only)
}

fn statistics(group: Group<'_>, field: &Field) -> Option<Statistics> {
    let chunk = chunk(group, field)?;
    // Hostile statistics may have any length; what does not decode says nothing.
    catch_unwind(AssertUnwindSafe(|| chunk.statistics(&group.file.metadata.footer_buf))).ok()??.ok()
}

fn bounds(group: Group<'_>, field: &Field, shape: &Shape) -> Option<Bounds> {
    match statistics(group, field)? {
        Statistics::Int32(found) => {
            let (least, most) = (found.min_value?, found.max_value?);
            if matches!(shape, Shape::Integer(Width::U32)) {
                return Some(Bounds::Numbers(least.cast_unsigned().into(), most.cast_unsigned().into()));
            }
            Some(Bounds::Numbers(least.into(), most.into()))
        }
        // Beyond the signed range there is no bound that could be held against a key.
        Statistics::Int64(_) if matches!(shape, Shape::Integer(Width::U64)) => None,
        Statistics::Int64(found) => Some(Bounds::Numbers(found.min_value?, found.max_value?)),
        Statistics::Binary(found) => Some(Bounds::Bytes(found.min_value?, found.max_value?)),
        Statistics::Boolean(_)
        | Statistics::FixedLen(_)
        | Statistics::Int96(_)
        | Statistics::Float(_)
        | Statistics::Double(_) => None,
    }
}

/// Whether the statistics say that a column has no null in this row group.
pub(super) fn has_no_null<T>(group: Group<'_>, origin: &Origin<Option<T>>) -> bool {
    let field = match origin {
        Origin::Constant(value) => return value.is_some(),
        Origin::Column(field, _) => field,
    };
    let nulls = match statistics(group, field) {
        Some(Statistics::Binary(found)) => found.null_count,
        Some(Statistics::Int32(found)) => found.null_count,
        Some(Statistics::Int64(found)) => found.null_count,
        Some(Statistics::FixedLen(found)) => found.null_count,
        Some(Statistics::Boolean(_) | Statistics::Int96(_) | Statistics::Float(_) | Statistics::Double(_)) | None => {
            None
        }
    };
    nulls == Some(0)
}

/// The earliest and latest instant of a column, where its statistics know both and there is no null.
pub(super) fn time_bounds(
    group: Group<'_>,
    origin: &Origin<Option<Timestamp>>,
    zone: Tz,
) -> Option<(Timestamp, Timestamp)> {
    let (field, shape) = match origin {
        Origin::Constant(instant) => return instant.map(|instant| (instant, instant)),
        Origin::Column(field, shape) => (field, shape),
    };
    if !has_no_null(group, origin) {
        return None;
    }
    let Bounds::Numbers(least, most) = bounds(group, field, shape)? else { return None };
    let mut clock = WallClock::new(zone);
    let span = (instant(least, shape, &mut clock), instant(most, shape, &mut clock));
    // Integers that are no seconds are a fault, which reading them tells.
    let faulty = matches!(shape, Shape::Integer(_)) && (out_of_reach(span.0) || out_of_reach(span.1));
    (!faulty).then_some(span)
}

/// Whether some of `keys` may be in the row group, as far as the statistics of the key columns know.
pub(super) fn may_hold(group: Group<'_>, columns: &[Origin<Option<KeyValue>>], keys: &[EntityKey]) -> bool {
    columns.iter().enumerate().all(|(place, origin)| {
        let mut values = keys.iter().filter_map(|key| key.values().get(place));
        match origin {
            Origin::Constant(value) => values.any(|wanted| value.as_ref() == Some(wanted)),
            Origin::Column(field, shape) => match bounds(group, field, shape) {
                Some(bounds) => values.any(|wanted| bounds.may_hold(wanted, shape)),
                None => true,
            },
        }
    })
}

impl Bounds {
    fn may_hold(&self, wanted: &KeyValue, shape: &Shape) -> bool {
        match (self, wanted) {
            (Self::Numbers(least, most), KeyValue::Int32(_) | KeyValue::Int64(_) | KeyValue::UnixTimestamp(_)) => {
                number(wanted, shape).is_none_or(|wanted| (*least..=*most).contains(&wanted))
            }
            (Self::Bytes(least, most), KeyValue::String(text)) => within(least, most, text.as_bytes()),
            (Self::Bytes(least, most), KeyValue::Bytes(bytes)) => within(least, most, bytes),
            (Self::Numbers(..), KeyValue::String(_) | KeyValue::Bytes(_))
            | (Self::Bytes(..), KeyValue::Int32(_) | KeyValue::Int64(_) | KeyValue::UnixTimestamp(_)) => true,
        }
    }
}

fn within(least: &[u8], most: &[u8], wanted: &[u8]) -> bool {
    // A writer that cuts long values and forgets to round the largest up leaves a prefix of it.
    least <= wanted && (wanted <= most || wanted.starts_with(most))
}

/// The number as which a file of this shape writes a key; `None` where that is not one number.
fn number(wanted: &KeyValue, shape: &Shape) -> Option<i64> {
    match wanted {
        KeyValue::Int32(number) => Some(i64::from(*number)),
        KeyValue::Int64(number) => Some(*number),
        KeyValue::UnixTimestamp(seconds) => match shape {
            Shape::Integer(_) => Some(*seconds),
            Shape::Instant(precision, Zoned::Instant) if precision.nanos() == NANOS_PER_SECOND => Some(*seconds),
            Shape::Null
            | Shape::Bool
            | Shape::Float16
            | Shape::Float32
            | Shape::Float64
            | Shape::Decimal(_)
            | Shape::Text
            | Shape::Bytes
            | Shape::FixedBytes(_)
            | Shape::Date
            | Shape::Instant(..)
            | Shape::List(_)
            | Shape::Struct(_)
            | Shape::Other(_) => None,
        },
        KeyValue::String(_) | KeyValue::Bytes(_) => None,
    }
}

/// Whether some of `keys` may be in the row group, as far as bloom filters know. Reads them only where they may help.
pub(super) async fn may_hold_by_bloom(
    group: Group<'_>,
    columns: &[Origin<Option<KeyValue>>],
    keys: &[EntityKey],
    objects: &Objects,
) -> Result<bool, SnapshotError> {
    if keys.len() > MOST_KEYS_FOR_BLOOM {
        return Ok(true);
    }
    for (place, origin) in columns.iter().enumerate() {
        let Origin::Column(field, shape) = origin else { continue };
        let Some(chunk) = chunk(group, field) else { continue };
        let Some(range) = bloom_range(group, chunk) else { continue };
        let start = range.start;
        let mut read = objects.ranges(&group.file.stored, std::slice::from_ref(&range)).await?;
        let mut window = Window { start, content: Cursor::new(read.pop().unwrap_or_default()) };
        let bits = catch_unwind(AssertUnwindSafe(|| {
            let mut bits = Vec::new();
            bloom_filter::read(chunk, &mut window, &mut bits).ok().map(|()| bits)
        }));
        let Some(bits) = bits.ok().flatten().filter(|bits| !bits.is_empty() && bits.len().is_multiple_of(32)) else {
            continue;
        };
        let maybe = |key: &EntityKey| {
            let hash = key.values().get(place).and_then(|wanted| bloom_hash(wanted, shape, chunk.physical_type()));
            hash.is_none_or(|hash| bloom_filter::is_in_set(&bits, hash))
        };
        if !keys.iter().any(maybe) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn bloom_hash(wanted: &KeyValue, shape: &Shape, physical: PhysicalType) -> Option<u64> {
    match wanted {
        KeyValue::String(text) => Some(bloom_filter::hash_byte(text.as_bytes())),
        KeyValue::Bytes(bytes) => Some(bloom_filter::hash_byte(bytes)),
        KeyValue::Int32(_) | KeyValue::Int64(_) | KeyValue::UnixTimestamp(_) => {
            let number = number(wanted, shape)?;
            if physical == PhysicalType::Int64 {
                Some(bloom_filter::hash_native(number))
            } else if physical == PhysicalType::Int32 {
                i32::try_from(number).ok().map(bloom_filter::hash_native)
            } else {
                None
            }
        }
    }
}

/// Where a bloom filter lies. Older writers do not say how long it is; then it ends where something else begins.
fn bloom_range(group: Group<'_>, chunk: &ColumnChunkMetadata) -> Option<Range<u64>> {
    let start = u64::try_from(chunk.bloom_filter_offset()?).ok()?;
    if let Some(length) = chunk.bloom_filter_length() {
        return Some(start..start.checked_add(u64::try_from(length).ok()?)?);
    }
    let metadata = &group.file.metadata;
    let filters = metadata
        .row_groups
        .iter()
        .flat_map(|group| group.parquet_columns())
        .filter_map(|chunk| chunk.bloom_filter_offset().and_then(|offset| u64::try_from(offset).ok()));
    let data = metadata.row_groups.iter().map(|group| group.full_byte_range().start);
    let end = group.file.stored.meta.size.checked_sub(metadata.footer_buf.len() as u64)?;
    let next = filters.chain(data).filter(|offset| *offset > start).min().unwrap_or(end).min(end);
    (start < next && next - start <= LONGEST_BLOOM).then_some(start..next)
}

/// A piece of a file that is read by positions in the whole file.
struct Window {
    start: u64,
    content: Cursor<Bytes>,
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.content.read(buffer)
    }
}

impl Seek for Window {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        let inside = match position {
            SeekFrom::Start(at) => SeekFrom::Start(at.saturating_sub(self.start)),
            SeekFrom::Current(_) | SeekFrom::End(_) => position,
        };
        Ok(self.content.seek(inside)?.saturating_add(self.start))
    }
}
