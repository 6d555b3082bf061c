//! Reading rows of a plain layout.
//!
//! A row is absent if none of its features is there; a timestamp alone is no row. In a cluster the keys of one entity may
//! lie on several nodes: the row is unread if any of them does not answer.

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
use crate::store::online::raw::{PlainFormat, RawCell, RawRow, RowFormat, StampPlace};
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

/// Reads the rows of `keys`, in their order.
pub(in crate::store::online::redis) async fn read(
    exchange: &Exchange,
    view: &FeatureView,
    layout: &PlainLayout,
    (keys, clock): (&[EntityKey], Clock),
) -> (RowFormat, Vec<Row<RawRow>>) {
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
    let rows = if plan.key.names_feature() { reader.texts(keys).await } else { reader.hashes(keys).await };
    (plan.format(), rows)
}

pub(super) struct Reader<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) view: &'a FeatureView,
    pub(super) plan: &'a Plan,
    pub(super) clock: Clock,
}

impl Reader<'_> {
    /// A text per feature. `GET` each, not `MGET`, which passes off a key of another type as absent.
    async fn texts(&self, keys: &[EntityKey]) -> Vec<Row<RawRow>> {
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
            let at = self.clock.now();
            return keys.iter().map(|_| Row { at, row: Ok(RawRow::absent(0)) }).collect();
        }
        let mut rows: Vec<Row<RawRow>> = Vec::with_capacity(keys.len());
        let mut answers = answers.into_iter();
        for _ in keys {
            rows.push(self.text_row(answers.by_ref().take(width).collect()));
        }
        if Lifetime::of(keys.len()) == Lifetime::Asked {
            self.add_expiry(&mut rows, questions, width).await;
        }
        rows
    }

    pub(super) fn timestamp_question(&self, key: &EntityKey) -> Option<Question<'static>> {
        let pattern = self.plan.timestamp_key.as_ref()?;
        Some(Question { key: pattern.render(self.view, key, ""), ask: Ask::Text })
    }

    fn text_row(&self, answers: Vec<Answer>) -> Row<RawRow> {
        let (at, fault) = whole(&answers);
        if let Some(fault) = fault {
            return Row { at, row: Err(fault.clone()) };
        }
        let mut found = answers.into_iter().filter_map(|answer| answer.outcome.ok()).map(text);
        let cells = self.view.features.iter().map(|_| found.next().unwrap_or(RawCell::Absent)).collect();
        let event_timestamp = found.next().unwrap_or(RawCell::Absent);
        Row { at, row: Ok(RawRow { event_timestamp, cells, remaining_ttl: None }) }
    }

    /// Asks for the expiry of the first key of each row that is there; a row keeps none where that is not answered.
    async fn add_expiry(&self, rows: &mut [Row<RawRow>], questions: Vec<Question<'_>>, width: usize) {
        let mut keys: Vec<Option<Vec<u8>>> = questions.into_iter().map(|question| Some(question.key)).collect();
        let mut asked = Vec::new();
        let mut questions = Vec::new();
        for ((position, row), keys) in rows.iter().enumerate().zip(keys.chunks_mut(width)) {
            let Ok(raw) = &row.row else { continue };
            let first = raw.cells.iter().position(|cell| *cell != RawCell::Absent);
            if let Some(key) = first.and_then(|first| keys.get_mut(first)?.take()) {
                asked.push(position);
                questions.push(Question { key, ask: Ask::Expiry });
            }
        }
        let answers = self.exchange.ask(&questions, self.clock).await;
        for (position, answer) in asked.into_iter().zip(answers) {
            if let (Some(Row { row: Ok(raw), .. }), Ok(Reply::Expiry(remaining))) =
                (rows.get_mut(position), answer.outcome)
            {
                raw.remaining_ttl = remaining;
            }
        }
    }

    /// A hash per entity.
    async fn hashes(&self, keys: &[EntityKey]) -> Vec<Row<RawRow>> {
        let mut fields: Vec<Vec<u8>> =
            self.view.features.iter().map(|feature| feature.name.clone().into_bytes()).collect();
        fields.extend(self.plan.timestamp_field.clone());
        let lifetime = Lifetime::of(keys.len());
        let mut questions = Vec::new();
        for key in keys {
            questions
                .push(Question { key: self.plan.key.render(self.view, key, ""), ask: Ask::Fields(&fields, lifetime) });
            questions.extend(self.timestamp_question(key));
        }
        let mut answers = self.exchange.ask(&questions, self.clock).await.into_iter();
        let width = 1 + usize::from(self.plan.timestamp_key.is_some());
        keys.iter().map(|_| self.raw_hash_row(answers.by_ref().take(width).collect())).collect()
    }

    /// What the answers about one hash say.
    pub(super) fn hash_row(&self, answers: Vec<Answer>) -> Row {
        let Row { at, row } = self.raw_hash_row(answers);
        Row { at, row: row.map(|raw| self.plan.format().decode(self.view, &raw)) }
    }

    fn raw_hash_row(&self, answers: Vec<Answer>) -> Row<RawRow> {
        let (at, fault) = whole(&answers);
        if let Some(fault) = fault {
            return Row { at, row: Err(fault.clone()) };
        }
        let features = self.view.features.len();
        let mut replies = answers.into_iter().filter_map(|answer| answer.outcome.ok());
        let mut raw = match replies.next() {
            Some(Reply::Fields(values, remaining_ttl)) => {
                let mut cells: Vec<RawCell> = values.into_iter().map(RawCell::of).collect();
                let event_timestamp = (cells.len() > features).then(|| cells.pop()).flatten();
                RawRow { event_timestamp: event_timestamp.unwrap_or(RawCell::Absent), cells, remaining_ttl }
            }
            Some(Reply::OtherType) => RawRow {
                event_timestamp: RawCell::OtherType,
                cells: vec![RawCell::OtherType; features],
                remaining_ttl: None,
            },
            Some(Reply::Text(_) | Reply::Texts(..) | Reply::Expiry(_) | Reply::Held | Reply::NotHeld) | None => {
                RawRow::absent(features)
            }
        };
        if self.plan.timestamp_field.is_none() {
            raw.event_timestamp = replies.next().map_or(RawCell::Absent, text);
        }
        Row { at, row: Ok(raw) }
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
fn text(reply: Reply) -> RawCell {
    match reply {
        Reply::Text(bytes) => RawCell::of(bytes),
        Reply::OtherType => RawCell::OtherType,
        Reply::Texts(..) | Reply::Fields(..) | Reply::Expiry(_) | Reply::Held | Reply::NotHeld => RawCell::Absent,
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
    row: &RawRow,
) -> OnlineRow {
    let other_type = || format!("the key holds another Redis type than a {holder}");
    let cells = view.features.iter().zip(&row.cells).map(|(feature, raw)| match raw {
        RawCell::Absent => OnlineCell::Absent,
        RawCell::Bytes(bytes) | RawCell::Text(bytes) => cell(format.encoding, feature.kind, bytes),
        RawCell::Integer(_) | RawCell::Real(_) | RawCell::OtherType => OnlineCell::Undecodable(other_type().into()),
    });
    let event_timestamp = match (format.event_timestamp, &row.event_timestamp) {
        (None, _) => StoredTimestamp::NotKept,
        (Some(_), RawCell::Absent) => StoredTimestamp::Missing,
        (Some((format, _)), RawCell::Bytes(bytes) | RawCell::Text(bytes)) => timestamp::decode(format, bytes),
        (Some((_, StampPlace::Field)), RawCell::Integer(_) | RawCell::Real(_) | RawCell::OtherType) => {
            StoredTimestamp::Undecodable(other_type().into())
        }
        (Some((_, StampPlace::Key)), RawCell::Integer(_) | RawCell::Real(_) | RawCell::OtherType) => {
            StoredTimestamp::Undecodable("the timestamp key holds another Redis type than a string".into())
        }
    };
    found(StoredRow { event_timestamp, cells: cells.collect(), remaining_ttl: row.remaining_ttl })
}

/// The row, or [`OnlineRow::Absent`] if no feature of it is there.
pub(super) fn found(row: StoredRow) -> OnlineRow {
    if row.cells.iter().all(|cell| *cell == OnlineCell::Absent) { OnlineRow::Absent } else { OnlineRow::Found(row) }
}
