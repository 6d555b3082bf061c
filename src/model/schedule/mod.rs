//! Appointments at the times of a cron expression, in a time zone.
//!
//! An expression has five fields (minute, hour, day of month, month, day of week) or six (a second before them). As in
//! Vixie cron, names and ranges are known, 0 and 7 are Sunday, and where both the day of the month and the day of the
//! week are restricted (do not begin with `*`) either suffices. `@hourly`, `@daily` and the like are abbreviations.
//!
//! Times are those of the wall clock of the zone. Where it is put forward, appointments in the hour that is left out are
//! kept once, at the first instant after it; an expression whose hour is `*` goes on after it in its own step. Where it
//! is put back, an appointment is kept the first time only; an expression whose minute or hour begins with `*` (Vixie's
//! wildcard jobs) is kept both times. So `30 2 * * *` is kept once a day, and `*/5 * * * *` every five minutes. A step
//! that does not divide the shift of the clock (`*/20` on Lord Howe Island, which shifts by 30 minutes) stays with the
//! clock, so that one distance is longer or shorter than the others.

mod fields;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz};

use fields::{Field, Fields};

use super::time::Timestamp;

/// How far [`Schedule::rhythm`] looks ahead, unless it finds too few appointments.
const HORIZON: Duration = Duration::from_secs(5 * 7 * 86_400);
/// Most appointments that [`Schedule::rhythm`] looks at: a week of minutes.
const MOST_TICKS: usize = 7 * 24 * 60;
/// Fewest appointments that it looks at, however far apart.
const FEWEST_TICKS: usize = 8;

/// Why a text gives no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {clause}")]
pub struct ScheduleError {
    text: String,
    /// What is wrong, as a clause after the expression.
    pub clause: String,
    /// The next step, where there is one.
    pub hint: Option<String>,
}

impl ScheduleError {
    fn new(text: &str, clause: impl Into<String>) -> Self {
        Self { text: text.to_owned(), clause: clause.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// A cron expression in a time zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    text: String,
    zone: Tz,
    /// One, or two of which either suffices. Read as wall times: the zone is applied afterwards.
    walls: Vec<cron::Schedule>,
    shift: Shift,
}

/// What becomes of appointments where the wall clock is shifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shift {
    /// Whether those in an hour that is left out are kept after it.
    keeps_skipped: bool,
    /// Whether those in an hour that comes twice are kept twice.
    keeps_repeated: bool,
}

/// Distances between appointments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// The shortest.
    pub shortest: Duration,
    /// The median: what a reader would call the interval.
    pub usual: Duration,
    /// The longest: `*/5 9-17 * * mon-fri` rests over the weekend.
    pub longest: Duration,
}

