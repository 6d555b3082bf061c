//! A report in all of its forms, as it is kept until every reader has it.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::settings::Audience;
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::publish::archive::{Archive, ArchiveError};
use crate::publish::page::encoded;
use crate::publish::plain::{one_line, subject};
use crate::publish::report::{Report, file_name, headline, html, markdown, slack};

/// The form that is kept.
const FORM: u32 = 1;
/// Findings in a summary.
const FINDINGS: usize = 20;
/// Largest report that is read back, in bytes.
const MOST_BYTES: u64 = 256 << 20;

/// Why a report cannot be kept or read back.
#[derive(Debug, thiserror::Error)]
pub enum EditionError {
    /// It could not be packed or unpacked.
    #[error("the report cannot be packed")]
    Packed(#[from] std::io::Error),
    /// It is no JSON, or not of this form.
    #[error("the report is not of a form that this program knows")]
    Form(#[from] serde_json::Error),
    /// A newer program made it.
    #[error("the report has form {found}, and this program knows form {FORM}")]
    Newer {
        /// Its form.
        found: u32,
    },
}

/// A report in all of its forms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edition {
    form: u32,
    /// The name of the period.
    pub period: String,
    /// The team that it is for; `None` is for several.
    pub team: Option<String>,
    /// What it is called.
    pub title: String,
    /// What it says, in one sentence without its full stop.
    pub headline: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The page.
    pub html: String,
    /// The same as Markdown.
    pub markdown: String,
    /// The whole model.
    pub model: Value,
    /// The message for Slack.
    pub slack: Value,
    /// Verdicts, the findings of most harm, and links.
    pub summary: Value,
    /// The address of the page; `None` where nobody said what it is.
    pub link: Option<String>,
}

impl Edition {
    /// The edition of a report. Readers find its files, or those of everyone where a team has none of its own, below
    /// `base_url`.
    ///
    /// # Errors
    /// When the model cannot be written as JSON: a fault of the report.
    pub fn of(report: &Report, (audience, base_url): (&Audience, Option<&str>)) -> Result<Self, EditionError> {
        let team = match audience {
            Audience::Everyone | Audience::Others => None,
            Audience::Team(team) => Some(team.as_str()),
        };
        let link = |ending: &str| {
            let base = base_url?.trim_end_matches('/');
            // A percent sign in a name is one of the name: in an address it is written as such.
            Some(format!("{base}/{}", encoded(&file_name(team, &report.period, ending))))
        };
        let page = link("html");
        let whose = report.team.as_ref().map_or_else(String::new, |team| format!(" of team {}", one_line(team)));
        let title = format!("Skew report {}{whose}", report.period);
        let links = json!({ "html": page, "markdown": link("md"), "json": link("json") });
        Ok(Self {
            form: FORM,
            period: report.period.clone(),
            team: report.team.clone(),
            headline: headline(report),
            made_at: report.made_at,
            html: html(report),
            markdown: markdown(report),
            model: serde_json::to_value(report)?,
            slack: slack(report, page.as_deref()),
            summary: summary(report, (&title, links)),
            link: page,
            title,
        })
    }

    /// The edition as bytes to keep.
    ///
    /// # Errors
    /// When it cannot be packed.
    pub fn pack(&self) -> Result<Vec<u8>, EditionError> {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&serde_json::to_vec(self)?)?;
        Ok(packed.finish()?)
    }

    /// The edition of bytes that were kept.
    ///
    /// # Errors
    /// When they are none of [`Edition::pack`].
    pub fn unpack(bytes: &[u8]) -> Result<Self, EditionError> {
        let mut text = Vec::new();
        ZlibDecoder::new(bytes).take(MOST_BYTES).read_to_end(&mut text)?;
        let edition: Self = serde_json::from_slice(&text)?;
        if edition.form == FORM { Ok(edition) } else { Err(EditionError::Newer { found: edition.form }) }
    }

    /// Puts the page, Markdown and JSON into an archive under the name of the period, and then under the name that stays
    /// unless a `later` report has that already.
    ///
    /// # Errors
    /// When a file cannot be put; each one is whole or what it was before.
    pub async fn put(&self, archive: &Archive, later: Later) -> Result<(), ArchiveError> {
        let model = format!("{:#}", self.model);
        let forms = [("html", self.html.as_bytes()), ("md", self.markdown.as_bytes()), ("json", model.as_bytes())];
        let tails: &[&str] = match later {
            Later::None => &[&self.period, "latest"],
            Later::Delivered => &[&self.period],
        };
        for tail in tails {
            for (ending, content) in forms {
                archive.put(&file_name(self.team.as_deref(), tail, ending), content.to_vec()).await?;
            }
        }
        Ok(())
    }
}

/// Whether the report of a later period is where this one goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// None is.
    None,
    /// One is.
    Delivered,
}

fn summary(report: &Report, (title, links): (&str, Value)) -> Value {
    let views = report.views.iter().map(|view| {
        json!({ "view": view.name, "team": view.team, "owner": view.owner, "verdict": view.verdict, "why": view.why })
    });
    let findings = report.findings.iter().take(FINDINGS).map(|finding| {
        json!({
            "view": finding.view,
            "feature": finding.feature,
            "also": finding.also.iter().map(|other| &other.feature).collect::<Vec<_>>(),
            "check": finding.check.name(),
            "severity": finding.severity.name(),
            "message": finding.message,
            "likely_cause": finding.cause,
            "onset": finding.onset,
            "ended": finding.ended,
            "firing_seconds": finding.seconds,
            "owner": finding.owner,
            "accepted": finding.accepted,
            "next_step": finding.next_step,
        })
    });
    json!({
        "kind": "skew_report",
        "title": title,
        "period": report.period,
        "from": report.from,
        "until": report.until,
        "made_at": report.made_at,
        "team": report.team,
        "headline": headline(report),
        "views": views.collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
        "findings_in_all": report.findings.len(),
        "not_judged_in_all": report.not_judged.len(),
        "links": links,
    })
}

/// The text of a mail: the headline, what to look at first, and where the whole report is.
pub(super) fn letter(edition: &Edition) -> String {
    let mut lines = vec![format!("{}.", edition.headline), String::new()];
    let text = |value: &Value| one_line(value.as_str().unwrap_or_default());
    let empty = Vec::new();
    let findings = edition.summary["findings"].as_array().unwrap_or(&empty);
    for (rank, finding) in (1_u64..).zip(findings) {
        let of = subject(&text(&finding["view"]), finding["feature"].as_str());
        lines.push(format!(
            "{rank}. {} of {of} ({}): {}",
            text(&finding["check"]),
            text(&finding["severity"]),
            text(&finding["message"])
        ));
        lines.push(format!("   next: {}", text(&finding["next_step"])));
    }
    let all = edition.summary["findings_in_all"].as_u64().unwrap_or_default();
    let told = findings.len() as u64;
    if all > told {
        lines.push(format!("And {} more of less harm.", figure::count(all - told)));
    }
    if let Some(link) = &edition.link {
        lines.extend([String::new(), format!("The whole report: {link}")]);
    }
    lines.join("\n") + "\n"
}
