//! Who is to have reports, and how they get there.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::history::Recipient;
use crate::model::secret::Secret;
use crate::publish::alertmanager::Access;

/// The name of the channel that puts files where others fetch them.
pub(super) const FILES: &str = "files";

/// Whose views a report speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// All views.
    Everyone,
    /// Views of no team, and of teams that have no channel of their own.
    Others,
    /// Views of a team.
    Team(String),
}

impl fmt::Display for Audience {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => formatter.write_str("everyone"),
            Self::Others => formatter.write_str("others"),
            Self::Team(team) => write!(formatter, "team {team}"),
        }
    }
}

/// Which days a scheduled report speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReportCadence {
    /// The last whole week.
    #[default]
    Week,
    /// The day before.
    Day,
}

impl ReportCadence {
    /// How long a period is.
    #[must_use]
    pub const fn length(self) -> Duration {
        const DAY: u64 = 24 * 3600;
        match self {
            Self::Week => Duration::from_secs(7 * DAY),
            Self::Day => Duration::from_secs(DAY),
        }
    }
}

/// How much a webhook is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebhookContent {
    /// The verdicts, the findings of most harm, and links.
    #[default]
    Summary,
    /// The same, with the whole model of the report.
    Report,
}

/// Where the page stands in a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HtmlPart {
    /// Beside the text, as a file.
    #[default]
    Attached,
    /// In the mail itself, for programs that draw SVG.
    Inlined,
}

/// The way of a report to its readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Into the folder or bucket of the settings.
    Files,
    /// To an incoming webhook of Slack.
    Slack {
        /// Its address: who knows it may write.
        url: Secret,
    },
    /// To any receiver of JSON.
    Webhook {
        /// Its address, which may hold a key.
        url: Secret,
        /// How the client says who it is.
        access: Access,
        /// Headers that every request carries.
        headers: BTreeMap<String, Secret>,
        /// How much it is told.
        content: WebhookContent,
    },
    /// To people.
    Mail {
        /// Their addresses; all stand in one mail and see each other.
        to: Vec<String>,
        /// Where the page stands.
        html: HtmlPart,
    },
}

/// One way to one audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportChannel {
    /// What it is called; no two of an audience have one name.
    pub name: String,
    /// Whose report it takes.
    pub audience: Audience,
    /// Where to.
    pub way: Way,
}

impl ReportChannel {
    /// What the history knows it by. Its address is not part of that, so that one that moves is the same.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient { audience: self.audience.to_string(), channel: self.name.clone() }
    }
}

/// How a connection to a mail server is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// It begins in the clear and turns to TLS before anything is said, or is given up.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all.
    Nothing,
}

impl SmtpSecurity {
    /// The port where servers listen for it.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::Nothing => 25,
        }
    }
}

/// The mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub security: SmtpSecurity,
    /// User and password; `None` says nothing.
    pub credentials: Option<(String, Secret)>,
    /// Who mails are from, as `Name <name@host>` or `name@host`.
    pub from: String,
}

/// Who is to have reports, and how they get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSettings {
    /// The folder or `s3://` address that files are put into; `None` puts none.
    pub to: Option<String>,
    /// Address under which readers find the same files; `None` sends no links.
    pub base_url: Option<String>,
    /// Which days a scheduled report speaks of.
    pub cadence: ReportCadence,
    /// Channels beside the files.
    pub channels: Vec<ReportChannel>,
    /// The mail server; there is one if a channel is mail.
    pub smtp: Option<SmtpSettings>,
    /// Certificates of authorities beside the system's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// Longest time that one attempt takes.
    pub timeout: Duration,
    /// How long a report is tried to be delivered.
    pub give_up_after: Duration,
}

impl ReportSettings {
    /// Reports that go nowhere yet: of the week, 30 s an attempt, three days.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            to: None,
            base_url: None,
            cadence: ReportCadence::Week,
            channels: Vec::new(),
            smtp: None,
            ca_file: None,
            timeout: Duration::from_secs(30),
            give_up_after: Duration::from_secs(3 * 24 * 3600),
        }
    }

    /// Every channel, with the files of everyone and of each of `teams` first.
    #[must_use]
    pub fn all_channels(&self, teams: &[&str]) -> Vec<ReportChannel> {
        let of_teams = teams.iter().map(|team| Audience::Team((*team).to_owned()));
        let files = std::iter::once(Audience::Everyone)
            .chain(of_teams)
            .filter(|_| self.to.is_some())
            .map(|audience| ReportChannel { name: FILES.to_owned(), audience, way: Way::Files });
        files.chain(self.channels.iter().cloned()).collect()
    }

    /// Whether a team has a channel of its own.
    #[must_use]
    pub fn has_channel(&self, team: &str) -> bool {
        self.channels.iter().any(|channel| channel.audience == Audience::Team(team.to_owned()))
    }
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self::new()
    }
}
