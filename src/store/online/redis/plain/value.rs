//! Values of plain keys in their four encodings.
//!
//! What is null, and what an empty text is:
//!
//! | encoding | null | empty text |
//! |---|---|---|
//! | `json` | `null` | undecodable |
//! | `text` | the empty text, except for strings and bytes | the empty string or bytes; null for other kinds |
//! | `msgpack` | `nil` | undecodable |
//! | `protobuf-value` | as Feast writes it | null |
//!
//! Numbers out of the declared range are undecodable, never cut. An integer may be written as a float (`3.0`) if it is
//! whole and at most 2^53, where doubles still hold every integer.

use super::{json, msgpack, text};
use crate::feast;
use crate::model::value::{Value, ValueKind};
use crate::store::online::settings::PlainEncoding;

/// Reads `bytes` as a value of the declared `kind`; the error is the reason, without the value itself.
pub(super) fn decode(encoding: PlainEncoding, kind: ValueKind, bytes: &[u8]) -> Result<Value, Box<str>> {
    match encoding {
        PlainEncoding::Json => json::decode(kind, bytes),
        PlainEncoding::Text => text::decode(kind, bytes),
        PlainEncoding::Msgpack => msgpack::decode(kind, bytes),
        PlainEncoding::ProtobufValue => feast::value::decode(kind, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::ScalarKind;

    fn scalar(encoding: PlainEncoding, kind: ScalarKind, bytes: &[u8]) -> Result<Value, Box<str>> {
        decode(encoding, ValueKind::Scalar(kind), bytes)
    }

    fn reason(encoding: PlainEncoding, kind: ScalarKind, text: &str) -> String {
        scalar(encoding, kind, text.as_bytes()).unwrap_err().into()
    }

    #[test]
    fn nulls_and_empty_texts_are_what_the_table_says() {
        use PlainEncoding::{Json, Msgpack, ProtobufValue, Text};
        for kind in ScalarKind::ALL {
            assert_eq!(scalar(Json, kind, b"null"), Ok(Value::Null), "{kind:?}");
            assert_eq!(scalar(Msgpack, kind, &[0xc0]), Ok(Value::Null), "{kind:?}");
            assert_eq!(scalar(ProtobufValue, kind, b""), Ok(Value::Null), "{kind:?}");
            assert!(scalar(Json, kind, b"").is_err(), "{kind:?}");
            assert!(scalar(Msgpack, kind, b"").is_err(), "{kind:?}");
            let empty = match kind {
                ScalarKind::String => Value::string(""),
                ScalarKind::Bytes => Value::Bytes([].into()),
                ScalarKind::Bool
                | ScalarKind::Int32
                | ScalarKind::Int64
                | ScalarKind::Float32
                | ScalarKind::Float64
                | ScalarKind::UnixTimestamp
                | ScalarKind::Json
                | ScalarKind::Uuid
                | ScalarKind::Decimal => Value::Null,
            };
            assert_eq!(scalar(Text, kind, b""), Ok(empty), "{kind:?}");
        }
    }

    #[test]
    fn whole_floats_are_integers_only_where_doubles_hold_every_integer() {
        for encoding in [PlainEncoding::Json, PlainEncoding::Text] {
            let int64 = |text: &str| scalar(encoding, ScalarKind::Int64, text.as_bytes()).ok();
            assert_eq!(int64("3.0"), Some(Value::Int(3)));
            assert_eq!(int64("-3e2"), Some(Value::Int(-300)));
            assert_eq!(int64("9007199254740992.0"), Some(Value::Int(9_007_199_254_740_992)));
            assert_eq!(int64("9007199254740994.0"), None);
            assert_eq!(int64("9223372036854775807"), Some(Value::Int(i64::MAX)));
            assert_eq!(int64("9223372036854775808"), None);
            assert_eq!(int64("3.5"), None);
            assert_eq!(scalar(encoding, ScalarKind::Int32, b"2147483648").ok(), None);
        }
    }

    #[test]
    fn reasons_name_the_kinds_and_not_the_value() {
        assert_eq!(reason(PlainEncoding::Json, ScalarKind::Int64, "\"secret\""), "a string where int64 is declared");
        assert_eq!(reason(PlainEncoding::Json, ScalarKind::Bool, "1"), "an integer where bool is declared");
        assert_eq!(
            reason(PlainEncoding::Json, ScalarKind::Int32, "2147483648"),
            "an integer out of the range of int32"
        );
        assert_eq!(reason(PlainEncoding::Json, ScalarKind::Float32, "1e39"), "a float out of the range of float32");
        assert_eq!(reason(PlainEncoding::Text, ScalarKind::Int64, "secret"), "a text that is no int64");
        assert_eq!(
            reason(PlainEncoding::Json, ScalarKind::Int64, "{"),
            "no JSON document: EOF while parsing an object at line 1 column 1"
        );
    }

    #[test]
    fn a_decimal_fraction_becomes_the_declared_float() {
        let tenth = |encoding, kind| scalar(encoding, kind, b"0.1");
        for encoding in [PlainEncoding::Json, PlainEncoding::Text] {
            assert_eq!(tenth(encoding, ScalarKind::Float32), Ok(Value::Float32(0.1)));
            assert_eq!(tenth(encoding, ScalarKind::Float64), Ok(Value::Float64(0.1)));
            let not_finite = |text: &str| match scalar(encoding, ScalarKind::Float64, text.as_bytes()) {
                Ok(Value::Float64(number)) => number,
                other => panic!("{other:?}"),
            };
            assert!(not_finite("NaN").is_nan());
            assert!(not_finite("-Infinity") == f64::NEG_INFINITY);
        }
    }
}
