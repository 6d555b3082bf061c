//! `publish`: where a service tells what it finds.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::alertmanager;
use super::api::{self, ApiSettings};
use super::problem::Problem;
use super::quantity::Complaint;
use super::reader::Reader;
use super::reports::{self, Around};
use super::section::Section;
use super::tree::Node;
use crate::model::exhibit::{Disclosure, Entities, Values};
use crate::publish::alertmanager::AlertmanagerSettings;
use crate::publish::delivery::ReportSettings;

/// Where metrics are served unless the file says otherwise.
const METRICS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 9464);

/// Whether others are told of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishMode {
    /// Findings fire.
    Alert,
    /// Findings are found, kept and shown, and none fires: for getting to know a store.
    Observe,
}

/// Where a service tells what it finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishSettings {
    /// Address of the HTTP server; port 0 takes any that is free.
    pub metrics: SocketAddr,
    /// The SQLite file of the history; `None` keeps none, and a restart begins anew.
    pub history: Option<PathBuf>,
    /// Whether others are told of findings.
    pub mode: PublishMode,
    /// What the history and reports may hold of single cells.
    pub disclosure: Disclosure,
    /// Who may ask the HTTP server.
    pub api: ApiSettings,
    /// The Alertmanagers that are told; `None` leaves that to the rules in Prometheus.
    pub alertmanager: Option<AlertmanagerSettings>,
    /// Who is sent reports; `None` sends none.
    pub reports: Option<ReportSettings>,
}

impl Default for PublishSettings {
    /// Port 9464 of all addresses, no history, findings fire, neither values nor entity keys are told, everyone may ask, no
    /// Alertmanager is told, no report is sent.
    fn default() -> Self {
        Self {
            metrics: METRICS,
            history: None,
            mode: PublishMode::Alert,
            disclosure: Disclosure::default(),
            api: ApiSettings::default(),
            alertmanager: None,
            reports: None,
        }
    }
}

/// Reads the section.
pub(super) fn read(node: Option<&Node>, around: Around<'_>, reader: &mut Reader<'_>) -> Option<PublishSettings> {
    let mut settings = PublishSettings::default();
    let Some(node) = node else { return Some(settings) };
    let mut section = Section::open(node, "`publish`", reader)?;
    let metrics =
        section.optional("metrics").map(|node| reader.parsed(node, "an address such as `0.0.0.0:9464`", address));
    let history = section.optional("history").map(|node| reader.path(node));
    let modes = [("alert", PublishMode::Alert), ("observe", PublishMode::Observe)];
    let mode = section.optional("mode").map(|node| reader.choice(node, &modes));
    let values = [("withheld", Values::Withheld), ("shown", Values::Shown)];
    let values = section.optional("values").map(|node| reader.choice(node, &values));
    let entities = [("hashed", Entities::Hashed), ("shown", Entities::Shown)];
    let entities = section.optional("entities").map(|node| reader.choice(node, &entities));
    let api = section.optional("api").map(|node| api::read(node, "`publish.api`", reader));
    let alertmanager = section.entry("alertmanager");
    let history_path = history.as_ref().and_then(|history| history.as_deref());
    let alertmanager = alertmanager.map(|entry| alertmanager::read(&entry.value, history_path, reader));
    let reports = section.entry("reports");
    let reports_at = reports.map(|entry| entry.span);
    let reports = reports.map(|entry| reports::read(&entry.value, around, reader));
    section.close(reader);
    if let (Some(at), None) = (reports_at, &history) {
        let problem = Problem::new(at, "reports are made from the history, and there is none");
        reader.note(problem.hint("name a file with `history: ./skewwatch.db`"));
    }
    if let Some(metrics) = metrics {
        settings.metrics = metrics?;
    }
    if let Some(history) = history {
        settings.history = Some(history?);
    }
    if let Some(mode) = mode {
        settings.mode = mode?;
    }
    if let Some(values) = values {
        settings.disclosure.values = values?;
    }
    if let Some(entities) = entities {
        settings.disclosure.entities = entities?;
    }
    if let Some(api) = api {
        settings.api = api?;
    }
    if let Some(alertmanager) = alertmanager {
        settings.alertmanager = Some(alertmanager?);
    }
    if let Some(reports) = reports {
        settings.reports = Some(reports?);
    }
    Some(settings)
}

/// An address to listen on.
pub(super) fn address(text: &str) -> Result<SocketAddr, Complaint> {
    text.parse().map_err(|_| Complaint::new("is no address to listen on").hint("write `IP:PORT`, as in `0.0.0.0:9464`"))
}
