//! Names of types as Arrow's C++ library writes them.
//!
//! Parquet itself does not tell texts from large texts or from dictionaries; Arrow's writers say so in a schema of their
//! own that they keep in the file's metadata. It serves names only: columns are read by what Parquet says.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use polars_arrow::io::ipc::read::deserialize_schema;

use super::footer::ParquetFile;

/// The key under which Arrow's writers keep their schema.
const SCHEMA_KEY: &str = "ARROW:schema";

/// Begins a message of Arrow's streaming format; its length follows, in four bytes.
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// The names of the types of a file's columns, by column.
pub(super) fn of_file(file: &ParquetFile) -> BTreeMap<String, String> {
    let plain = file.fields.iter().map(|field| (field.name.to_string(), name(field.dtype(), "string")));
    let mut names: BTreeMap<String, String> = plain.collect();
    // A schema that makes no sense tells nothing; the columns can be read all the same.
    let written = catch_unwind(AssertUnwindSafe(|| written(file))).ok().flatten().unwrap_or_default();
    for (column, name) in written {
        names.entry(column).and_modify(|known| *known = name);
    }
    names
}

fn written(file: &ParquetFile) -> Option<Vec<(String, String)>> {
    let pairs = file.metadata.key_value_metadata().as_ref()?;
    let encoded = pairs.iter().find(|pair| pair.key == SCHEMA_KEY)?.value.as_ref()?;
    let bytes = base64(encoded)?;
    let message = match bytes.get(..8) {
        Some(head) if head.starts_with(&CONTINUATION) => bytes.get(8..)?,
        _ => &bytes,
    };
    let (schema, _, _) = deserialize_schema(message).ok()?;
    Some(schema.iter_values().map(|field| (field.name.to_string(), name(field.dtype(), "string_view"))).collect())
}

/// The bytes behind base 64 with the alphabet of RFC 4648, section 4; `None` for anything else.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for quad in digits.chunks(4) {
        let mut bits = 0_u32;
        for digit in quad {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        let [first, second, third, _] = (bits << (32 - 6 * quad.len())).to_be_bytes();
        let whole = quad.len().checked_sub(1)?;
        bytes.extend([first, second, third].iter().take(whole));
    }
    Some(bytes)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "some forty foreign types, of which the others have no statistics")]
fn name(dtype: &ArrowDataType, view: &str) -> String {
    use ArrowDataType as D;
    let simple = match dtype {
        D::Null => "null",
        D::Boolean => "bool",
        D::Int8 => "int8",
        D::Int16 => "int16",
        D::Int32 => "int32",
        D::Int64 => "int64",
        D::UInt8 => "uint8",
        D::UInt16 => "uint16",
        D::UInt32 => "uint32",
        D::UInt64 => "uint64",
        D::Float16 => "halffloat",
        D::Float32 => "float",
        D::Float64 => "double",
        D::Date32 => "date32[day]",
        D::Date64 => "date64[ms]",
        D::Binary | D::BinaryView => "binary",
        D::LargeBinary => "large_binary",
        D::Utf8 => "string",
        D::LargeUtf8 => "large_string",
        D::Utf8View => view,
        D::Timestamp(time_unit, None) => return format!("timestamp[{}]", unit(*time_unit)),
        D::Timestamp(time_unit, Some(zone)) => return format!("timestamp[{}, tz={zone}]", unit(*time_unit)),
        D::Decimal(precision, scale) => return format!("decimal128({precision}, {scale})"),
        D::FixedSizeBinary(width) => return format!("fixed_size_binary[{width}]"),
        D::Dictionary(indices, values, ordered) => {
            let (values, indices) = (name(values, view), format!("{indices:?}").to_ascii_lowercase());
            return format!("dictionary<values={values}, indices={indices}, ordered={}>", u8::from(*ordered));
        }
        other => return format!("{other:?}").to_ascii_lowercase(),
    };
    simple.to_owned()
}

const fn unit(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_is_that_of_rfc_4648() {
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmE=", "fooba")] {
            assert_eq!(base64(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        for text in ["Z", "Zg-_", "Zg =="] {
            assert_eq!(base64(text), if text == "Z" { Some(Vec::new()) } else { None }, "{text}");
        }
    }
}
