//! Values as MessagePack.

use rmpv::Value as Packed;

use super::shape::{conform, map};
use crate::model::time::Timestamp;
use crate::model::value::{Value, ValueKind};

/// Deepest nesting that is read.
const DEPTH: usize = 64;
/// The extension type of timestamps (MessagePack specification).
const TIMESTAMP: i8 = -1;

/// Reads one MessagePack value as the declared `kind`; floats keep the width in which they are written.
pub(super) fn decode(kind: ValueKind, bytes: &[u8]) -> Result<Value, Box<str>> {
    let mut rest = bytes;
    let packed = rmpv::decode::read_value_with_max_depth(&mut rest, DEPTH).map_err(|error| match error {
        rmpv::decode::Error::DepthLimitExceeded => format!("MessagePack nested deeper than {DEPTH}"),
        rmpv::decode::Error::InvalidMarkerRead(_) | rmpv::decode::Error::InvalidDataRead(_) => {
            "no MessagePack value: the bytes end early".to_owned()
        }
    })?;
    if !rest.is_empty() {
        return Err(format!("{} bytes after the MessagePack value", rest.len()).into());
    }
    conform(kind, value(packed)?)
}

fn value(packed: Packed) -> Result<Value, Box<str>> {
    Ok(match packed {
        Packed::Nil => Value::Null,
        Packed::Boolean(flag) => Value::Bool(flag),
        Packed::Integer(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number),
            (None, Some(number)) => Value::UInt(number),
            (None, None) => return Err("an integer out of every range".into()),
        },
        Packed::F32(number) => Value::Float32(number),
        Packed::F64(number) => Value::Float64(number),
        Packed::String(text) => match text.into_str() {
            Some(text) => Value::String(text.into()),
            None => return Err("a string that is not UTF-8".into()),
        },
        Packed::Binary(bytes) => Value::Bytes(bytes.into()),
        Packed::Array(values) => Value::List(values.into_iter().map(value).collect::<Result<_, _>>()?),
        Packed::Map(entries) => {
            let entry = |(key, packed): (Packed, Packed)| match key {
                Packed::String(key) => match key.into_str() {
                    Some(key) => Ok((key, value(packed)?)),
                    None => Err("a map with a key that is not UTF-8".into()),
                },
                Packed::Nil
                | Packed::Boolean(_)
                | Packed::Integer(_)
                | Packed::F32(_)
                | Packed::F64(_)
                | Packed::Binary(_)
                | Packed::Array(_)
                | Packed::Map(_)
                | Packed::Ext(..) => Err("a map with a key that is no string".into()),
            };
            map(entries.into_iter().map(entry).collect::<Result<_, Box<str>>>()?)
        }
        Packed::Ext(TIMESTAMP, bytes) => match instant(&bytes) {
            Some(instant) => Value::instant(instant),
            None => return Err("a timestamp outside the years 1677 to 2262".into()),
        },
        Packed::Ext(number, _) => return Err(format!("the MessagePack extension {number} is not known").into()),
    })
}

/// The three forms of the timestamp extension: 32 bits of seconds; 30 bits of nanoseconds and 34 of seconds; 32 bits of
/// nanoseconds and 64 of seconds.
fn instant(bytes: &[u8]) -> Option<Timestamp> {
    match bytes.len() {
        4 => Timestamp::from_seconds(i64::from(u32::from_be_bytes(bytes.try_into().ok()?)), 0),
        8 => {
            let both = u64::from_be_bytes(bytes.try_into().ok()?);
            let seconds = i64::try_from(both & 0x3_ffff_ffff).ok()?;
            Timestamp::from_seconds(seconds, u32::try_from(both >> 34).ok()?)
        }
        12 => {
            let (nanos, seconds) = bytes.split_first_chunk::<4>()?;
            let seconds = i64::from_be_bytes(seconds.try_into().ok()?);
            Timestamp::from_seconds(seconds, u32::from_be_bytes(*nanos))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::ScalarKind;

    fn bytes_of(value: &Packed) -> Vec<u8> {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, value).unwrap();
        bytes
    }

    #[test]
    fn each_kind_is_read_in_the_width_written() {
        let read = |kind, value: Packed| decode(ValueKind::Scalar(kind), &bytes_of(&value)).unwrap();
        assert_eq!(read(ScalarKind::Int64, Packed::from(-7)), Value::Int(-7));
        assert_eq!(read(ScalarKind::Float32, Packed::F32(0.5)), Value::Float32(0.5));
        assert_eq!(read(ScalarKind::Float32, Packed::F64(0.1)), Value::Float64(0.1));
        assert_eq!(read(ScalarKind::Bytes, Packed::Binary(vec![1, 2])), Value::Bytes([1, 2].into()));
        let moment = |bytes: &[u8]| read(ScalarKind::UnixTimestamp, Packed::Ext(-1, bytes.to_vec()));
        assert_eq!(moment(&1_718_000_000_u32.to_be_bytes()), Value::UnixTimestamp(1_718_000_000));
        let half = (500_000_000_u64 << 34) | 1_718_000_000;
        assert_eq!(moment(&half.to_be_bytes()), Value::UnixNanos(1_718_000_000_500_000_000));
    }

    #[test]
    fn hostile_bytes_have_a_reason() {
        let reason = |bytes: &[u8]| decode(ValueKind::Scalar(ScalarKind::Int64), bytes).unwrap_err().to_string();
        assert_eq!(reason(&[0xd3, 1]), "no MessagePack value: the bytes end early");
        assert_eq!(reason(&[1, 1]), "1 bytes after the MessagePack value");
        assert_eq!(reason(&[0x91; 100]), "MessagePack nested deeper than 64");
        assert_eq!(reason(&bytes_of(&Packed::from(u64::MAX))), "an integer out of the range of int64");
        assert_eq!(reason(&bytes_of(&Packed::from("x"))), "a string where int64 is declared");
    }
}
