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
) -> Vec<Row> {
    let plan = match Plan::new(layout, view) {
        Ok(plan) => plan,
        Err(error) => {
            let fault = unaskable(error.to_string());
            return keys.iter().map(|_| Row { at: clock.now(), row: Err(fault.clone()) }).collect();
        }
    };
    let reader = Reader { exchange, view, plan: &plan, clock };
    if plan.key.names_feature() { reader.texts(keys).await } else { reader.hashes(keys).await }
}

pub(super) struct Reader<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) view: &'a FeatureView,
    pub(super) plan: &'a Plan,
    pub(super) clock: Clock,
}

impl Reader<'_> {
    /// A text per feature. `GET` each, not `MGET`, which passes off a key of another type as absent.
    async fn texts(&self, keys: &[EntityKey]) -> Vec<Row> {
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
            return keys.iter().map(|_| Row { at, row: Ok(OnlineRow::Absent) }).collect();
        }
        let mut rows: Vec<Row> = answers.chunks(width).map(|answers| self.text_row(answers)).collect();
        if Lifetime::of(self.view, keys.len()) == Lifetime::Asked {
            self.add_expiry(&mut rows, questions, width).await;
        }
        rows
    }

    pub(super) fn timestamp_question(&self, key: &EntityKey) -> Option<Question<'static>> {
        let pattern = self.plan.timestamp_key.as_ref()?;
        Some(Question { key: pattern.render(self.view, key, ""), ask: Ask::Text })
    }

    fn text_row(&self, answers: &[Answer]) -> Row {
        let (at, fault) = whole(answers);
        if let Some(fault) = fault {
            return Row { at, row: Err(fault.clone()) };
        }
        let mut replies = answers.iter().map(|answer| answer.outcome.as_ref().ok());
        let mut cells = Vec::with_capacity(self.view.features.len());
        for feature in &self.view.features {
            cells.push(match replies.next().flatten() {
                Some(Reply::Text(Some(bytes))) => self.cell(feature.kind, bytes),
                Some(Reply::OtherType) => {
                    OnlineCell::Undecodable("the key holds another Redis type than a string".into())
                }
                Some(
                    Reply::Text(None)
                    | Reply::Texts(..)
                    | Reply::Fields(..)
                    | Reply::Expiry(_)
                    | Reply::Held
                    | Reply::NotHeld,
                )
                | None => OnlineCell::Absent,
            });
        }
        let event_timestamp = self.timestamp_of(replies.next().flatten());
        Row { at, row: Ok(found(StoredRow { event_timestamp, cells, remaining_ttl: None })) }
    }

    /// The timestamp in the reply of its own key.
    fn timestamp_of(&self, reply: Option<&Reply>) -> StoredTimestamp {
        let Some(format) = self.plan.format else { return StoredTimestamp::NotKept };
        match reply {
            Some(Reply::Text(Some(bytes))) => timestamp::decode(format, bytes),
            Some(Reply::OtherType) => {
                StoredTimestamp::Undecodable("the timestamp key holds another Redis type than a string".into())
            }
            Some(
                Reply::Text(None)
                | Reply::Texts(..)
                | Reply::Fields(..)
                | Reply::Expiry(_)
                | Reply::Held
                | Reply::NotHeld,
            )
            | None => StoredTimestamp::Missing,
        }
    }

    /// Asks for the expiry of the first key of each row that is there; a row keeps none where that is not answered.
    async fn add_expiry(&self, rows: &mut [Row], questions: Vec<Question<'_>>, width: usize) {
        let mut keys: Vec<Option<Vec<u8>>> = questions.into_iter().map(|question| Some(question.key)).collect();
        let mut asked = Vec::new();
        let mut questions = Vec::new();
        for ((position, row), keys) in rows.iter().enumerate().zip(keys.chunks_mut(width)) {
            let Ok(OnlineRow::Found(stored)) = &row.row else { continue };
            let first = stored.cells.iter().position(|cell| *cell != OnlineCell::Absent);
            if let Some(key) = first.and_then(|first| keys.get_mut(first)?.take()) {
                asked.push(position);
                questions.push(Question { key, ask: Ask::Expiry });
            }
        }
        let answers = self.exchange.ask(&questions, self.clock).await;
        for (position, answer) in asked.into_iter().zip(answers) {
            if let (Some(Row { row: Ok(OnlineRow::Found(stored)), .. }), Ok(Reply::Expiry(remaining))) =
                (rows.get_mut(position), answer.outcome)
            {
                stored.remaining_ttl = remaining;
            }
        }
    }

    /// A hash per entity.
    async fn hashes(&self, keys: &[EntityKey]) -> Vec<Row> {
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
        answers.chunks(width).map(|answers| self.hash_row(answers)).collect()
    }

    pub(super) fn hash_row(&self, answers: &[Answer]) -> Row {
        let (at, fault) = whole(answers);
        if let Some(fault) = fault {
            return Row { at, row: Err(fault.clone()) };
        }
        let mut replies = answers.iter().map(|answer| answer.outcome.as_ref().ok());
        let row = match replies.next().flatten() {
            Some(Reply::Fields(values, remaining_ttl)) => {
                let cells = self.view.features.iter().zip(values).map(|(feature, bytes)| match bytes {
                    Some(bytes) => self.cell(feature.kind, bytes),
                    None => OnlineCell::Absent,
                });
                let cells: Vec<OnlineCell> = cells.collect();
                let event_timestamp = match (&self.plan.timestamp_field, self.plan.format) {
                    (Some(_), Some(format)) => match values.get(cells.len()) {
                        Some(Some(bytes)) => timestamp::decode(format, bytes),
                        Some(None) | None => StoredTimestamp::Missing,
                    },
                    (Some(_) | None, _) => self.timestamp_of(replies.next().flatten()),
                };
                found(StoredRow { event_timestamp, cells, remaining_ttl: *remaining_ttl })
            }
            Some(Reply::OtherType) => {
                let reason = "the key holds another Redis type than a hash";
                let cells = vec![OnlineCell::Undecodable(reason.into()); self.view.features.len()];
                let event_timestamp = match (&self.plan.timestamp_field, self.plan.format) {
                    (Some(_), Some(_)) => StoredTimestamp::Undecodable(reason.into()),
                    (Some(_) | None, _) => self.timestamp_of(replies.next().flatten()),
                };
                OnlineRow::Found(StoredRow { event_timestamp, cells, remaining_ttl: None })
            }
            Some(Reply::Text(_) | Reply::Texts(..) | Reply::Expiry(_) | Reply::Held | Reply::NotHeld) | None => {
                OnlineRow::Absent
            }
        };
        Row { at, row: Ok(row) }
    }

    pub(super) fn cell(&self, kind: ValueKind, bytes: &[u8]) -> OnlineCell {
        match value::decode(self.plan.encoding, kind, bytes) {
            Ok(value) => OnlineCell::Value(value),
            Err(reason) => OnlineCell::Undecodable(reason),
        }
    }
}

/// The row, or [`OnlineRow::Absent`] if no feature of it is there.
pub(super) fn found(row: StoredRow) -> OnlineRow {
    if row.cells.iter().all(|cell| *cell == OnlineCell::Absent) { OnlineRow::Absent } else { OnlineRow::Found(row) }
}
