//! Instants and their precision.
//!
//! A [`Timestamp`] is a point in UTC held in whole nanoseconds; every store keeps time at a precision of its own
//! (SQLite seconds, Redis microseconds, Parquet up to nanoseconds), so two instants are compared at the coarser
//! [`Precision`] of their sides. The time of day comes from outside through [`Clock`], so that a round over old data
//! can be repeated bit by bit.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// An instant in UTC, in nanoseconds since 1970-01-01T00:00:00Z; covers the years 1677 to 2262.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest instant that can be held.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest instant that can be held.
    pub const MAX: Self = Self(i64::MAX);

    /// The instant `nanos` nanoseconds after the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The instant `seconds` after the epoch plus `nanos` (0 to 999,999,999); `None` outside the years 1677 to 2262.
    #[must_use]
    pub fn from_seconds(seconds: i64, nanos: u32) -> Option<Self> {
        seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(i64::from(nanos)).map(Self)
    }

    /// The instant of an RFC 3339 text such as `2026-06-15T00:00:00Z`.
    ///
    /// # Errors
    /// Returns a sentence that names the expected form when the text is not RFC 3339 or lies outside 1677 to 2262.
    pub fn parse_rfc3339(text: &str) -> Result<Self, String> {
        let parsed = DateTime::parse_from_rfc3339(text)
            .map_err(|error| format!("`{text}` is not an RFC 3339 time such as `2026-06-15T00:00:00Z`: {error}"))?;
        parsed.timestamp_nanos_opt().map(Self).ok_or_else(|| format!("`{text}` lies outside the years 1677 to 2262"))
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch, with their fraction.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a double holds today's epoch seconds to well under a microsecond")]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// This instant cut to `precision`, towards the past.
    #[must_use]
    pub fn floor(self, precision: Precision) -> Self {
        let unit = precision.nanos();
        Self(self.0.div_euclid(unit).saturating_mul(unit))
    }

    /// The time from `earlier` to this instant; `None` when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Option<Duration> {
        let nanos = i128::from(self.0) - i128::from(earlier.0);
        u64::try_from(nanos).ok().map(Duration::from_nanos)
    }

    /// This instant moved towards the past by `span`, at the earliest [`Timestamp::MIN`].
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// This instant moved towards the future by `span`, at the latest [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = DateTime::<Utc>::from_timestamp_nanos(self.0);
        formatter.write_str(&moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse_rfc3339(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A time zone by its name in the IANA data base.
pub mod zone {
    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the name.
    ///
    /// # Errors
    /// When the serializer does not take it.
    pub fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.name())
    }

    /// Reads the name.
    ///
    /// # Errors
    /// When there is no zone of this name.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(|_| serde::de::Error::custom(format!("`{name}` is no time zone")))
    }
}

/// The unit in which a store keeps time, from coarse to fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Whole seconds (Feast's SQLite tables).
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds (Feast on Redis).
    Micros,
    /// Nanoseconds (Parquet at its finest).
    Nanos,
}

impl Precision {
    /// Nanoseconds in one unit.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        match self {
            Self::Seconds => NANOS_PER_SECOND,
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
            Self::Nanos => 1,
        }
    }

    /// The coarser of two precisions: the one at which two stores can be compared.
    #[must_use]
    pub fn coarser(self, other: Self) -> Self {
        self.min(other)
    }
}

/// Tells the time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Always the same instant: `--as-of`, and tests.
    Fixed(Timestamp),
}

impl Clock {
    /// The present instant.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn now(self) -> Timestamp {
        match self {
            // Every lookup asks, so it is not asked by way of a calendar.
            Self::System => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_nanos()).map_or(Timestamp::MAX, Timestamp::from_nanos),
                Err(before) => {
                    let nanos = i64::try_from(before.duration().as_nanos());
                    nanos.map_or(Timestamp::MIN, |nanos| Timestamp::from_nanos(-nanos))
                }
            },
            Self::Fixed(instant) => instant,
        }
    }
}
