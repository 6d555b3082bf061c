//! Points in time as files write them: with a zone, on a wall clock, as dates or as seconds.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use polars_arrow::array::{Array, PrimitiveArray};

use super::shape::{Shape, Zoned};
use super::values::{Unreadable, integer};
use crate::model::time::{NANOS_PER_SECOND, Precision, Timestamp};

const SECONDS_PER_DAY: i64 = 86_400;

const SECONDS_PER_HOUR: i64 = 3_600;

/// Wall-clock times are looked up in the zone once per stretch of this length, if its offset is the same at both ends.
const STRETCH: i64 = 15 * 60 * NANOS_PER_SECOND;

/// Turns wall-clock times of one zone into instants. A time that a summer-time gap skips becomes the first instant after
/// the gap; one that occurs twice, the first of both. So order is kept, and bounds stay bounds.
#[derive(Clone, Debug)]
pub(super) struct WallClock {
    zone: Tz,
    known: Option<(i64, i64)>,
}

impl WallClock {
    pub(super) const fn new(zone: Tz) -> Self {
        Self { zone, known: None }
    }

    /// The instant at which the wall clock shows `local`, given in nanoseconds since 1970 on that clock.
    pub(super) fn instant(&mut self, local: i64) -> Timestamp {
        if self.zone == Tz::UTC {
            return Timestamp::from_nanos(local);
        }
        let stretch = local.div_euclid(STRETCH);
        if let Some((known, offset)) = self.known
            && known == stretch
        {
            return Timestamp::from_nanos(local.saturating_sub(offset));
        }
        let start = stretch.saturating_mul(STRETCH);
        let offset = self
            .single_offset(start)
            .filter(|offset| self.single_offset(start.saturating_add(STRETCH)).is_some_and(|at_end| at_end == *offset));
        self.known = offset.map(|offset| (stretch, offset));
        match offset {
            Some(offset) => Timestamp::from_nanos(local.saturating_sub(offset)),
            None => self.look_up(local),
        }
    }

    fn single_offset(&self, local: i64) -> Option<i64> {
        let found = self.zone.from_local_datetime(&naive(local)).single()?;
        Some(i64::from(found.offset().fix().local_minus_utc()).saturating_mul(NANOS_PER_SECOND))
    }

    fn look_up(&self, local: i64) -> Timestamp {
        let found = self.zone.from_local_datetime(&naive(local)).earliest();
        if let Some(nanos) = found.and_then(|instant| instant.timestamp_nanos_opt()) {
            return Timestamp::from_nanos(nanos);
        }
        // In a gap: the first instant whose wall clock is past `local`, by bisection. No zone is further than this away.
        let reach = 16 * 3600 * NANOS_PER_SECOND;
        let (mut before, mut after) = (local.saturating_sub(reach), local.saturating_add(reach));
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if self.shown_at(middle) >= local {
                after = middle;
            } else {
                before = middle;
            }
        }
        Timestamp::from_nanos(after)
    }

    fn shown_at(&self, instant: i64) -> i64 {
        let offset = self.zone.offset_from_utc_datetime(&naive(instant)).fix().local_minus_utc();
        instant.saturating_add(i64::from(offset).saturating_mul(NANOS_PER_SECOND))
    }
}

fn naive(nanos: i64) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp_nanos(nanos).naive_utc()
}

/// The instant of a raw number of a column of `shape`; far away ones are held at the ends of what can be told.
pub(super) fn instant(raw: i64, shape: &Shape, clock: &mut WallClock) -> Timestamp {
    match shape {
        Shape::Instant(precision, zoned) => {
            let nanos = raw.saturating_mul(precision.nanos());
            match zoned {
                Zoned::Instant => Timestamp::from_nanos(nanos),
                Zoned::Naive => clock.instant(nanos),
            }
        }
        Shape::Date => clock.instant(raw.saturating_mul(SECONDS_PER_DAY).saturating_mul(NANOS_PER_SECOND)),
        Shape::Null
        | Shape::Bool
        | Shape::Integer(_)
        | Shape::Float16
        | Shape::Float32
        | Shape::Float64
        | Shape::Decimal(_)
        | Shape::Text
        | Shape::Bytes
        | Shape::FixedBytes(_)
        | Shape::List(_)
        | Shape::Struct(_)
        | Shape::Other(_) => Timestamp::from_nanos(raw.saturating_mul(NANOS_PER_SECOND)),
    }
}

/// Seconds since 1970 of a raw number that is too far away for nanoseconds, such as the year 9999 that stands for "never
/// ends"; `None` where nanoseconds reach it.
pub(super) fn far_seconds(raw: i64, shape: &Shape, zone: Tz) -> Option<i64> {
    let (unit, zoned) = if let Shape::Instant(precision, zoned) = shape {
        (precision.nanos(), *zoned)
    } else if matches!(shape, Shape::Date) {
        (SECONDS_PER_DAY * NANOS_PER_SECOND, Zoned::Naive)
    } else {
        return None;
    };
    if raw.checked_mul(unit).is_some() {
        return None;
    }
    let seconds = i64::try_from((i128::from(raw) * i128::from(unit)).div_euclid(i128::from(NANOS_PER_SECOND))).ok()?;
    match zoned {
        Zoned::Instant => Some(seconds),
        Zoned::Naive => {
            let local = DateTime::<Utc>::from_timestamp(seconds, 0).map(|instant| instant.naive_utc());
            let found = local.and_then(|local| zone.from_local_datetime(&local).earliest());
            Some(found.map_or(seconds, |instant| instant.timestamp()))
        }
    }
}

