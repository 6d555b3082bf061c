//! `google.protobuf.Timestamp`: event timestamps in Redis, and every time in a registry.

use prost::Message as _;

use crate::model::time::{NANOS_PER_SECOND, Timestamp};

/// The message: seconds since 1970 and nanoseconds within the second.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Instant {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

/// Reads a timestamp; no bytes at all are the epoch, because protobuf leaves out zeros.
///
/// # Errors
/// The reason, as a sentence part, when the bytes are no timestamp or it lies outside the years 1677 to 2262.
pub fn decode(bytes: &[u8]) -> Result<Timestamp, Box<str>> {
    let instant = Instant::decode(bytes).map_err(|error| format!("not a timestamp: {error}"))?;
    instant.timestamp()
}

/// Writes a timestamp.
#[must_use]
pub fn encode(timestamp: Timestamp) -> Vec<u8> {
    Instant::of(timestamp).encode_to_vec()
}

impl Instant {
    pub(super) fn of(timestamp: Timestamp) -> Self {
        let nanos = timestamp.nanos();
        // The remainder of a division by 10^9 always fits.
        let within = i32::try_from(nanos.rem_euclid(NANOS_PER_SECOND)).unwrap_or_default();
        Self { seconds: nanos.div_euclid(NANOS_PER_SECOND), nanos: within }
    }

    fn timestamp(self) -> Result<Timestamp, Box<str>> {
        let nanos = u32::try_from(self.nanos).ok().filter(|nanos| i64::from(*nanos) < NANOS_PER_SECOND);
        let nanos = nanos.ok_or_else(|| format!("a timestamp with {} ns within its second", self.nanos))?;
        // `from_seconds` multiplies before it adds, which loses the first, incomplete second of the range.
        let whole = i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(nanos);
        i64::try_from(whole)
            .map(Timestamp::from_nanos)
            .map_err(|_| format!("a timestamp {} s from 1970, outside the years 1677 to 2262", self.seconds).into())
    }
}
