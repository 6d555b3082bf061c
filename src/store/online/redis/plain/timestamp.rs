//! Event timestamps written as text.

use crate::model::online::StoredTimestamp;
use crate::model::time::{NANOS_PER_SECOND, Precision, Timestamp};
use crate::store::online::settings::TimestampFormat;

/// Digits of a fraction of a second that can be held.
const DIGITS: usize = 9;

/// Reads a timestamp; its precision is that of its digits: `1718000000` is good to the second, `1718000000.250` to the
/// millisecond. Digits beyond the nanosecond are cut. One pair of double quotes around the text, as a JSON writer leaves
/// them, is taken off.
pub(super) fn decode(format: TimestampFormat, bytes: &[u8]) -> StoredTimestamp {
    let undecodable = |reason: &str| StoredTimestamp::Undecodable(reason.into());
    let Ok(text) = std::str::from_utf8(bytes) else { return undecodable("the timestamp is not UTF-8") };
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    match format {
        TimestampFormat::EpochSeconds => match seconds(text) {
            Some((instant, precision)) => StoredTimestamp::At(instant, precision),
            None => undecodable("the timestamp is no number of seconds since 1970 within the years 1677 to 2262"),
        },
        TimestampFormat::EpochMillis => {
            let millis = text.parse::<i64>().ok();
            match millis.and_then(|millis| millis.checked_mul(Precision::Millis.nanos())) {
                Some(nanos) => StoredTimestamp::At(Timestamp::from_nanos(nanos), Precision::Millis),
                None => {
                    undecodable("the timestamp is no number of milliseconds since 1970 within the years 1677 to 2262")
                }
            }
        }
        TimestampFormat::Rfc3339 => match Timestamp::parse_rfc3339(text) {
            Ok(instant) => StoredTimestamp::At(instant, precision(fraction_digits(text))),
            Err(_) => undecodable("the timestamp is no RFC 3339 time within the years 1677 to 2262"),
        },
    }
}

/// Reads seconds since 1970, perhaps negative, perhaps with a fraction, without going through a float.
pub(super) fn seconds(text: &str) -> Option<(Timestamp, Precision)> {
    let (negative, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !numeric(whole) || !numeric(fraction) || digits.ends_with('.') {
        return None;
    }
    let kept = fraction.get(..fraction.len().min(DIGITS))?;
    let nanos: i128 = format!("{kept:0<DIGITS$}").parse().ok()?;
    let total = whole.parse::<i128>().ok()?.checked_mul(i128::from(NANOS_PER_SECOND))?.checked_add(nanos)?;
    let instant = Timestamp::from_nanos(i64::try_from(total * negative).ok()?);
    Some((instant, precision(fraction.len())))
}

fn fraction_digits(text: &str) -> usize {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    fraction.bytes().take_while(u8::is_ascii_digit).count()
}

fn precision(digits: usize) -> Precision {
    match digits {
        0 => Precision::Seconds,
        1..=3 => Precision::Millis,
        4..=6 => Precision::Micros,
        _ => Precision::Nanos,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_precision_of_its_digits() {
        let at = |format, text: &str| {
            let read = decode(format, text.as_bytes());
            let StoredTimestamp::At(instant, precision) = read else { return format!("{read:?}") };
            format!("{instant} {precision:?}")
        };
        let seconds = |text| at(TimestampFormat::EpochSeconds, text);
        assert_eq!(seconds("1718000000"), "2024-06-10T06:13:20Z Seconds");
        assert_eq!(seconds("1718000000.25"), "2024-06-10T06:13:20.250Z Millis");
        assert_eq!(seconds("1718000000.123456"), "2024-06-10T06:13:20.123456Z Micros");
        assert_eq!(seconds("1718000000.12345678912"), "2024-06-10T06:13:20.123456789Z Nanos");
        assert_eq!(seconds("-0.5"), "1969-12-31T23:59:59.500Z Millis");
        assert_eq!(at(TimestampFormat::EpochMillis, "1718000000250"), "2024-06-10T06:13:20.250Z Millis");
        assert_eq!(at(TimestampFormat::Rfc3339, "2024-06-10T08:13:20+02:00"), "2024-06-10T06:13:20Z Seconds");
        assert_eq!(
            at(TimestampFormat::Rfc3339, "\"2024-06-10T06:13:20.123456Z\""),
            "2024-06-10T06:13:20.123456Z Micros"
        );
    }

    #[test]
    fn a_text_that_is_no_timestamp_is_undecodable() {
        for text in ["", "soon", "1.", ".5", "1e9", "99999999999999", "--1"] {
            let read = decode(TimestampFormat::EpochSeconds, text.as_bytes());
            assert!(matches!(read, StoredTimestamp::Undecodable(_)), "{text:?} gave {read:?}");
        }
        assert!(matches!(decode(TimestampFormat::EpochMillis, b"1.5"), StoredTimestamp::Undecodable(_)));
        assert!(matches!(decode(TimestampFormat::Rfc3339, b"2024-06-10"), StoredTimestamp::Undecodable(_)));
    }
}
