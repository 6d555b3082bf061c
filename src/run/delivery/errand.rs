//! One attempt to deliver a report.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{DeliveryError, Due};
use crate::history::{Claim, DeliveryLedger, HistoryError, Settlement};
use crate::model::time::{Clock, Timestamp};
use crate::publish::alertmanager::delay;
use crate::publish::delivery::{Courier, Edition, Later, Parcel, ReportSettings, Sent};
use crate::run::round::chain;
use crate::store::snapshot::S3Settings;

/// How long after the longest attempt a delivery is free for others: its sender must be gone by then.
const MARGIN: Duration = Duration::from_secs(5);
/// Longest time between two attempts, unless the other side asks for more.
const MOST_BACKOFF: Duration = Duration::from_secs(15 * 60);
/// How often it is tried to note what became of an attempt, and the time in between.
const NOTES: u32 = 3;
const NOTE_AGAIN: Duration = Duration::from_secs(1);

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It was made, the so-manieth of its delivery, and is settled.
    Made(u32, Settlement),
    /// Somebody else sends it, or it has ended.
    NotOurs,
}

/// Sends a report that is due, once.
///
/// # Errors
/// When the history cannot be read or written. If it failed after sending, the report is sent again with the same token.
pub async fn send(path: &Path, due: &Due, access: (&ReportSettings, &S3Settings)) -> Result<Attempt, DeliveryError> {
    let Due { key, channel } = due;
    let now = Clock::System.now();
    let free_at = now.plus(access.0.timeout).plus(MARGIN);
    let wanted = key.clone();
    let claimed = with_ledger(path, move |ledger| {
        let later = if ledger.has_had_later(&wanted)? { Later::Delivered } else { Later::None };
        Ok(ledger.claim(&wanted, (now, free_at))?.map(|claim| (claim, later)))
    });
    let Some((claim, later)) = claimed.await? else { return Ok(Attempt::NotOurs) };
    let sent = match (Edition::unpack(&claim.content), Courier::open(channel, access)) {
        (Ok(edition), Ok(courier)) => {
            courier.send(&Parcel { edition: &edition, token: &claim.token, later, now }).await
        }
        (Err(error), _) => Sent::Rejected { cause: chain(&error) },
        // A file of certificates may come back.
        (_, Err(error)) => Sent::Failed { cause: chain(&error), retry_after: None },
    };
    let ended = Clock::System.now();
    let settlement = settlement(sent, &claim, ended);
    let attempt = claim.attempt;
    note(path, (claim, settlement.clone()), ended).await?;
    Ok(Attempt::Made(attempt, settlement))
}

fn settlement(sent: Sent, claim: &Claim, now: Timestamp) -> Settlement {
    match sent {
        Sent::Delivered => Settlement::Delivered,
        Sent::Partly { cause } => Settlement::Partly { error: cause },
        Sent::Rejected { cause } => Settlement::Rejected { error: cause },
        Sent::Failed { cause, retry_after } => {
            let recipient = &claim.key.recipient;
            let name = format!("{}/{}", recipient.audience, recipient.channel);
            let backoff = delay(&name, claim.attempt, MOST_BACKOFF);
            let wait = retry_after.map_or(backoff, |asked| asked.max(backoff));
            Settlement::Again { error: cause, next_at: now.plus(wait) }
        }
    }
}

/// Notes what became of an attempt; what is not noted is sent again.
async fn note(path: &Path, note: (Claim, Settlement), now: Timestamp) -> Result<(), DeliveryError> {
    let mut tries = 1;
    loop {
        let (claim, settlement) = note.clone();
        match with_ledger(path, move |ledger| ledger.settle(&claim, &settlement, now)).await {
            Err(DeliveryError::History(_)) if tries < NOTES => {
                tries += 1;
                tokio::time::sleep(NOTE_AGAIN).await;
            }
            noted => return noted,
        }
    }
}

async fn with_ledger<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&mut DeliveryLedger) -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, DeliveryError> {
    let path: PathBuf = path.to_owned();
    Ok(tokio::task::spawn_blocking(move || work(&mut DeliveryLedger::open(&path)?)).await??)
}
