//! Which time a report speaks of: whole days of a zone, most often an ISO week.

use std::fmt;
use std::time::Duration;

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Weekday};
use chrono_tz::Tz;

use crate::history::Period;
use crate::model::time::Timestamp;

/// Most days of a report: what the history keeps.
const MOST_DAYS: i64 = 400;
/// About how many points a plot has.
const POINTS: i64 = 56;

/// Whole days of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportPeriod {
    first: NaiveDate,
    /// The day after the last one.
    end: NaiveDate,
    zone: Tz,
}

impl ReportPeriod {
    /// Reads `2026-W47`, a day such as `2026-11-16`, or two of either with `..` between them, both included.
    ///
    /// # Errors
    /// A sentence that says what a period looks like.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, String> {
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        let both = days(from.trim()).zip(days(to.trim()));
        let ((first, _), (_, end)) = both.ok_or_else(|| {
            format!("`{text}` is no period: it is a week such as `2026-W47`, a day, or `2026-11-02..2026-11-15`")
        })?;
        match (end - first).num_days() {
            ..=0 => Err(format!("`{text}` ends before it begins")),
            1..=MOST_DAYS => Ok(Self { first, end, zone }),
            _ => Err(format!("`{text}` is longer than {MOST_DAYS} days, which is what a history keeps")),
        }
    }

    /// The last ISO week that is over at `now`; `None` outside the calendar.
    #[must_use]
    pub fn last_week(now: Timestamp, zone: Tz) -> Option<Self> {
        let today = zone.timestamp_nanos(now.nanos()).date_naive();
        let end = today.checked_sub_days(Days::new(u64::from(today.weekday().num_days_from_monday())))?;
        Some(Self { first: end.checked_sub_days(Days::new(7))?, end, zone })
    }

    /// The day that is over last at `now`; `None` outside the calendar.
    #[must_use]
    pub fn last_day(now: Timestamp, zone: Tz) -> Option<Self> {
        let end = zone.timestamp_nanos(now.nanos()).date_naive();
        Some(Self { first: end.pred_opt()?, end, zone })
    }

    /// As many days, up to the first of these; `None` outside the calendar.
    #[must_use]
    pub fn before(&self) -> Option<Self> {
        let days = Days::new((self.end - self.first).num_days().unsigned_abs());
        Some(Self { first: self.first.checked_sub_days(days)?, end: self.first, zone: self.zone })
    }

    /// From the midnight that begins the first day to the one that ends the last, on the zone's wall clock.
    #[must_use]
    pub fn span(&self) -> Period {
        Period { start: midnight(self.first, self.zone), end: midnight(self.end, self.zone) }
    }

    /// The zone whose days these are.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The last day.
    pub(super) fn last(&self) -> NaiveDate {
        self.end.pred_opt().unwrap_or(self.first)
    }

    /// The first day.
    pub(super) const fn first(&self) -> NaiveDate {
        self.first
    }

    /// What a reader calls it: a week, or so many days.
    pub(super) fn noun(&self) -> String {
        match (self.end - self.first).num_days() {
            7 => "week".to_owned(),
            1 => "day".to_owned(),
            days => format!("{days} days"),
        }
    }

    /// How long a point of a plot is: whole hours.
    pub(super) fn step(&self) -> Duration {
        let hours = ((self.end - self.first).num_days() * 24 + POINTS - 1) / POINTS;
        Duration::from_secs(hours.unsigned_abs().max(1) * 3_600)
    }
}

impl fmt::Display for ReportPeriod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let week = |day: NaiveDate| format!("{}-W{:02}", day.iso_week().year(), day.iso_week().week());
        let (first, last) = (self.first, self.last());
        if first.weekday() != Weekday::Mon || last.weekday() != Weekday::Sun {
            return if first == last { write!(formatter, "{first}") } else { write!(formatter, "{first}..{last}") };
        }
        let (from, to) = (week(first), week(last));
        if from == to { formatter.write_str(&from) } else { write!(formatter, "{from}..{to}") }
    }
}

/// The first day of a week or of a day, and the day after the last.
fn days(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    if let Some((year, week)) = text.split_once("-W") {
        let first = NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, Weekday::Mon)?;
        return Some((first, first.checked_add_days(Days::new(7))?));
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some((day, day.succ_opt()?))
}

/// When a day begins: midnight, or where the clock jumps over it the first instant after.
fn midnight(day: NaiveDate, zone: Tz) -> Timestamp {
    let start = NaiveDateTime::new(day, NaiveTime::MIN);
    let quarters = (0..=12).filter_map(|quarter| start.checked_add_signed(TimeDelta::minutes(15 * quarter)));
    let first = quarters.filter_map(|wall| zone.from_local_datetime(&wall).earliest()).next();
    first.and_then(|first| first.timestamp_nanos_opt()).map_or(Timestamp::MAX, Timestamp::from_nanos)
}
