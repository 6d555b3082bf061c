//! Captured rows as bytes: every value in the type in which the store held it, so that what is judged later is what was
//! read.

use super::error::Fault;
use super::pack::{Packer, Unpacker, unpack};
use crate::model::online::{OnlineCell, OnlineRow, StoredRow, StoredTimestamp};
use crate::model::time::{Precision, Timestamp};
use crate::model::value::Value;

/// Values inside values, at most: a blob is damaged before it is deeper.
const MOST_DEPTH: usize = 64;

const PRECISIONS: [Precision; 4] = [Precision::Seconds, Precision::Millis, Precision::Micros, Precision::Nanos];

/// The row as bytes.
pub(super) fn pack_row(row: &OnlineRow) -> Vec<u8> {
    let mut packer = Packer::new();
    match row {
        OnlineRow::Absent => packer.count(0),
        OnlineRow::Found(row) => {
            packer.count(1);
            pack_timestamp(&row.event_timestamp, &mut packer);
            packer.count(row.cells.len() as u64);
            for cell in &row.cells {
                match cell {
                    OnlineCell::Absent => packer.count(0),
                    OnlineCell::Undecodable(reason) => {
                        packer.count(1);
                        packer.text(reason);
                    }
                    OnlineCell::Value(value) => {
                        packer.count(2);
                        pack_value(value, &mut packer);
                    }
                }
            }
        }
    }
    packer.finish()
}

/// The row that was packed; it says nothing of the time after which the store drops it.
pub(super) fn unpack_row(bytes: &[u8]) -> Result<OnlineRow, Fault> {
    unpack(bytes, row).ok_or_else(|| Fault::damaged("captured_rows"))
}

fn row(unpacker: &mut Unpacker<'_>) -> Option<OnlineRow> {
    match unpacker.count()? {
        0 => return Some(OnlineRow::Absent),
        1 => {}
        _ => return None,
    }
    let event_timestamp = timestamp(unpacker)?;
    let length = unpacker.count()?;
    let mut cells = Vec::new();
    for _ in 0..length {
        cells.push(match unpacker.count()? {
            0 => OnlineCell::Absent,
            1 => OnlineCell::Undecodable(unpacker.text()?.into()),
            2 => OnlineCell::Value(value(unpacker, MOST_DEPTH)?),
            _ => return None,
        });
    }
    Some(OnlineRow::Found(StoredRow { event_timestamp, cells, remaining_ttl: None }))
}

fn pack_timestamp(timestamp: &StoredTimestamp, packer: &mut Packer) {
    match timestamp {
        StoredTimestamp::NotKept => packer.count(0),
        StoredTimestamp::Missing => packer.count(1),
        StoredTimestamp::Undecodable(reason) => {
            packer.count(2);
            packer.text(reason);
        }
        StoredTimestamp::At(instant, precision) => {
            packer.count(3);
            packer.bytes(&instant.nanos().to_le_bytes());
            packer.count(PRECISIONS.iter().position(|known| known == precision).unwrap_or_default() as u64);
        }
    }
}

fn timestamp(unpacker: &mut Unpacker<'_>) -> Option<StoredTimestamp> {
    Some(match unpacker.count()? {
        0 => StoredTimestamp::NotKept,
        1 => StoredTimestamp::Missing,
        2 => StoredTimestamp::Undecodable(unpacker.text()?.into()),
        3 => {
            let instant = Timestamp::from_nanos(i64::from_le_bytes(unpacker.bytes()?.try_into().ok()?));
            StoredTimestamp::At(instant, *PRECISIONS.get(usize::try_from(unpacker.count()?).ok()?)?)
        }
        _ => return None,
    })
}

fn pack_value(value: &Value, packer: &mut Packer) {
    match value {
        Value::Null => packer.count(0),
        Value::Bool(flag) => packer.count(1 + u64::from(*flag)),
        Value::Int(number) => tagged(3, &number.to_le_bytes(), packer),
        Value::UInt(number) => tagged(4, &number.to_le_bytes(), packer),
        // By their bits, so that a NaN stays the one that it was.
        Value::Float32(number) => tagged(5, &number.to_bits().to_le_bytes(), packer),
        Value::Float64(number) => tagged(6, &number.to_bits().to_le_bytes(), packer),
        Value::String(text) => tagged(7, text.as_bytes(), packer),
        Value::Bytes(bytes) => tagged(8, bytes, packer),
        Value::UnixTimestamp(seconds) => tagged(9, &seconds.to_le_bytes(), packer),
        Value::UnixNanos(nanos) => tagged(10, &nanos.to_le_bytes(), packer),
        Value::List(values) => {
            packer.count(11);
            packer.count(values.len() as u64);
            values.iter().for_each(|value| pack_value(value, packer));
        }
        Value::Map(entries) => {
            packer.count(12);
            packer.count(entries.len() as u64);
            for (name, value) in entries.iter() {
                packer.text(name);
                pack_value(value, packer);
            }
        }
    }
}

fn tagged(tag: u64, bytes: &[u8], packer: &mut Packer) {
    packer.count(tag);
    packer.bytes(bytes);
}

fn value(unpacker: &mut Unpacker<'_>, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    Some(match unpacker.count()? {
        0 => Value::Null,
        1 => Value::Bool(false),
        2 => Value::Bool(true),
        3 => Value::Int(i64::from_le_bytes(unpacker.bytes()?.try_into().ok()?)),
        4 => Value::UInt(u64::from_le_bytes(unpacker.bytes()?.try_into().ok()?)),
        5 => Value::Float32(f32::from_bits(u32::from_le_bytes(unpacker.bytes()?.try_into().ok()?))),
        6 => Value::Float64(f64::from_bits(u64::from_le_bytes(unpacker.bytes()?.try_into().ok()?))),
        7 => Value::String(unpacker.text()?.into()),
        8 => Value::Bytes(unpacker.bytes()?.into()),
        9 => Value::UnixTimestamp(i64::from_le_bytes(unpacker.bytes()?.try_into().ok()?)),
        10 => Value::UnixNanos(i64::from_le_bytes(unpacker.bytes()?.try_into().ok()?)),
        11 => {
            let length = unpacker.count()?;
            Value::List((0..length).map(|_| value(unpacker, depth)).collect::<Option<Vec<_>>>()?.into())
        }
        12 => {
            let length = unpacker.count()?;
            let entry = |_| Some((unpacker.text()?, value(unpacker, depth)?));
            Value::Map(Box::new((0..length).map(entry).collect::<Option<_>>()?))
        }
        _ => return None,
    })
}