/// The raw number behind a point in time; `None` for a null.
pub(super) fn raw(array: &dyn Array, shape: &Shape, row: usize) -> Result<Option<i64>, Unreadable> {
    if matches!(shape, Shape::Null) || array.is_null(row) {
        return Ok(None);
    }
    let any = array.as_any();
    let found = if matches!(shape, Shape::Date) {
        any.downcast_ref::<PrimitiveArray<i32>>().map(|days| i64::from(days.value(row)))
    } else if let Shape::Integer(width) = shape {
        Some(i64::try_from(integer(array, *width, row)?).unwrap_or(i64::MAX))
    } else {
        any.downcast_ref::<PrimitiveArray<i64>>().map(|units| units.value(row))
    };
    found.map(Some).ok_or(Unreadable)
}

/// All points in time of a column; `None` for a null.
pub(super) fn instants(array: &dyn Array, shape: &Shape, zone: Tz) -> Result<Vec<Option<Timestamp>>, Unreadable> {
    let mut clock = WallClock::new(zone);
    if let (Shape::Instant(..), Some(units)) = (shape, array.as_any().downcast_ref::<PrimitiveArray<i64>>()) {
        return Ok(units.iter().map(|unit| unit.map(|unit| instant(*unit, shape, &mut clock))).collect());
    }
    let one = |row| Ok(raw(array, shape, row)?.map(|raw| instant(raw, shape, &mut clock)));
    (0..array.len()).map(one).collect()
}

/// The stretch of time that a partition is named after, from its start to its end: a day (`2026-06-14`, `20260614`), an
/// hour (`2026-06-14T05`, `2026-06-14-05`, `2026061405`), or an instant (`2026-06-14 05:30:00`, RFC 3339).
pub(super) fn named(text: &str, zone: Tz) -> Option<(Timestamp, Timestamp)> {
    if let Ok(instant) = Timestamp::parse_rfc3339(text) {
        return Some((instant, instant));
    }
    let stretch = |start: NaiveDateTime, seconds: i64| {
        let local = start.and_utc().timestamp_nanos_opt()?;
        let mut clock = WallClock::new(zone);
        Some((clock.instant(local), clock.instant(local.saturating_add(seconds * NANOS_PER_SECOND))))
    };
    for (form, length) in [("%Y-%m-%d", 10), ("%Y%m%d", 8)] {
        if text.len() == length
            && let Ok(day) = NaiveDate::parse_from_str(text, form)
        {
            return stretch(day.and_time(NaiveTime::MIN), SECONDS_PER_DAY);
        }
    }
    for (form, length) in [("%Y-%m-%dT%H", 13), ("%Y-%m-%d-%H", 13), ("%Y-%m-%d %H", 13), ("%Y%m%d%H", 10)] {
        // chrono wants minutes beside hours.
        let with_minutes = || NaiveDateTime::parse_from_str(&format!("{text}:00"), &format!("{form}:%M"));
        if text.len() == length
            && let Ok(hour) = with_minutes()
        {
            return stretch(hour, SECONDS_PER_HOUR);
        }
    }
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let time = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    stretch(time, 0)
}

/// Precision of a column of instants that stands in the names of partitions.
pub(super) const NAMED_PRECISION: Precision = Precision::Seconds;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn in_berlin(text: &str) -> Timestamp {
        let local = at(&format!("{text}Z")).nanos();
        WallClock::new(chrono_tz::Europe::Berlin).instant(local)
    }

    #[test]
    fn a_skipped_wall_time_is_the_first_instant_after_the_gap_and_a_repeated_one_the_first() {
        assert_eq!(in_berlin("2026-03-29T01:59:59"), at("2026-03-29T00:59:59Z"));
        assert_eq!(in_berlin("2026-03-29T02:30:00"), at("2026-03-29T01:00:00Z"));
        assert_eq!(in_berlin("2026-03-29T03:00:00"), at("2026-03-29T01:00:00Z"));
        assert_eq!(in_berlin("2026-10-25T02:30:00"), at("2026-10-25T00:30:00Z"));
        assert_eq!(in_berlin("2026-10-25T03:00:00"), at("2026-10-25T02:00:00Z"));
    }

    #[test]
    fn remembering_offsets_changes_no_answer() {
        let zone = chrono_tz::America::New_York;
        let mut clock = WallClock::new(zone);
        let start = at("2026-03-07T00:00:00Z").nanos();
        for step in 0..2000 {
            let local = start + step * 97 * NANOS_PER_SECOND;
            assert_eq!(clock.instant(local), WallClock::new(zone).look_up(local), "{step}");
        }
    }

    #[test]
    fn partitions_are_named_by_days_hours_or_instants() {
        let stretch = |from: &str, to: &str| Some((at(from), at(to)));
        let berlin = chrono_tz::Europe::Berlin;
        assert_eq!(named("2026-03-29", berlin), stretch("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"));
        assert_eq!(named("20260614", Tz::UTC), stretch("2026-06-14T00:00:00Z", "2026-06-15T00:00:00Z"));
        let hour = stretch("2026-06-14T05:00:00Z", "2026-06-14T06:00:00Z");
        for text in ["2026-06-14T05", "2026-06-14-05", "2026061405"] {
            assert_eq!(named(text, Tz::UTC), hour, "{text}");
        }
        let instant = stretch("2026-06-14T05:30:00Z", "2026-06-14T05:30:00Z");
        for text in ["2026-06-14 05:30", "2026-06-14T05:30:00", "2026-06-14T05:30:00Z"] {
            assert_eq!(named(text, Tz::UTC), instant, "{text}");
        }
        assert_eq!(named("latest", Tz::UTC), None);
    }
}
