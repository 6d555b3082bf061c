//! `publish.reports`: who is sent reports, and how.

use std::time::Duration;

use super::alertmanager::{access, headers, told, web_address};
use super::problem::{Problem, listed};
use super::quantity::Complaint;
use super::reader::Reader;
use super::section::Section;
use super::smtp;
use super::tree::{Content, Node};
use super::views::Views;
use crate::model::secret::Secret;
use crate::publish::archive::Archive;
use crate::publish::delivery::{
    Audience, Courier, CourierError, HtmlPart, Mailer, ReportCadence, ReportChannel, ReportSettings, Way,
    WebhookContent,
};
use crate::store::snapshot::S3Settings;

/// Longest time that an attempt may take.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(600);
/// Longest time for which a report is tried to be delivered: as long as it is kept.
const LONGEST_PATIENCE: Duration = Duration::from_secs(30 * 24 * 3600);

/// What reports need of the rest of the configuration.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// Access to buckets.
    pub(super) s3: &'a S3Settings,
    /// The views of the plan; `None` while they are unknown.
    pub(super) views: Option<&'a Views>,
}

/// Reads the section.
pub(super) fn read(node: &Node, around: Around<'_>, reader: &mut Reader<'_>) -> Option<ReportSettings> {
    let mut section = Section::open(node, "`publish.reports`", reader)?;
    let to = section.optional("to").map(|node| (node, reader.location(node, None)));
    let base = section.optional("base_url").map(|node| reader.parsed(node, "an address", web_address));
    let periods = [("week", ReportCadence::Week), ("day", ReportCadence::Day)];
    let cadence = section.optional("period").map(|node| reader.choice(node, &periods));
    let smtp_node = section.optional("smtp");
    let smtp = smtp_node.map(|node| smtp::read(node, reader));
    let ca_file = section.optional("tls_ca_file").map(|node| reader.path(node));
    let mut within = |key: &'static str, most: Duration, words: &str| {
        section.optional(key).map(|node| {
            let span = reader.positive_duration(node)?;
            if span > most {
                reader.note(Problem::new(node.span, format!("`{key}` must be at most {words}")));
            }
            Some(span)
        })
    };
    let timeout = within("timeout", LONGEST_TIMEOUT, "10m");
    let patience = within("give_up_after", LONGEST_PATIENCE, "30d");
    let items = section.optional("notify").map(|node| (node, reader.list(node, "a list of channels")));
    let at = section.at();
    section.close(reader);

    let items: &[Node] = match &items {
        Some((_, items)) => items.unwrap_or_default(),
        None => &[],
    };
    let channels: Vec<_> = items.iter().map(|item| Some((item, channel(item, around.views, reader)?))).collect();
    if to.is_none() && items.is_empty() {
        let problem = Problem::new(at, "`publish.reports` needs `to` or `notify`: nobody would have them");
        reader.note(problem.hint("`to: s3://BUCKET/skew/`, or `notify: [{ slack_webhook_env: SLACK_URL }]`"));
    }
    let mail = channels.iter().flatten().find(|(_, channel)| matches!(channel.way, Way::Mail { .. }));
    match (mail, smtp_node) {
        (Some((item, _)), None) => {
            let problem = Problem::new(item.span, "a channel by mail needs `publish.reports.smtp`, the mail server");
            reader.note(problem.hint("`smtp: { host: smtp.example.com, from: skewwatch@example.com }`"));
        }
        (None, Some(node)) if !items.iter().any(names_mail) => {
            reader.note(Problem::new(node.span, "`smtp` has no effect: no channel is by mail"));
        }
        (None | Some(_), _) => {}
    }
    repeated(&channels, reader);
    let mut settings = ReportSettings::new();
    settings.cadence = all(cadence)?.unwrap_or_default();
    settings.base_url = all(base)?;
    settings.ca_file = all(ca_file)?;
    settings.timeout = all(timeout)?.unwrap_or(settings.timeout);
    settings.give_up_after = all(patience)?.unwrap_or(settings.give_up_after);
    settings.smtp = all(smtp)?;
    if let Some((node, place)) = to {
        let place = place?;
        if let Err(error) = Archive::open(&place, around.s3) {
            reader.note(Problem::new(node.span, with_source(&error)));
        }
        settings.to = Some(place);
    }
    proven(settings, channels, (around, reader))
}

