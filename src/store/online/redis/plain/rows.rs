//! Reading rows of a plain layout.
//!
//! A row is absent if none of its features is there; a timestamp alone is no row. In a cluster the keys of one entity may
//! lie on several nodes: the row is unread if any of them does not answer.

use std::time::Duration;

use super::super::exchange::{Answer, Exchange, Question};
use super::super::reply::{Ask, Lifetime, Reply};
use super::super::rows::{Row, unaskable, whole};
use super::pattern::{KeyPattern, PatternError};
use super::{timestamp, value};
use crate::model::entity::EntityKey;
use crate::model::online::{OnlineCell, OnlineRow, StoredRow, StoredTimestamp};
use crate::model::time::Clock;
use crate::model::value::ValueKind;
use crate::model::view::FeatureView;
use crate::store::online::raw::{CellRef, PlainFormat, RowFormat, RowRef, StampPlace};
use crate::store::online::settings::{PlainEncoding, PlainLayout, TimestampFormat};

/// How the rows of one view lie.
#[derive(Debug)]
pub(in crate::store::online) struct Plan {
    pub(super) key: KeyPattern,
    pub(super) timestamp_key: Option<KeyPattern>,
    pub(super) timestamp_field: Option<Vec<u8>>,
    pub(super) format: Option<TimestampFormat>,
    encoding: PlainEncoding,
}

impl Plan {
    /// The plan of `layout` for lookups of `view`, which must never serve one entity's values as another's.
    ///
    /// # Errors
    /// When the pattern does not fit, or a feature's name holds the text that the pattern puts beside it.
    pub(in crate::store::online::redis) fn unambiguous(
        layout: &PlainLayout,
        view: &FeatureView,
    ) -> Result<Self, PatternError> {
        let plan = Self::new(layout, view)?;
        for feature in &view.features {
            if let Some(separator) = plan.key.confused_by(&feature.name) {
                let (pattern, separator) = (layout.key.clone(), separator.to_owned());
                return Err(PatternError::Ambiguous { pattern, feature: feature.name.clone(), separator });
            }
        }
        Ok(plan)
    }

    /// The Redis key of an entity's hash, or of its first feature.
    pub(in crate::store::online::redis) fn first_key(&self, view: &FeatureView, key: &EntityKey) -> Vec<u8> {
        self.key_of(view, key, 0)
    }

    /// The Redis key of an entity's hash, or of one of its features.
    pub(in crate::store::online::redis) fn key_of(
        &self,
        view: &FeatureView,
        key: &EntityKey,
        feature: usize,
    ) -> Vec<u8> {
        let feature = view.features.get(feature).map_or("", |feature| feature.name.as_str());
        self.key.render(view, key, feature)
    }

    /// The plan of `layout` for `view`.
    pub(in crate::store::online::redis) fn new(layout: &PlainLayout, view: &FeatureView) -> Result<Self, PatternError> {
        let key = KeyPattern::parse(&layout.key, &view.join_keys)?;
        let mut plan = Self {
            key,
            timestamp_key: None,
            timestamp_field: None,
            format: layout.timestamp.as_ref().map(|timestamp| timestamp.format),
            encoding: layout.encoding,
        };
        let Some(timestamp) = &layout.timestamp else { return Ok(plan) };
        match KeyPattern::parse(&timestamp.at, &view.join_keys) {
            Ok(pattern) if pattern.names_feature() => {
                return Err(PatternError::FeatureInTimestamp { pattern: timestamp.at.clone() });
            }
            Ok(pattern) => plan.timestamp_key = Some(pattern),
            // In a hash a name without placeholders is a field; it may have any text.
            Err(PatternError::NoEntity { .. }) if !plan.key.names_feature() && !timestamp.at.contains('{') => {
                plan.timestamp_field = Some(timestamp.at.clone().into_bytes());
            }
            Err(error) => return Err(error),
        }
        Ok(plan)
    }
}

/// Reads the rows of `keys`, in their order; `take` says what becomes of each.
pub(in crate::store::online::redis) async fn read<T>(
    exchange: &Exchange,
    view: &FeatureView,
    (layout, take): (&PlainLayout, impl Fn(RowFormat, RowRef<'_>) -> T),
    (keys, clock): (&[EntityKey], Clock),
) -> (RowFormat, Vec<Row<T>>) {
    let plan = match Plan::new(layout, view) {
        Ok(plan) => plan,
        Err(error) => {
            let fault = unaskable(error.to_string());
            let rows = keys.iter().map(|_| Row { at: clock.now(), row: Err(fault.clone()) }).collect();
            // There is no row that it could be the format of.
            return (RowFormat::Hash(PlainFormat { encoding: layout.encoding, event_timestamp: None }), rows);
        }
    };
    let reader = Reader { exchange, view, plan: &plan, clock };
    let format = plan.format();
    let take = |row: RowRef<'_>| take(format, row);
    let rows =
        if plan.key.names_feature() { reader.texts(keys, &take).await } else { reader.hashes(keys, &take).await };
    (format, rows)
}

pub(super) struct Reader<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) view: &'a FeatureView,
    pub(super) plan: &'a Plan,
    pub(super) clock: Clock,
}

