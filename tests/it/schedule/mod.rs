//! When rounds are due, what is found often enough to be told, and what is known and accepted.

mod daylight;
mod driven;
mod expressions;
mod jobs;
mod known;
mod lives;
mod minutes;
mod settings;
mod shifts;
mod soon;
mod ticker;

use skewwatch::model::schedule::Schedule;
use skewwatch::model::time::Timestamp;

/// The instant of an RFC 3339 text.
fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// The schedule of an expression in a zone.
fn schedule(text: &str, zone: &str) -> Schedule {
    Schedule::parse(text, zone.parse().unwrap()).unwrap()
}

/// The first appointments after an instant, as texts of UTC.
fn ticks(schedule: &Schedule, after: &str, count: usize) -> Vec<String> {
    let mut tick = at(after);
    let mut found = Vec::new();
    while found.len() < count {
        tick = schedule.next_after(tick).unwrap();
        found.push(tick.to_string());
    }
    found
}