/// The settings, if a client can be made for every channel.
fn proven(
    mut settings: ReportSettings,
    channels: Vec<Option<(&Node, ReportChannel)>>,
    (around, reader): (Around<'_>, &mut Reader<'_>),
) -> Option<ReportSettings> {
    let channels = channels.into_iter().collect::<Option<Vec<_>>>()?;
    // Authorities are read for each client: not while there is something to mend anyway.
    if !reader.is_content() {
        settings.channels = channels.into_iter().map(|(_, channel)| channel).collect();
        return Some(settings);
    }
    for (node, channel) in channels {
        match Courier::open(&channel, (&settings, around.s3)) {
            // What is missing was noted.
            Ok(_) | Err(CourierError::Nowhere) => {}
            Err(CourierError::Post(error)) => reader.note(Problem::new(node.span, told(&error))),
            Err(error @ (CourierError::Address | CourierError::Mail(_) | CourierError::Archive(_))) => {
                reader.note(Problem::new(node.span, with_source(&error)));
            }
        }
        settings.channels.push(channel);
    }
    Some(settings)
}

/// What was not given is no problem; what was and could not be read is one already.
fn all<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

fn with_source(error: &dyn std::error::Error) -> String {
    let source = error.source().map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

/// Whether a channel is meant to be mail, however wrong it is.
fn names_mail(item: &Node) -> bool {
    match &item.content {
        Content::Mapping(entries) => entries.iter().any(|entry| entry.key == "email"),
        Content::Nothing | Content::Scalar(_) | Content::List(_) => false,
    }
}

/// Two channels of one name would be one in the history, and one of them never served.
fn repeated(channels: &[Option<(&Node, ReportChannel)>], reader: &mut Reader<'_>) {
    for (place, entry) in channels.iter().enumerate() {
        let Some((node, channel)) = entry else { continue };
        let mut before = channels.iter().take(place).flatten();
        if before.any(|(_, other)| other.recipient() == channel.recipient()) {
            let whose = match &channel.audience {
                Audience::Everyone => "all views".to_owned(),
                Audience::Others => "no team".to_owned(),
                Audience::Team(team) => format!("team `{team}`"),
            };
            let problem = Problem::new(node.span, format!("there is a channel `{}` of {whose} already", channel.name));
            reader.note(problem.hint("give one of them another `name`"));
        }
    }
}

const SLACK: [&str; 3] = ["slack_webhook", "slack_webhook_env", "slack_webhook_file"];
const WEBHOOK: [&str; 3] = ["webhook", "webhook_env", "webhook_file"];

fn channel(node: &Node, views: Option<&Views>, reader: &mut Reader<'_>) -> Option<ReportChannel> {
    let mut section = Section::open(node, "a channel", reader)?;
    let team = section.optional("team").map(|node| audience(node, views, reader));
    let name = section.optional("name").map(|node| reader.parsed(node, "a name", name));
    let is_given = |section: &mut Section<'_>, names: [&'static str; 3]| {
        names.into_iter().filter(|name| section.entry(name).is_some()).count() > 0
    };
    let kinds = [is_given(&mut section, SLACK), is_given(&mut section, WEBHOOK), section.entry("email").is_some()];
    let way = match kinds {
        [true, false, false] => address(&mut section, SLACK, reader).map(|url| Way::Slack { url }),
        [false, true, false] => webhook(&mut section, reader),
        [false, false, true] => mail(&mut section, reader),
        [false, false, false] => {
            let problem = Problem::new(section.at(), "a channel needs `slack_webhook`, `webhook` or `email`");
            reader.note(problem.hint("addresses that are secret go into a variable: `slack_webhook_env: SLACK_URL`"));
            None
        }
        [true, true, _] | [true, false, true] | [false, true, true] => {
            reader.note(Problem::new(section.at(), "a channel is one of `slack_webhook`, `webhook` and `email`"));
            // What is asked for is known.
            let known =
                ["basic_auth", "bearer_token", "bearer_token_env", "bearer_token_file", "headers", "content", "html"];
            for key in known {
                section.entry(key);
            }
            None
        }
    };
    section.close(reader);
    let audience = team.unwrap_or(Some(Audience::Others))?;
    let way = way?;
    let usual = match &way {
        Way::Files => "files",
        Way::Slack { .. } => "slack",
        Way::Webhook { .. } => "webhook",
        Way::Mail { .. } => "email",
    };
    Some(ReportChannel { name: all(name)?.unwrap_or_else(|| usual.to_owned()), audience, way })
}

