//! Reports sent to their readers: the ledger, the clients against real and faulty receivers, and the running service.

mod bucket;
mod command;
mod configured;
mod courier;
mod due;
mod interrupted;
mod ledger;
mod mailed;
mod running;
mod slack;
mod stopped;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use skewwatch::history::{Delivery, DeliveryLedger};
use skewwatch::model::time::Timestamp;
use tempfile::TempDir;

use crate::serve::{NEVER, Running};
use crate::support::redis::wait_until;

/// So many seconds after a beginning.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_750_000_000, 0).unwrap().plus(Duration::from_secs(seconds))
}

/// A service without rounds and without stores, that sends reports.
struct House {
    folder: TempDir,
}

impl House {
    /// Views of the teams `risk` and `growth` and of none; reports come due every second, and `reports` says how.
    fn of(reports: &str) -> Self {
        let house = Self { folder: tempfile::tempdir().unwrap() };
        house.configure("* * * * * *", reports);
        house
    }

    /// The same, which waits for half a minute for what is under way when it is told to stop.
    fn patient(reports: &str) -> Self {
        let house = Self::of(reports);
        house.edit("grace: 100ms", "grace: 30s");
        house
    }

    /// Replaces a text of the configuration.
    fn edit(&self, before: &str, after: &str) {
        let text = std::fs::read_to_string(self.path("skewwatch.yaml")).unwrap();
        assert!(text.contains(before), "{text}");
        std::fs::write(self.path("skewwatch.yaml"), text.replace(before, after)).unwrap();
    }

    /// Adds sections to the configuration.
    fn add(&self, sections: &str) {
        let text = std::fs::read_to_string(self.path("skewwatch.yaml")).unwrap();
        std::fs::write(self.path("skewwatch.yaml"), text + sections).unwrap();
    }

    fn configure(&self, due: &str, reports: &str) {
        let view = |name: &str, team: &str| {
            format!(
                "  - {{ name: {name}, {team}join_keys: [user_id], snapshot: \"*.parquet\", event_timestamp: ts, features: {{ \
                 amount: float32 }} }}\n"
            )
        };
        let text = format!(
            "online: {{ sqlite: {{ path: online.db }}, layout: {{ feast: {{ project: shop }} }} }}\nfeature_views:\n{}{}{}{}publish:\n  \
             metrics: \"127.0.0.1:0\"\n  history: history.db\n  reports:\n{reports}",
            view("orders", "team: risk, "),
            view("visits", "team: growth, "),
            view("weather", ""),
            NEVER.replace("{ sample", &format!("{{ report: \"{due}\", grace: 100ms, sample")),
        );
        std::fs::write(self.path("skewwatch.yaml"), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    fn serve(&self) -> Running {
        Running::start(self.command(&["serve"]), self.path("log"))
    }

    /// Every delivery, whatever its period.
    fn deliveries(&self) -> Vec<Delivery> {
        deliveries(&self.path("history.db"))
    }

    /// How things stand with each delivery: audience, channel, state.
    fn states(&self) -> Vec<[String; 3]> {
        let mut states: Vec<[String; 3]> = self
            .deliveries()
            .into_iter()
            .map(|known| [known.key.recipient.audience, known.key.recipient.channel, known.state.name().to_owned()])
            .collect();
        states.sort();
        states
    }

    /// Waits until so many deliveries are in this state.
    fn wait_for(&self, state: &str, number: usize) {
        wait_until(&format!("{number} are {state}"), || {
            self.states().iter().filter(|[_, _, known]| known == state).count() == number
        });
    }
}

fn deliveries(path: &Path) -> Vec<Delivery> {
    let ledger = DeliveryLedger::open(path).unwrap();
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection.prepare("SELECT DISTINCT period FROM report_deliveries ORDER BY period").unwrap();
    let periods: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    periods.iter().flat_map(|period| ledger.deliveries_of(period).unwrap()).collect()
}

/// A series of the deliveries.
fn counted(channel: &str, result: &str) -> String {
    format!("deliveries_total{{channel=\"{channel}\",result=\"{result}\"}}")
}

/// A header of a request; names are lower case there.
fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(": ")?;
        known.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}
