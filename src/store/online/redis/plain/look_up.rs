//! Rows of a plain layout as lookups read them: by a deadline, and what can be had of them.
//!
//! The texts of a row whose keys share a slot, and all texts of a row on a server that holds all keys, are read by one
//! `MGET`: no write that is one command or one transaction is seen half done. Where a pattern without a hash tag spreads a
//! row over the slots of a cluster nothing can be read at one instant; the row is then put together from what each slot
//! answered, and what a node did not answer is told feature by feature. A hash whose timestamp has a key of its own is read
//! by two commands.

use std::time::Duration;

use tokio::time::Instant;

use super::super::exchange::{Answer, Exchange, Question};
use super::super::fault::Fault;
use super::super::reply::{Ask, Lifetime, Reply};
use super::super::rows::{Part, Row, unaskable, whole};
use super::super::slots::slot;
use super::rows::{Plan, Reader, found};
use super::timestamp;
use crate::model::entity::EntityKey;
use crate::model::online::{OnlineCell, OnlineRow, StoredRow, StoredTimestamp};
use crate::model::time::{Clock, Timestamp};
use crate::model::view::FeatureView;
use crate::store::online::raw::RowRef;

/// Keys of one row that are read by one command.
struct Group {
    /// Position of the row.
    row: usize,
    keys: Vec<Vec<u8>>,
    /// What each key is of: a feature's position, or the number of features for the timestamp.
    places: Vec<usize>,
}

/// What one key was found to hold.
#[derive(Clone)]
enum Found {
    Text(Option<Vec<u8>>),
    OtherType,
    Unread(Fault),
}

/// Reads the rows of `keys` by `until`, in their order.
pub(in crate::store::online::redis) async fn look_up(
    exchange: &Exchange,
    view: &FeatureView,
    plan: &Plan,
    (keys, until): (&[EntityKey], Instant),
) -> Vec<Part> {
    let reader = Reader { exchange, view, plan, clock: Clock::System };
    let mut rows = if plan.key.names_feature() {
        reader.look_up_texts(keys, until).await
    } else {
        reader.look_up_hashes(keys, until).await
    };
    for (key, row) in keys.iter().zip(&mut rows) {
        if plan.key.is_ambiguous(key) {
            let fault = unaskable("a join key holds the text that parts it from the next: its row could be another's");
            *row = Part::whole(Row { at: row.row.at, row: Err(fault) });
        }
    }
    rows
}

