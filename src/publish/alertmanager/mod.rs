//! Alerts sent to Alertmanager by the service itself, for those who have no rules in Prometheus.
//!
//! [`Wording`] makes alerts of findings and of what keeps rounds from running. [`Ledger`] takes in what should fire at the
//! moment and knows what every peer was told: to each goes the latest state of each alert, and it is sent again before
//! Alertmanager forgets it. [`Peer`] is the client of one Alertmanager. Peers do not tell each other of alerts, so every
//! one is told, and one that is dead holds up no other.
//!
//! An alert is what its labels are. Nothing here has a clock, a task or a store of findings; `run::serve` has.

mod backoff;
mod ledger;
mod peer;
mod settings;
mod stored;
mod wording;

pub use backoff::delay;
pub use ledger::{Ledger, Phase, Picture, Posting};
pub(in crate::publish) use peer::client;
pub use peer::{Delivery, Outage, Peer, PeerError};
pub use settings::{Access, AlertmanagerSettings, RESERVED};
pub use stored::{StoredError, read, text};
pub use wording::{Alert, Labels, Wording};
