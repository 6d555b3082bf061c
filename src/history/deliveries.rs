//! Reports that are sent to their readers: what was made, who is to have it, and what became of that.
//!
//! A [`DeliveryLedger`] is a connection of its own, beside the one writer of the history, because a report that is sent must
//! not wait for a round, nor a round for it; a command may send while a service runs. Who sends claims the delivery first, for
//! a while: what is claimed is sent by nobody else, and what was claimed by a process that is gone is free again later.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use super::delivery::{Claim, Delivery, DeliveryKey, DeliveryState, Recipient, Settlement, Standing};
use super::error::{Fault, HistoryError};
use super::file;
use crate::model::time::Timestamp;

/// Reads and writes what becomes of reports. Any number of processes may have one.
#[derive(Debug)]
pub struct DeliveryLedger {
    path: PathBuf,
    connection: Connection,
}

impl DeliveryLedger {
    /// Opens the ledger of the history at `path`, which must be there and up to date.
    ///
    /// # Errors
    /// When there is none, it cannot be written, or it is not of this program's format.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        Ok(Self { path: path.to_owned(), connection: file::beside_the_writer(path)? })
    }

    fn write<T>(
        &mut self,
        attempt: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, HistoryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let written = transaction.map_err(Fault::from).and_then(|transaction| {
            let outcome = write(&transaction)?;
            transaction.commit()?;
            Ok(outcome)
        });
        written.map_err(|fault| fault.during(attempt, &self.path))
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, HistoryError> {
        read(&self.connection).map_err(|fault| fault.during("read", &self.path))
    }

    /// How things stand with a recipient; `None` for one that is not known yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn standing(&self, recipient: &Recipient) -> Result<Option<Standing>, HistoryError> {
        self.read(|connection| {
            let standing = connection.query_row(
                "SELECT since, planned_until, (SELECT MAX(ended_at) FROM report_deliveries d WHERE d.audience = r.audience
                   AND d.channel = r.channel AND d.state = 'delivered')
                 FROM report_recipients r WHERE audience = ?1 AND channel = ?2",
                [&recipient.audience, &recipient.channel],
                |row| {
                    let instant = |column| row.get(column).map(Timestamp::from_nanos);
                    let delivered_at: Option<i64> = row.get(2)?;
                    Ok(Standing {
                        since: instant(0)?,
                        planned_until: instant(1)?,
                        delivered_at: delivered_at.map(Timestamp::from_nanos),
                    })
                },
            );
            Ok(standing.optional()?)
        })
    }

    /// Notes that every appointment of the recipients up to `now` is planned: those with a period are to have its report, if
    /// they were not to have it anyway. Recipients that are new are known from now on.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing is planned.
    pub fn plan(&mut self, planned: &[(Recipient, Option<String>)], now: Timestamp) -> Result<(), HistoryError> {
        self.write("plan reports in", |transaction| {
            for (Recipient { audience, channel }, period) in planned {
                transaction.execute(
                    "INSERT INTO report_recipients (audience, channel, since, planned_until) VALUES (?1, ?2, ?3, ?3)
                     ON CONFLICT DO UPDATE SET planned_until = excluded.planned_until",
                    params![audience, channel, now.nanos()],
                )?;
                if let Some(period) = period {
                    add((period, audience, channel), now, transaction)?;
                }
            }
            Ok(())
        })
    }

    /// Plans deliveries that somebody asks for, whatever the appointments of their recipients: what waits is sent at once, and
    /// what was rejected or given up once more.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing is planned.
    pub fn ask(&mut self, keys: &[DeliveryKey], now: Timestamp) -> Result<(), HistoryError> {
        self.write("plan reports in", |transaction| {
            for DeliveryKey { period, recipient: Recipient { audience, channel } } in keys {
                transaction.execute(
                    "INSERT INTO report_recipients (audience, channel, since, planned_until) VALUES (?1, ?2, ?3, ?3)
                     ON CONFLICT DO NOTHING",
                    params![audience, channel, now.nanos()],
                )?;
                add((period, audience, channel), now, transaction)?;
                transaction.execute(
                    "UPDATE report_deliveries SET state = 'waiting', planned_at = ?4, next_at = ?4, ended_at = NULL
                     WHERE period = ?1 AND audience = ?2 AND channel = ?3 AND state IN ('waiting', 'rejected', 'given_up')",
                    params![period, audience, channel, now.nanos()],
                )?;
            }
            Ok(())
        })
    }

    /// Keeps a report that was made, until it has arrived everywhere; one that is kept already stays.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(
        &mut self,
        (period, audience): (&str, &str),
        content: &[u8],
        made_at: Timestamp,
    ) -> Result<(), HistoryError> {
        self.write("keep a report in", |transaction| {
            transaction.execute(
                "INSERT INTO report_editions (period, audience, made_at, content) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
                params![period, audience, made_at.nanos(), content],
            )?;
            Ok(())
        })
    }

    /// Deliveries that have not ended, in the order in which they were planned.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open_deliveries(&self) -> Result<Vec<Delivery>, HistoryError> {
        self.read(|connection| deliveries(connection, "state IN ('waiting', 'sending')", []))
    }

    /// Deliveries of a period, in the order in which they were planned.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn deliveries_of(&self, period: &str) -> Result<Vec<Delivery>, HistoryError> {
        self.read(|connection| deliveries(connection, "period = ?1", [period]))
    }

    /// Whether a recipient has had the report of a later period.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn has_had_later(&self, key: &DeliveryKey) -> Result<bool, HistoryError> {
        self.read(|connection| {
            Ok(connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM report_deliveries WHERE audience = ?2 AND channel = ?3 AND period > ?1
                   AND state = 'delivered')",
                [&key.period, &key.recipient.audience, &key.recipient.channel],
                |row| row.get(0),
            )?)
        })
    }

    /// Takes on a delivery that is due and made, until `free_at`; `None` if somebody else sends it or it has ended. When
    /// this returns, the disk knows that it may have been sent.
    ///
    /// # Errors
    /// When the file cannot be written; then it must not be sent.
    pub fn claim(
        &mut self,
        key: &DeliveryKey,
        (now, free_at): (Timestamp, Timestamp),
    ) -> Result<Option<Claim>, HistoryError> {
        self.write("claim a report in", |transaction| {
            let DeliveryKey { period, recipient: Recipient { audience, channel } } = key;
            let content: Option<Vec<u8>> = transaction
                .query_row(
                    "SELECT content FROM report_editions WHERE period = ?1 AND audience = ?2",
                    [period, audience],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(content) = content else { return Ok(None) };
            let claimed: Option<(String, u32)> = transaction
                .query_row(
                    "UPDATE report_deliveries SET state = 'sending', attempts = attempts + 1, next_at = ?5
                     WHERE period = ?1 AND audience = ?2 AND channel = ?3 AND state IN ('waiting', 'sending')
                       AND next_at <= ?4 RETURNING token, attempts",
                    params![period, audience, channel, now.nanos(), free_at.nanos()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            Ok(claimed.map(|(token, attempt)| Claim { key: key.clone(), token, attempt, content }))
        })
    }

    /// Notes what became of an attempt. What has arrived stays so; what else an attempt says counts only while no other has
    /// begun. A report that has arrived everywhere goes.
    ///
    /// # Errors
    /// When the file cannot be written; then it is sent again, with the same token.
    pub fn settle(&mut self, claim: &Claim, outcome: &Settlement, now: Timestamp) -> Result<(), HistoryError> {
        let (state, error, next_at, ended_at) = match outcome {
            Settlement::Delivered => (DeliveryState::Delivered, None, now, Some(now)),
            Settlement::Partly { error } => (DeliveryState::Delivered, Some(error), now, Some(now)),
            Settlement::Again { error, next_at } => (DeliveryState::Waiting, Some(error), *next_at, None),
            Settlement::Rejected { error } => (DeliveryState::Rejected, Some(error), now, Some(now)),
        };
        self.write("note a report in", |transaction| {
            let DeliveryKey { period, recipient: Recipient { audience, channel } } = &claim.key;
            transaction.execute(
                "UPDATE report_deliveries SET state = ?4, error = ?5, next_at = ?6, ended_at = ?7
                 WHERE period = ?1 AND audience = ?2 AND channel = ?3 AND state <> 'delivered'
                   AND (?4 = 'delivered' OR attempts = ?8)",
                params![
                    period,
                    audience,
                    channel,
                    state.name(),
                    error,
                    next_at.nanos(),
                    ended_at.map(Timestamp::nanos),
                    claim.attempt
                ],
            )?;
            transaction.execute(
                "DELETE FROM report_editions WHERE period = ?1 AND audience = ?2 AND NOT EXISTS (
                   SELECT 1 FROM report_deliveries d WHERE d.period = ?1 AND d.audience = ?2 AND d.state <> 'delivered')",
                [period, audience],
            )?;
            Ok(())
        })
    }

    /// Gives deliveries up that wait, or that a process sent which is gone; the reports stay, in case that somebody asks for
    /// them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn give_up(&mut self, keys: &[(DeliveryKey, String)], now: Timestamp) -> Result<(), HistoryError> {
        self.write("give reports up in", |transaction| {
            for (DeliveryKey { period, recipient: Recipient { audience, channel } }, error) in keys {
                transaction.execute(
                    "UPDATE report_deliveries SET state = 'given_up', error = ?4, ended_at = ?5
                     WHERE period = ?1 AND audience = ?2 AND channel = ?3
                       AND (state = 'waiting' OR (state = 'sending' AND next_at <= ?5))",
                    params![period, audience, channel, error, now.nanos()],
                )?;
            }
            Ok(())
        })
    }
}

