//! `accept` and `maintenance`: what is known, and when nothing is told.

use chrono::{LocalResult, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::{GapInfo, Tz};

use super::checks::hint_of;
use super::problem::Problem;
use super::quantity::{self, Complaint};
use super::reader::Reader;
use super::schedule::{cron, view};
use super::section::Section;
use super::tree::Node;
use super::views::Views;
use crate::judge::accept::{Accepted, Maintenance, USUAL_FACTOR};
use crate::model::check::{CheckKind, FindingKey};
use crate::model::time::Timestamp;

/// From here the distances between appointments are looked at; which day it is does not matter, and no clock is asked.
pub(super) const ANY_DAY: Timestamp = Timestamp::from_nanos(1_767_225_600_000_000_000);

/// Reads `accept`; dates are days in `zone`.
pub(super) fn accepted(
    node: Option<&Node>,
    (zone, views): (Tz, Option<&Views>),
    reader: &mut Reader<'_>,
) -> Vec<Accepted> {
    let items = node.and_then(|node| reader.list(node, "a list of accepted findings")).unwrap_or_default();
    let mut entries: Vec<Accepted> = Vec::new();
    for item in items {
        let Some(entry) = entry(item, (zone, views), reader) else { continue };
        if entries.iter().any(|before| before.key == entry.key) {
            reader.note(Problem::new(item.span, "this finding is accepted already"));
        }
        entries.push(entry);
    }
    entries
}

fn entry(node: &Node, (zone, views): (Tz, Option<&Views>), reader: &mut Reader<'_>) -> Option<Accepted> {
    let mut section = Section::open(node, "an accepted finding", reader)?;
    let feature_view = section.required("view", reader).and_then(|node| view(node, views, reader));
    let feature = section.optional("feature");
    let feature = match (feature, &feature_view) {
        (None, _) => Some(None),
        (Some(node), Some(view)) => self::feature(node, (view, views), reader).map(Some),
        (Some(node), None) => reader.text(node, "the name of a feature").map(Some),
    };
    let choices = CheckKind::ALL.map(|check| (check.name(), check));
    let check = section.required("check", reader).and_then(|node| Some((node, reader.choice(node, &choices)?)));
    if let (Some((node, check)), Some(feature)) = (check, &feature) {
        scope(node, (check, feature.as_deref()), reader);
    }
    let until = section
        .required("until", reader)
        .and_then(|node| reader.parsed(node, "a date such as `2026-12-31`", |text| term(text, zone)));
    let reason = section.required("reason", reader).and_then(|node| reader.text(node, "a reason"));
    let observed = section.optional("observed").map(|node| reader.proportion(node));
    let factor = section.optional("factor").map(|node| reader.parsed(node, "a number from 1 up", factor));
    section.close(reader);
    Some(Accepted {
        key: FindingKey { feature_view: feature_view?, feature: feature?, check: check?.1 },
        until: until?,
        reason: reason?,
        observed: match observed {
            Some(read) => Some(read?),
            None => None,
        },
        factor: factor.unwrap_or(Some(USUAL_FACTOR))?,
    })
}

fn feature(node: &Node, (view, views): (&str, Option<&Views>), reader: &mut Reader<'_>) -> Option<String> {
    let name = reader.text(node, "the name of a feature")?;
    let watched = views.and_then(|views| views.watched.iter().find(|watched| watched.name == view));
    match watched {
        Some(watched) if watched.position(&name).is_none() => {
            let names: Vec<&str> = watched.features.iter().map(|feature| feature.name.as_str()).collect();
            let problem = Problem::new(node.span, format!("view `{view}` has no feature `{name}`"));
            reader.note(problem.hint(hint_of(&name, &names)));
            None
        }
        Some(_) | None => Some(name),
    }
}

/// Notes an entry that no finding can ever match.
fn scope(node: &Node, (check, feature): (CheckKind, Option<&str>), reader: &mut Reader<'_>) {
    let problem = match (check, feature) {
        (CheckKind::Skew | CheckKind::Undecodable | CheckKind::Drift, None) => {
            Problem::new(node.span, format!("`{check}` is found of single features, and the entry names none"))
                .hint("add `feature: …`")
        }
        (
            CheckKind::Freshness
            | CheckKind::Comparable
            | CheckKind::Phantom
            | CheckKind::MissingOffline
            | CheckKind::InFlight
            | CheckKind::NeverMaterialized
            | CheckKind::Timestamps
            | CheckKind::Serving,
            Some(_),
        ) => Problem::new(node.span, format!("`{check}` is found of a view as a whole, and the entry names a feature"))
            .hint("leave out `feature`"),
        (CheckKind::Coverage, _)
        | (CheckKind::Skew | CheckKind::Undecodable | CheckKind::Drift, Some(_))
        | (
            CheckKind::Freshness
            | CheckKind::Comparable
            | CheckKind::Phantom
            | CheckKind::MissingOffline
            | CheckKind::InFlight
            | CheckKind::NeverMaterialized
            | CheckKind::Timestamps
            | CheckKind::Serving,
            None,
        ) => return,
    };
    reader.note(problem);
}

/// When a term is over: with the day that is named, in `zone`, or at the instant that is.
fn term(text: &str, zone: Tz) -> Result<Timestamp, Complaint> {
    let form =
        || Complaint::new("is neither a date such as `2026-12-31` nor a time such as `2026-12-31T18:00:00+01:00`");
    let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") else {
        return Timestamp::parse_rfc3339(text).map_err(|_| {
            let has_time = text.len() > 10 && text.contains(':');
            if has_time { form().hint("a time needs its zone: `Z` or `+01:00`") } else { form() }
        });
    };
    let midnight = day.succ_opt().ok_or_else(form)?.and_time(NaiveTime::MIN);
    let instant = match zone.from_local_datetime(&midnight) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => Some(instant),
        LocalResult::None => GapInfo::new(&midnight, &zone).and_then(|gap| gap.end),
    };
    instant.and_then(|instant| instant.timestamp_nanos_opt()).map(Timestamp::from_nanos).ok_or_else(form)
}

