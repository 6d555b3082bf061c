//! `report --deliver`: the report of a period to its readers now, as the service sends it when it is due.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use super::super::screen::Screen;
use crate::config::Plan;
use crate::history::{Delivery, DeliveryState, Settlement};
use crate::model::time::{Precision, Timestamp};
use crate::publish::plain::one_line;
use crate::publish::report::ReportPeriod;
use crate::run::delivery::{Attempt, Desk, Due, send};

/// Sends the report of a period through every channel, or those of one team; what has arrived is not sent again. The exit
/// code is 2 if a channel does not have it after that; what failed is tried again by the service.
///
/// # Errors
/// When the configuration says of no channel, or the history cannot be written.
pub(super) async fn deliver(
    plan: &Plan,
    (period, team): (&ReportPeriod, Option<&str>),
    (configuration, now): (&str, Timestamp),
) -> anyhow::Result<ExitCode> {
    let settings = plan.publish.reports.as_ref().context(
        "the configuration does not say who has reports\n  hint: say so in `publish.reports`, or write a file with `--out`",
    )?;
    let path = plan.publish.history.as_ref().context("the configuration names no history")?;
    let mut desk = Desk::open(path, plan, settings)?;
    let asked = desk.ask(period, team, now)?;
    anyhow::ensure!(!asked.is_empty(), "the team `{}` has no channel of its own", team.unwrap_or_default());
    desk.make((plan, configuration), now)?;
    let mut screen = Screen::open();
    let mut is_whole = true;
    for due in &asked {
        let before = desk.deliveries_of(period)?.into_iter().find(|known| known.key == due.key);
        let line = match send(path, due, (settings, &plan.snapshots.s3)).await? {
            Attempt::Made(_, Settlement::Delivered) => "delivered".to_owned(),
            Attempt::Made(_, Settlement::Partly { error }) => {
                is_whole = false;
                format!("delivered, but not to all: {}", one_line(&error))
            }
            Attempt::Made(_, Settlement::Again { error, .. }) => {
                is_whole = false;
                format!("not delivered, it waits for `skewwatch serve`: {}", one_line(&error))
            }
            Attempt::Made(_, Settlement::Rejected { error }) => {
                is_whole = false;
                format!("refused: {}", one_line(&error))
            }
            Attempt::NotOurs => {
                let (line, has_it) = standing(before.as_ref());
                is_whole &= has_it;
                line
            }
        };
        writeln!(screen, "{}: {line}", name(due))?;
    }
    screen.flush()?;
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn name(due: &Due) -> String {
    let recipient = &due.key.recipient;
    format!("{} for {}", one_line(&recipient.channel), one_line(&recipient.audience))
}

/// How things stand with what was not sent now, and whether it has arrived.
fn standing(delivery: Option<&Delivery>) -> (String, bool) {
    let Some(Delivery { state, ended_at, .. }) = delivery else { return ("not delivered".to_owned(), false) };
    match state {
        DeliveryState::Delivered => {
            let at = ended_at.map_or_else(String::new, |at| format!(" at {}", at.floor(Precision::Seconds)));
            (format!("already delivered{at}"), true)
        }
        DeliveryState::Waiting | DeliveryState::Sending | DeliveryState::Rejected | DeliveryState::GivenUp => {
            ("somebody else is sending it".to_owned(), false)
        }
    }
}