/// Adds a delivery that waits, if there is none yet.
fn add(
    (period, audience, channel): (&str, &str, &str),
    now: Timestamp,
    transaction: &Transaction<'_>,
) -> Result<(), Fault> {
    transaction.execute(
        "INSERT INTO report_deliveries (period, audience, channel, token, state, planned_at, attempts, next_at)
         VALUES (?1, ?2, ?3, lower(hex(randomblob(16))), 'waiting', ?4, 0, ?4) ON CONFLICT DO NOTHING",
        params![period, audience, channel, now.nanos()],
    )?;
    Ok(())
}

fn deliveries(
    connection: &Connection,
    condition: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Delivery>, Fault> {
    let mut statement = connection.prepare(&format!(
        "SELECT period, audience, channel, state, planned_at, attempts, next_at, ended_at, error, EXISTS (
           SELECT 1 FROM report_editions e WHERE e.period = d.period AND e.audience = d.audience)
         FROM report_deliveries d WHERE {condition} ORDER BY id"
    ))?;
    let mut rows = statement.query(parameters)?;
    let mut deliveries = Vec::new();
    while let Some(row) = rows.next()? {
        deliveries.push(delivery(row)?);
    }
    Ok(deliveries)
}

fn delivery(row: &Row<'_>) -> Result<Delivery, Fault> {
    let state: String = row.get(3)?;
    let state = DeliveryState::ALL.into_iter().find(|known| known.name() == state);
    let recipient = Recipient { audience: row.get(1)?, channel: row.get(2)? };
    let ended_at: Option<i64> = row.get(7)?;
    Ok(Delivery {
        key: DeliveryKey { period: row.get(0)?, recipient },
        state: state.ok_or_else(|| Fault::damaged("report_deliveries"))?,
        planned_at: Timestamp::from_nanos(row.get(4)?),
        attempts: row.get(5)?,
        next_at: Timestamp::from_nanos(row.get(6)?),
        ended_at: ended_at.map(Timestamp::from_nanos),
        error: row.get(8)?,
        is_made: row.get(9)?,
    })
}