impl Reader<'_> {
    /// A text per feature. `GET` each, not `MGET`, which passes off a key of another type as absent.
    async fn texts<T>(&self, keys: &[EntityKey], take: &impl Fn(RowRef<'_>) -> T) -> Vec<Row<T>> {
        let mut questions = Vec::new();
        for key in keys {
            for feature in &self.view.features {
                questions.push(Question { key: self.plan.key.render(self.view, key, &feature.name), ask: Ask::Text });
            }
            questions.extend(self.timestamp_question(key));
        }
        let answers = self.exchange.ask(&questions, self.clock).await;
        let width = self.view.features.len() + usize::from(self.plan.timestamp_key.is_some());
        // A view without features and timestamps has nothing to be asked, and no rows.
        if width == 0 {
            let nothing = RowRef { event_timestamp: CellRef::Absent, cell: &|_| CellRef::Absent, remaining_ttl: None };
            let at = self.clock.now();
            return keys.iter().map(|_| Row { at, row: Ok(take(nothing)) }).collect();
        }
        let lifetimes = match Lifetime::of(self.view, keys.len()) {
            Lifetime::Asked => self.lifetimes(&answers, questions, width).await,
            Lifetime::Unasked | Lifetime::Learnt => Vec::new(),
        };
        let rows = answers.chunks(width).enumerate();
        rows.map(|(row, answers)| self.text_row(answers, lifetimes.get(row).copied().flatten(), take)).collect()
    }

    pub(super) fn timestamp_question(&self, key: &EntityKey) -> Option<Question<'static>> {
        let pattern = self.plan.timestamp_key.as_ref()?;
        Some(Question { key: pattern.render(self.view, key, ""), ask: Ask::Text })
    }

    fn text_row<T>(
        &self,
        answers: &[Answer],
        remaining_ttl: Option<Duration>,
        take: &impl Fn(RowRef<'_>) -> T,
    ) -> Row<T> {
        let (at, fault) = whole(answers);
        if let Some(fault) = fault {
            return Row { at, row: Err(fault.clone()) };
        }
        let cell = |place: usize| text(answers.get(place));
        let event_timestamp = cell(self.view.features.len());
        Row { at, row: Ok(take(RowRef { event_timestamp, cell: &cell, remaining_ttl })) }
    }

    /// The time until the first key of each row that is there expires; `None` too where that is not answered.
    async fn lifetimes(&self, answers: &[Answer], questions: Vec<Question<'_>>, width: usize) -> Vec<Option<Duration>> {
        let mut keys: Vec<Option<Vec<u8>>> = questions.into_iter().map(|question| Some(question.key)).collect();
        let mut lifetimes = vec![None; answers.len() / width];
        let mut asked = Vec::new();
        let mut questions = Vec::new();
        for ((row, answers), keys) in answers.chunks(width).enumerate().zip(keys.chunks_mut(width)) {
            let features = answers.iter().take(self.view.features.len());
            let first = features.map(|answer| text(Some(answer))).position(|cell| cell != CellRef::Absent);
            let is_whole = whole(answers).1.is_none();
            if let Some(key) = first.filter(|_| is_whole).and_then(|first| keys.get_mut(first)?.take()) {
                asked.push(row);
                questions.push(Question { key, ask: Ask::Expiry });
            }
        }
        let answers = self.exchange.ask(&questions, self.clock).await;
        for (row, answer) in asked.into_iter().zip(answers) {
            if let (Some(lifetime), Ok(Reply::Expiry(remaining))) = (lifetimes.get_mut(row), answer.outcome) {
                *lifetime = remaining;
            }
        }
        lifetimes
    }

    /// A hash per entity.
    async fn hashes<T>(&self, keys: &[EntityKey], take: &impl Fn(RowRef<'_>) -> T) -> Vec<Row<T>> {
        let mut fields: Vec<Vec<u8>> =
            self.view.features.iter().map(|feature| feature.name.clone().into_bytes()).collect();
        fields.extend(self.plan.timestamp_field.clone());
        let lifetime = Lifetime::of(self.view, keys.len());
        let mut questions = Vec::new();
        for key in keys {
            questions
                .push(Question { key: self.plan.key.render(self.view, key, ""), ask: Ask::Fields(&fields, lifetime) });
            questions.extend(self.timestamp_question(key));
        }
        let answers = self.exchange.ask(&questions, self.clock).await;
        let width = 1 + usize::from(self.plan.timestamp_key.is_some());
        answers.chunks(width).map(|answers| self.hash_row(answers, take)).collect()
    }

    /// What the answers about one hash say.
    pub(super) fn hash_row<T>(&self, answers: &[Answer], take: &impl Fn(RowRef<'_>) -> T) -> Row<T> {
        let (at, fault) = whole(answers);
        if let Some(fault) = fault {
            return Row { at, row: Err(fault.clone()) };
        }
        // The timestamp is a field, after those of the features, or lies under a key of its own.
        let of_key = self.plan.timestamp_field.is_none().then(|| text(answers.get(1)));
        let row = match answers.first().map(|answer| &answer.outcome) {
            Some(Ok(Reply::Fields(values, remaining_ttl))) => {
                let cell = |place: usize| CellRef::of(values.get(place).and_then(Option::as_ref));
                let event_timestamp = of_key.unwrap_or_else(|| cell(self.view.features.len()));
                take(RowRef { event_timestamp, cell: &cell, remaining_ttl: *remaining_ttl })
            }
            Some(Ok(Reply::OtherType)) => {
                let event_timestamp = of_key.unwrap_or(CellRef::OtherType);
                take(RowRef { event_timestamp, cell: &|_| CellRef::OtherType, remaining_ttl: None })
            }
            Some(Ok(Reply::Text(_) | Reply::Texts(..) | Reply::Expiry(_) | Reply::Held | Reply::NotHeld) | Err(_))
            | None => {
                let event_timestamp = of_key.unwrap_or(CellRef::Absent);
                take(RowRef { event_timestamp, cell: &|_| CellRef::Absent, remaining_ttl: None })
            }
        };
        Row { at, row: Ok(row) }
    }

    pub(super) fn cell(&self, kind: ValueKind, bytes: &[u8]) -> OnlineCell {
        cell(self.plan.encoding, kind, bytes)
    }
}

impl Plan {
    /// What the bytes of a row mean.
    pub(super) fn format(&self) -> RowFormat {
        let place = if self.timestamp_field.is_some() { StampPlace::Field } else { StampPlace::Key };
        let event_timestamp = self.format.map(|format| (format, place));
        let format = PlainFormat { encoding: self.encoding, event_timestamp };
        if self.key.names_feature() { RowFormat::Texts(format) } else { RowFormat::Hash(format) }
    }
}

/// What one text key was found to hold.
fn text(answer: Option<&Answer>) -> CellRef<'_> {
    match answer.map(|answer| &answer.outcome) {
        Some(Ok(Reply::Text(bytes))) => CellRef::of(bytes.as_ref()),
        Some(Ok(Reply::OtherType)) => CellRef::OtherType,
        Some(Ok(Reply::Texts(..) | Reply::Fields(..) | Reply::Expiry(_) | Reply::Held | Reply::NotHeld) | Err(_))
        | None => CellRef::Absent,
    }
}

fn cell(encoding: PlainEncoding, kind: ValueKind, bytes: &[u8]) -> OnlineCell {
    match value::decode(encoding, kind, bytes) {
        Ok(value) => OnlineCell::Value(value),
        Err(reason) => OnlineCell::Undecodable(reason),
    }
}

/// What a plain row says whose values lie in keys or fields of the Redis type `holder`.
pub(in crate::store::online) fn decode(
    (format, holder): (PlainFormat, &str),
    view: &FeatureView,
    row: RowRef<'_>,
) -> OnlineRow {
    let other_type = || format!("the key holds another Redis type than a {holder}");
    let cells = view.features.iter().enumerate().map(|(position, feature)| match (row.cell)(position) {
        CellRef::Absent => OnlineCell::Absent,
        CellRef::Bytes(bytes) | CellRef::Text(bytes) => cell(format.encoding, feature.kind, bytes),
        CellRef::Integer(_) | CellRef::Real(_) | CellRef::OtherType => OnlineCell::Undecodable(other_type().into()),
    });
    let event_timestamp = match (format.event_timestamp, row.event_timestamp) {
        (None, _) => StoredTimestamp::NotKept,
        (Some(_), CellRef::Absent) => StoredTimestamp::Missing,
        (Some((format, _)), CellRef::Bytes(bytes) | CellRef::Text(bytes)) => timestamp::decode(format, bytes),
        (Some((_, StampPlace::Field)), CellRef::Integer(_) | CellRef::Real(_) | CellRef::OtherType) => {
            StoredTimestamp::Undecodable(other_type().into())
        }
        (Some((_, StampPlace::Key)), CellRef::Integer(_) | CellRef::Real(_) | CellRef::OtherType) => {
            StoredTimestamp::Undecodable("the timestamp key holds another Redis type than a string".into())
        }
    };
    found(StoredRow { event_timestamp, cells: cells.collect(), remaining_ttl: row.remaining_ttl })
}

/// The row, or [`OnlineRow::Absent`] if no feature of it is there.
pub(super) fn found(row: StoredRow) -> OnlineRow {
    if row.cells.iter().all(|cell| *cell == OnlineCell::Absent) { OnlineRow::Absent } else { OnlineRow::Found(row) }
}