fn name(text: &str) -> Result<String, Complaint> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    match text {
        "" => Err(Complaint::new("is empty")),
        "files" => Err(Complaint::new("is what the files of `to` are called")),
        text if text.chars().all(fits) => Ok(text.to_owned()),
        _ => Err(Complaint::new("is no name of a channel").hint("letters, digits, `-`, `_` and `.`")),
    }
}

fn audience(node: &Node, views: Option<&Views>, reader: &mut Reader<'_>) -> Option<Audience> {
    let team = reader.text(node, "the name of a team, or `*`")?;
    if team == "*" {
        return Some(Audience::Everyone);
    }
    if let Some(views) = views {
        let mut teams: Vec<&str> = views.watched.iter().filter_map(|view| view.team.as_deref()).collect();
        teams.sort_unstable();
        teams.dedup();
        if !teams.contains(&team.as_str()) {
            let problem = Problem::new(node.span, format!("no view is of the team `{team}`"));
            reader.note(match teams.as_slice() {
                [] => problem.hint("a view is of a team that it names: `team: …`"),
                known => problem.hint(format!("there is {}", listed(known))),
            });
            return None;
        }
    }
    Some(Audience::Team(team))
}

/// An address that is secret: who knows it may write there.
fn address(section: &mut Section<'_>, names: [&'static str; 3], reader: &mut Reader<'_>) -> Option<Secret> {
    let entry = names.into_iter().find_map(|name| section.entry(name))?;
    let url = reader.secret(section, names)?;
    let form = reqwest::Url::parse(url.reveal());
    if form.is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host() && url.username().is_empty()) {
        return Some(url);
    }
    let problem = Problem::new(entry.value.span, format!("`{}` gives no web address", entry.key));
    reader.note(problem.hint("it begins with `https://` and names no user"));
    None
}

fn webhook(section: &mut Section<'_>, reader: &mut Reader<'_>) -> Option<Way> {
    let url = address(section, WEBHOOK, reader);
    let access = access(section, reader);
    let headers = section.optional("headers").map(|node| headers(node, reader));
    let contents = [("summary", WebhookContent::Summary), ("report", WebhookContent::Report)];
    let content = section.optional("content").map(|node| reader.choice(node, &contents));
    let headers = all(headers)?.unwrap_or_default();
    Some(Way::Webhook {
        url: url?,
        access: access?,
        headers: headers.into_iter().map(|(name, value)| (name, Secret::new(value))).collect(),
        content: all(content)?.unwrap_or_default(),
    })
}

fn mail(section: &mut Section<'_>, reader: &mut Reader<'_>) -> Option<Way> {
    let node = section.optional("email")?;
    let items = match &node.content {
        Content::Scalar(_) => std::slice::from_ref(node),
        Content::Nothing | Content::List(_) | Content::Mapping(_) => {
            reader.list(node, "an address, or a list of them")?
        }
    };
    if items.is_empty() {
        reader.note(Problem::new(node.span, "the list of addresses is empty"));
    }
    let forms = [("attached", HtmlPart::Attached), ("inlined", HtmlPart::Inlined)];
    let html = section.optional("html").map(|node| reader.choice(node, &forms));
    let mut to: Vec<Option<String>> = Vec::new();
    for item in items {
        to.push(reader.parsed(item, "an address such as `risk@example.com`", mailbox));
    }
    Some(Way::Mail { to: to.into_iter().collect::<Option<_>>()?, html: all(html)?.unwrap_or_default() })
}

/// An address of mail.
pub(super) fn mailbox(text: &str) -> Result<String, Complaint> {
    let form = || Complaint::new("is no address of mail").hint("write `name@host`, or `Name <name@host>`");
    Mailer::address(text).map(|_| text.to_owned()).map_err(|_| form())
}