impl Reader<'_> {
    async fn look_up_hashes(&self, keys: &[EntityKey], until: Instant) -> Vec<Part> {
        let mut fields: Vec<Vec<u8>> =
            self.view.features.iter().map(|feature| feature.name.clone().into_bytes()).collect();
        fields.extend(self.plan.timestamp_field.clone());
        let mut questions = Vec::with_capacity(keys.len());
        for key in keys {
            let hash = self.plan.key.render(self.view, key, "");
            questions.push(Question { key: hash, ask: Ask::Fields(&fields, Lifetime::Learnt) });
            questions.extend(self.timestamp_question(key));
        }
        let answers = self.exchange.ask_by(&questions, until).await;
        let width = 1 + usize::from(self.plan.timestamp_key.is_some());
        let format = self.plan.format();
        let take = |row: RowRef<'_>| format.decode_ref(self.view, row);
        answers.chunks(width).map(|answers| Part::whole(self.hash_row(answers, &take))).collect()
    }

    async fn look_up_texts(&self, keys: &[EntityKey], until: Instant) -> Vec<Part> {
        let groups: Vec<Group> = keys.iter().enumerate().flat_map(|(row, entity)| self.groups(row, entity)).collect();
        let question = |group: &'_ Group| group.keys.first().cloned().unwrap_or_default();
        let questions: Vec<Question<'_>> = groups
            .iter()
            .map(|group| Question { key: question(group), ask: Ask::Texts(&group.keys, Lifetime::Learnt) })
            .collect();
        let answers = self.exchange.ask_by(&questions, until).await;
        let width = self.view.features.len() + usize::from(self.plan.timestamp_key.is_some());
        let mut rows: Vec<Texts> = keys.iter().map(|_| Texts::new(width, self.clock)).collect();
        for (group, answer) in groups.iter().zip(answers) {
            if let Some(row) = rows.get_mut(group.row) {
                row.take(group, answer);
            }
        }
        self.tell_types_apart(&groups, &mut rows, until).await;
        rows.into_iter().map(|texts| self.put_together(texts)).collect()
    }

    /// The keys of a row, by slot where that matters.
    fn groups(&self, row: usize, entity: &EntityKey) -> Vec<Group> {
        let names = self.view.features.iter().map(|feature| self.plan.key.render(self.view, entity, &feature.name));
        let timestamp = self.plan.timestamp_key.as_ref().map(|pattern| pattern.render(self.view, entity, ""));
        let is_alone = self.exchange.directory.nodes().is_alone();
        let mut groups: Vec<(u16, Group)> = Vec::new();
        for (place, key) in names.chain(timestamp).enumerate() {
            let slot = if is_alone { 0 } else { slot(&key) };
            match groups.iter_mut().find(|(of, _)| *of == slot) {
                Some((_, group)) => {
                    group.keys.push(key);
                    group.places.push(place);
                }
                None => groups.push((slot, Group { row, keys: vec![key], places: vec![place] })),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// `MGET` passes off a key of another type as none: those of which there seems to be none are asked for by `GET`. What
    /// that finds meanwhile is not taken, so that no row is of two instants.
    async fn tell_types_apart(&self, groups: &[Group], rows: &mut [Texts], until: Instant) {
        let mut places = Vec::new();
        let mut questions = Vec::new();
        for group in groups {
            for (place, key) in group.places.iter().zip(&group.keys) {
                let found = rows.get(group.row).and_then(|row| row.found.get(*place));
                if matches!(found, Some(Found::Text(None))) {
                    places.push((group.row, *place));
                    questions.push(Question { key: key.clone(), ask: Ask::Text });
                }
            }
        }
        if questions.is_empty() {
            return;
        }
        let answers = self.exchange.ask_by(&questions, until).await;
        for ((row, place), answer) in places.into_iter().zip(answers) {
            let Some(found) = rows.get_mut(row).and_then(|row| row.found.get_mut(place)) else { continue };
            match answer.outcome {
                Ok(Reply::OtherType) => *found = Found::OtherType,
                Err(fault) => *found = Found::Unread(fault),
                Ok(_) => {}
            }
        }
    }

    fn put_together(&self, texts: Texts) -> Part {
        let Texts { at, mut found, remaining_ttl } = texts;
        let stamp = (found.len() > self.view.features.len()).then(|| found.pop()).flatten();
        let unread: Vec<usize> =
            (0..).zip(&found).filter(|(_, text)| text.fault().is_some()).map(|(at, _)| at).collect();
        let fault = found.iter().chain(&stamp).find_map(Found::fault);
        let is_stamp_unread = stamp.as_ref().is_some_and(|stamp| stamp.fault().is_some());
        if let Some(fault) = fault
            && (is_stamp_unread || unread.len() == self.view.features.len())
        {
            // A value of which nobody knows how old it is might have expired.
            return Part::whole(Row { at, row: Err(fault.clone()) });
        }
        let cells = self.view.features.iter().zip(&found).map(|(feature, text)| match text {
            Found::Text(Some(bytes)) => self.cell(feature.kind, bytes),
            Found::Text(None) | Found::Unread(_) => OnlineCell::Absent,
            Found::OtherType => OnlineCell::Undecodable("the key holds another Redis type than a string".into()),
        });
        let cells = cells.collect();
        let event_timestamp = match (self.plan.format, stamp) {
            (None, _) => StoredTimestamp::NotKept,
            (Some(format), Some(Found::Text(Some(bytes)))) => timestamp::decode(format, &bytes),
            (Some(_), Some(Found::OtherType)) => {
                StoredTimestamp::Undecodable("the timestamp key holds another Redis type than a string".into())
            }
            (Some(_), Some(Found::Text(None) | Found::Unread(_)) | None) => StoredTimestamp::Missing,
        };
        let row = found_in_part(StoredRow { event_timestamp, cells, remaining_ttl }, &unread);
        Part { row: Row { at, row: Ok(row) }, unread }
    }
}

/// The texts of one row as they come in.
struct Texts {
    at: Timestamp,
    found: Vec<Found>,
    remaining_ttl: Option<Duration>,
}

impl Texts {
    fn new(width: usize, clock: Clock) -> Self {
        Self { at: clock.now(), found: vec![Found::Text(None); width], remaining_ttl: None }
    }

    fn take(&mut self, group: &Group, answer: Answer) {
        self.at = self.at.max(whole(std::slice::from_ref(&answer)).0);
        let (texts, remaining) = match answer.outcome {
            Ok(Reply::Texts(texts, remaining)) => (texts.into_iter().map(Found::Text).collect(), remaining),
            Err(fault) => (vec![Found::Unread(fault); group.places.len()], None),
            // No other question is asked, so no other reply comes.
            Ok(_) => (Vec::new(), None),
        };
        self.remaining_ttl = self.remaining_ttl.into_iter().chain(remaining).min();
        for (place, text) in group.places.iter().zip(texts) {
            if let Some(found) = self.found.get_mut(*place) {
                *found = text;
            }
        }
    }
}

impl Found {
    const fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Unread(fault) => Some(fault),
            Self::Text(_) | Self::OtherType => None,
        }
    }
}

/// A row of which some could not be read is not absent, whatever the rest says.
fn found_in_part(row: StoredRow, unread: &[usize]) -> OnlineRow {
    if unread.is_empty() { found(row) } else { OnlineRow::Found(row) }
}