fn factor(text: &str) -> Result<f64, Complaint> {
    let number = quantity::amount(text)?;
    if number < 1.0 { Err(Complaint::new("is less than 1")) } else { Ok(number) }
}

/// Reads `maintenance`; expressions speak of the wall clock in `zone`.
pub(super) fn maintenance(
    node: Option<&Node>,
    (zone, views): (Tz, Option<&Views>),
    reader: &mut Reader<'_>,
) -> Vec<Maintenance> {
    let items = node.and_then(|node| reader.list(node, "a list of windows")).unwrap_or_default();
    items.iter().filter_map(|item| window(item, (zone, views), reader)).collect()
}

fn window(node: &Node, (zone, views): (Tz, Option<&Views>), reader: &mut Reader<'_>) -> Option<Maintenance> {
    let mut section = Section::open(node, "a window of maintenance", reader)?;
    let feature_view = section.required("view", reader).and_then(|node| view(node, views, reader));
    let schedule = section.required("cron", reader).and_then(|node| cron(node, zone, reader));
    let duration = section.required("duration", reader).and_then(|node| Some((node, reader.positive_duration(node)?)));
    section.close(reader);
    let (schedule, (at, duration)) = (schedule?, duration?);
    if let Some(rhythm) = schedule.rhythm(ANY_DAY)
        && duration >= rhythm.longest
    {
        let between = quantity::duration_text(rhythm.longest);
        let message = format!("the window never closes: it opens again after {between} at most");
        reader.note(Problem::new(at.span, message).hint("nothing of the view would ever be told"));
    }
    Some(Maintenance { feature_view: feature_view?, schedule, duration })
}
