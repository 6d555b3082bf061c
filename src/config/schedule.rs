//! `schedule`: when rounds and reports are due.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono_tz::Tz;

use super::accept::ANY_DAY;
use super::checks::{is_known, unknown_view};
use super::columns;
use super::problem::Problem;
use super::quantity::Complaint;
use super::reader::Reader;
use super::sample::set;
use super::section::Section;
use super::tree::Node;
use super::views::Views;
use crate::model::ratio::Ratio;
use crate::model::schedule::{Rhythm, Schedule};

/// Appointments of rounds where the file names none.
const SAMPLE: &str = "*/5 * * * *";
/// How long rounds may go on after the order to stop.
const GRACE: Duration = Duration::from_secs(30);

/// When what is due.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleSettings {
    /// The zone whose wall clock the expressions speak of.
    pub zone: Tz,
    /// Rounds of views that are not excepted.
    pub sample: Schedule,
    /// Rounds of single views.
    pub views: BTreeMap<String, Schedule>,
    /// Reads of tracked keys, for the availability lag; `None` measures it by rounds alone.
    pub availability: Option<Schedule>,
    /// Comparisons of snapshots; `None` makes them with each round.
    pub drift: Option<Schedule>,
    /// Reports; `None` sends none but on request.
    pub report: Option<Schedule>,
    /// Starts lag behind their appointments by up to this share of the interval.
    pub jitter: Ratio,
    /// Time after which a round is abandoned; `None` is the view's own interval.
    pub deadline: Option<Duration>,
    /// How long running rounds may go on after the order to stop.
    pub grace: Duration,
}

impl ScheduleSettings {
    /// The appointments of a view's rounds.
    #[must_use]
    pub fn of(&self, view: &str) -> &Schedule {
        self.views.get(view).unwrap_or(&self.sample)
    }

    /// Distances between the rounds of a view, the same on whatever day this is asked: no shift of the clock is among
    /// them. `None` for a schedule that has ended.
    #[must_use]
    pub fn rhythm(&self, view: &str) -> Option<Rhythm> {
        self.of(view).rhythm(ANY_DAY)
    }

    /// The same of views that are not excepted.
    #[must_use]
    pub fn usual_rhythm(&self) -> Option<Rhythm> {
        self.sample.rhythm(ANY_DAY)
    }
}

/// Reads the section; `views` are those of the plan, `None` while they are unknown.
pub(super) fn read(node: Option<&Node>, views: Option<&Views>, reader: &mut Reader<'_>) -> Option<ScheduleSettings> {
    let mut section = match node {
        Some(node) => Some(Section::open(node, "`schedule`", reader)?),
        None => None,
    };
    let mut value = |key| section.as_mut().and_then(|section| section.optional(key));
    let zone = value("timezone").map_or(Some(Tz::UTC), |node| columns::zone(node, reader));
    // What is said in a zone that there is not can still be read, so that all that is wrong is told at once.
    let clock = zone.unwrap_or(Tz::UTC);
    let mut schedule = |key| value(key).map(|node| cron(node, clock, reader));
    let sample = schedule("sample");
    let availability = schedule("availability");
    let drift = schedule("drift");
    let report = schedule("report");
    let mut jitter = Ratio::of(1, 10)?;
    set(&mut jitter, value("jitter").and_then(|node| reader.share(node)));
    let deadline = value("deadline").map(|node| reader.positive_duration(node));
    let mut grace = GRACE;
    set(&mut grace, value("grace").and_then(|node| reader.duration(node)));
    let exceptions = value("overrides").and_then(|node| reader.list(node, "a list of exceptions")).unwrap_or_default();
    let mut of_views = BTreeMap::new();
    for item in exceptions {
        exception(item, (clock, views), &mut of_views, reader);
    }
    if let Some(section) = section {
        section.close(reader);
    }
    Some(ScheduleSettings {
        zone: zone?,
        sample: match sample {
            Some(given) => given?,
            None => Schedule::parse(SAMPLE, clock).ok()?,
        },
        views: of_views,
        availability: given(availability)?,
        drift: given(drift)?,
        report: given(report)?,
        jitter,
        deadline: given(deadline)?,
        grace,
    })
}

/// What was not given is no problem; what was and could not be read is one already.
fn given<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

fn exception(
    node: &Node,
    (zone, views): (Tz, Option<&Views>),
    of_views: &mut BTreeMap<String, Schedule>,
    reader: &mut Reader<'_>,
) {
    let Some(mut section) = Section::open(node, "an exception", reader) else { return };
    let view = section.required("feature_view", reader).and_then(|node| view(node, views, reader));
    let sample = section.required("sample", reader).and_then(|node| cron(node, zone, reader));
    let at = section.at();
    section.close(reader);
    if let (Some(view), Some(sample)) = (view, sample) {
        let message = format!("the view `{view}` has an exception already");
        if of_views.insert(view, sample).is_some() {
            reader.note(Problem::new(at, message));
        }
    }
}

/// The name of a view that the plan knows.
pub(super) fn view(node: &Node, views: Option<&Views>, reader: &mut Reader<'_>) -> Option<String> {
    let name = reader.text(node, "the name of a view")?;
    match views {
        Some(views) if !is_known(views, &name) => {
            reader.note(unknown_view(views, &name, node.span));
            None
        }
        Some(_) | None => Some(name),
    }
}

/// A cron expression.
pub(super) fn cron(node: &Node, zone: Tz, reader: &mut Reader<'_>) -> Option<Schedule> {
    reader.parsed(node, "a cron expression such as `*/5 * * * *`", |text| {
        Schedule::parse(text, zone).map_err(|error| Complaint { clause: error.clause, hint: error.hint })
    })
}