impl Schedule {
    /// Reads an expression such as `*/5 * * * *`, whose times are those of the wall clock in `zone`.
    ///
    /// # Errors
    /// When the text is no expression, or one that no day ever matches; names the field and the way out.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, ScheduleError> {
        let fields = Fields::parse(text)?;
        let built: Result<Vec<_>, _> =
            alternatives(&fields).into_iter().map(|(day, weekday)| searched(&fields, day, weekday)).collect();
        let walls = built.map_err(|error| ScheduleError::new(text, format!("is not understood: {error}")))?;
        let shift = Shift {
            keeps_skipped: fields.hour.numbers().count() < 24,
            keeps_repeated: fields.minute.is_open || fields.hour.is_open,
        };
        let schedule = Self { text: text.trim().to_owned(), zone, walls, shift };
        // Every day of the calendar, leap days included, occurs on every weekday within 28 years from here.
        let start = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default().and_time(chrono::NaiveTime::MIN);
        if schedule.next_wall(start).is_none() {
            let months = "February has 29 days at most; April, June, September and November have 30";
            return Err(ScheduleError::new(text, "names a day that never comes").hint(months));
        }
        Ok(schedule)
    }

    /// The time zone.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The first appointment after `after`, later than it by at least a nanosecond; `None` after the year 2100.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let here = DateTime::from_timestamp_nanos(after.nanos()).with_timezone(&self.zone).naive_local();
        let mut wall = here;
        let ordinary = loop {
            wall = self.next_wall(wall)?;
            if let Some(found) = self.instants(wall).into_iter().flatten().find(|instant| *instant > after) {
                break found;
            }
        };
        Some(self.repeated_after(after, here).map_or(ordinary, |again| again.min(ordinary)))
    }

    /// The first appointment of the second pass, asked for during the first pass of an hour that comes twice.
    fn repeated_after(&self, after: Timestamp, here: NaiveDateTime) -> Option<Timestamp> {
        let (first, second) = match self.zone.from_local_datetime(&here) {
            LocalResult::Ambiguous(first, second) => (timestamp(&first)?, timestamp(&second)?),
            LocalResult::Single(_) | LocalResult::None => return None,
        };
        if !self.shift.keeps_repeated || after != first {
            return None;
        }
        let shift = TimeDelta::from_std(second.since(first)?).ok()?;
        let mut wall = here - shift;
        loop {
            wall = self.next_wall(wall)?;
            if wall > here + shift {
                return None;
            }
            if let [_, Some(again)] = self.instants(wall) {
                return Some(again);
            }
        }
    }

    /// When an appointment at this wall time is kept: up to twice, in order.
    fn instants(&self, wall: NaiveDateTime) -> [Option<Timestamp>; 2] {
        match self.zone.from_local_datetime(&wall) {
            LocalResult::Single(instant) => [timestamp(&instant), None],
            LocalResult::Ambiguous(first, second) if self.shift.keeps_repeated => {
                [timestamp(&first), timestamp(&second)]
            }
            LocalResult::Ambiguous(first, _) => [timestamp(&first), None],
            LocalResult::None if self.shift.keeps_skipped => {
                let end = GapInfo::new(&wall, &self.zone).and_then(|gap| gap.end);
                [end.and_then(|end| timestamp(&end)), None]
            }
            LocalResult::None => [None, None],
        }
    }

    /// The first wall time after `wall` that the fields match.
    fn next_wall(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        let next = self.walls.iter().filter_map(|walls| walls.after(&wall.and_utc()).next());
        next.map(|found| found.naive_utc()).min()
    }

    /// Distances between appointments of the next five weeks (further where there are fewer than eight, and not so far
    /// where there are more than 10,080); `None` where fewer than two are left.
    #[must_use]
    pub fn rhythm(&self, from: Timestamp) -> Option<Rhythm> {
        let horizon = from.plus(HORIZON);
        let mut distances = Vec::new();
        let mut earlier = self.next_after(from)?;
        while let Some(tick) = self.next_after(earlier) {
            distances.extend(tick.since(earlier));
            earlier = tick;
            if distances.len() >= MOST_TICKS || (tick > horizon && distances.len() >= FEWEST_TICKS) {
                break;
            }
        }
        distances.sort_unstable();
        let usual = *distances.get(distances.len() / 2)?;
        Some(Rhythm { shortest: *distances.first()?, usual, longest: *distances.last()? })
    }

    /// The usual distance between appointments after `from`: the median of those in [`Schedule::rhythm`].
    #[must_use]
    pub fn interval(&self, from: Timestamp) -> Option<Duration> {
        self.rhythm(from).map(|rhythm| rhythm.usual)
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.zone) == (&other.text, other.zone)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.text, self.zone.name())
    }
}

/// Days of the month and of the week, of which one pair must match: both where one of them is open, else either.
fn alternatives(fields: &Fields) -> Vec<(Option<&Field>, Option<&Field>)> {
    let (day, weekday) = (&fields.day, &fields.weekday);
    if day.is_open || weekday.is_open {
        vec![(Some(day), Some(weekday))]
    } else {
        vec![(Some(day), None), (None, Some(weekday))]
    }
}

/// The search for these fields. The crate wants seconds, and Sunday to be 1.
fn searched(
    fields: &Fields,
    day: Option<&Field>,
    weekday: Option<&Field>,
) -> Result<cron::Schedule, cron::error::Error> {
    let listed = |field: &Field, offset: u32| {
        field.numbers().map(|number| (number + offset).to_string()).collect::<Vec<_>>().join(",")
    };
    let every = || "*".to_owned();
    let Fields { second, minute, hour, month, .. } = fields;
    let parts = [
        listed(second, 0),
        listed(minute, 0),
        listed(hour, 0),
        day.map_or_else(every, |day| listed(day, 0)),
        listed(month, 0),
        weekday.map_or_else(every, |weekday| listed(weekday, 1)),
    ];
    cron::Schedule::from_str(&parts.join(" "))
}

fn timestamp(instant: &DateTime<Tz>) -> Option<Timestamp> {
    instant.timestamp_nanos_opt().map(Timestamp::from_nanos)
}
