//! The third view of a round: some keys of its sample, read through the serving path.

use super::view::Watch;
use crate::config::PathSettings;
use crate::measure::{Asked, SettledRow, measure_served};
use crate::model::check::{Failure, Stage};
use crate::model::entity::EntityKey;
use crate::model::online::OnlineReading;
use crate::model::sample::{Readings, Sample};
use crate::model::served::{ServedMeasurement, Unserved};
use crate::sample::Sides;
use crate::store::serving::FeatureServer;

/// Asks the serving path for an even spread of the sample's keys, and holds what it gives against what the store holds.
///
/// Where they differ the store is read again: a row that moved meanwhile is asked for once more, and accuses nobody if it
/// goes on moving. An answer is looked at between two readings of the store that agree.
pub(super) async fn third_view(
    watch: &Watch<'_>,
    (settings, sides): (&PathSettings, &Sides<'_>),
    (sample, rows): (&Sample, &[SettledRow]),
    failures: &mut Vec<Failure>,
) -> Option<ServedMeasurement> {
    let view = watch.view;
    let server = match FeatureServer::new(&settings.server) {
        Ok(server) => server,
        Err(error) => {
            failures.push(watch.failure(Stage::Sample, "connection", super::round::chain(&error)));
            return None;
        }
    };
    let mut asked = chosen(sample, settings.keys);
    let mut unserved: Vec<Unserved> = Vec::new();
    let everything: Vec<usize> = (0..asked.len()).collect();
    ask(&server, (watch, settings, sample), (&mut asked, &everything), &mut unserved).await;
    let suspicious = |asked: &[Asked]| -> Vec<usize> {
        let accuses =
            |place: &usize| asked.get(*place).is_some_and(|asked| asked.is_suspicious(view, sample, settings.max_age));
        (0..asked.len()).filter(accuses).collect()
    };
    let first = suspicious(&asked);
    let moved = read_again((watch, sides, sample), (&mut asked, &first)).await;
    if !moved.is_empty() {
        ask(&server, (watch, settings, sample), (&mut asked, &moved), &mut unserved).await;
        for place in read_again((watch, sides, sample), (&mut asked, &moved)).await {
            if let Some(asked) = asked.get_mut(place) {
                asked.is_still = false;
            }
        }
    }
    // What some keys were refused is counted; without any answer there is nothing to count.
    let is_silent = asked.iter().all(|asked| asked.served.is_none());
    for unserved in unserved.into_iter().filter(|_| is_silent) {
        let message = format!("could not read through the serving path {}", unserved.message);
        let failure = watch.failure(Stage::Sample, unserved.reason, message);
        if !failures.contains(&failure) {
            failures.push(failure);
        }
    }
    let address = server.address().to_string();
    Some(measure_served(view, (sample, rows), &asked, (&address, settings.max_age)))
}

/// Keys that the store answered, evenly spread over the sample.
fn chosen(sample: &Sample, most: usize) -> Vec<Asked> {
    let answered: Vec<usize> = sample
        .readings
        .iter()
        .enumerate()
        .filter(|(_, readings)| readings.last.row.is_ok())
        .map(|(position, _)| position)
        .collect();
    let wanted = most.min(answered.len());
    let place = |number: usize| answered.get(number * answered.len() / wanted.max(1)).copied();
    (0..wanted)
        .filter_map(place)
        .filter_map(|row| {
            let online = sample.readings.get(row)?.last.clone();
            Some(Asked { row, online, is_still: true, served: None })
        })
        .collect()
}

fn keys(sample: &Sample, asked: &[Asked], places: &[usize]) -> Vec<EntityKey> {
    let key = |place: &usize| Some(sample.keys.get(asked.get(*place)?.row)?.key.clone());
    places.iter().filter_map(key).collect()
}

/// Asks the serving path for the keys at `places`.
async fn ask(
    server: &FeatureServer,
    (watch, settings, sample): (&Watch<'_>, &PathSettings, &Sample),
    (asked, places): (&mut [Asked], &[usize]),
    unserved: &mut Vec<Unserved>,
) {
    let keys = keys(sample, asked, places);
    let served = server.read(watch.view, &keys, settings.batch).await;
    for (place, served) in places.iter().zip(served) {
        let Some(asked) = asked.get_mut(*place) else { continue };
        match served {
            Ok(row) => asked.served = Some(row),
            Err(why) => {
                asked.served = None;
                if !unserved.contains(&why) {
                    unserved.push(why);
                }
            }
        }
    }
}

/// Reads the rows at `places` from the store again, and gives those that are not what they were.
async fn read_again(
    (watch, sides, sample): (&Watch<'_>, &Sides<'_>, &Sample),
    (asked, places): (&mut [Asked], &[usize]),
) -> Vec<usize> {
    let keys = keys(sample, asked, places);
    if keys.is_empty() {
        return Vec::new();
    }
    let readings = sides.online.read(watch.view, &keys, sides.clock).await;
    let mut moved = Vec::new();
    for (place, reading) in places.iter().zip(readings) {
        let Some(asked) = asked.get_mut(*place) else { continue };
        if !is_same(&asked.online, &reading, watch.view.features.len()) {
            moved.push(*place);
        }
        asked.online = reading;
    }
    moved
}

/// Whether two readings found the same; what could not be read again is not known to be.
fn is_same(before: &OnlineReading, after: &OnlineReading, features: usize) -> bool {
    let mut readings = Readings::first(before.clone());
    readings.push(after.clone());
    before.row.is_ok() && after.row.is_ok() && !readings.moved(features)
}
