//! Which Alertmanagers are told, and how.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::wording::Labels;
use crate::model::secret::Secret;

/// Labels that alerts have of their own, and that nobody else may set.
pub const RESERVED: [&str; 9] =
    ["alertname", "check", "component", "feature", "feature_view", "severity", "store", "team", "tier"];

/// Leases that an alert gets with each sending, in refreshes: some may be lost.
const LEASE: u32 = 5;
/// How long the end of an alert is sent again, in refreshes.
const FAREWELL: u32 = 15;

/// How a client says who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Not at all.
    #[default]
    Open,
    /// Basic authentication.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A token.
    Bearer(Secret),
}

/// Which Alertmanagers are told, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertmanagerSettings {
    /// Address of every peer, with its path prefix if it has one; without the path of the API.
    pub urls: Vec<String>,
    /// How the client says who it is.
    pub access: Access,
    /// Headers that every request carries; their values may be secret.
    pub headers: BTreeMap<String, Secret>,
    /// Certificates of authorities beside the system's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// Labels that every alert carries beside its own; `job` is always among them.
    pub labels: Labels,
    /// Where the service is reached by people; the source that Alertmanager links to.
    pub external_url: Option<String>,
    /// Address of the runbook; `#` and the alert's name in lower case are added.
    pub runbook_url: Option<String>,
    /// Address of Grafana; `/d/…` is added.
    pub dashboard_url: Option<String>,
    /// Longest wait for an answer.
    pub timeout: Duration,
    /// How often an alert that fires is sent again.
    pub refresh: Duration,
    /// The file that outlives the process and holds what every peer was told; `None` keeps it in memory.
    pub queue: Option<PathBuf>,
}

impl AlertmanagerSettings {
    /// Peers at these addresses, told of job `skewwatch` every minute, nothing kept.
    #[must_use]
    pub fn new(urls: Vec<String>) -> Self {
        Self {
            urls,
            access: Access::Open,
            headers: BTreeMap::new(),
            ca_file: None,
            labels: BTreeMap::from([("job".to_owned(), "skewwatch".to_owned())]),
            external_url: None,
            runbook_url: None,
            dashboard_url: None,
            timeout: Duration::from_secs(10),
            refresh: Duration::from_secs(60),
            queue: None,
        }
    }

    /// How long after its last sending an alert still counts as firing.
    #[must_use]
    pub const fn lease(&self) -> Duration {
        self.refresh.saturating_mul(LEASE)
    }

    /// How long the end of an alert is sent again.
    #[must_use]
    pub const fn farewell(&self) -> Duration {
        self.refresh.saturating_mul(FAREWELL)
    }
}
