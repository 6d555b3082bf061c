//! `publish.alertmanager`: which Alertmanagers the service tells itself, and how.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;

use super::problem::Problem;
use super::quantity::Complaint;
use super::reader::Reader;
use super::section::Section;
use super::tree::{Content, Entry, Node};
use crate::model::secret::Secret;
use crate::publish::alertmanager::{Access, AlertmanagerSettings, Peer, PeerError, RESERVED};

/// Refreshes shorter than this keep an Alertmanager busy for nothing.
const SHORTEST_REFRESH: Duration = Duration::from_secs(1);
/// Refreshes longer than this make alerts outlive a dead service by hours.
const LONGEST_REFRESH: Duration = Duration::from_secs(600);

/// Reads a list of addresses or the section; the queue lies beside the history unless the file says otherwise.
pub(super) fn read(node: &Node, history: Option<&Path>, reader: &mut Reader<'_>) -> Option<AlertmanagerSettings> {
    let beside = history.map(beside);
    if let Content::List(_) = node.content {
        let settings = AlertmanagerSettings { queue: beside, ..AlertmanagerSettings::new(urls(node, reader)?) };
        return proven(settings, node, reader);
    }
    let mut section = Section::open(node, "`alertmanager`", reader)?;
    let urls = section.required("urls", reader).and_then(|node| self::urls(node, reader));
    let access = access(&mut section, reader);
    let headers = section.optional("headers").map(|node| headers(node, reader));
    let labels = section.optional("labels").map(|node| labels(node, reader));
    let ca_file = section.optional("tls_ca_file").map(|node| reader.path(node));
    let mut link = |key| section.optional(key).map(|node| reader.parsed(node, "an address", web_address));
    let (external, runbook, dashboard) = (link("external_url"), link("runbook_url"), link("dashboard_url"));
    let timeout = section.optional("timeout").map(|node| reader.positive_duration(node));
    let refresh = section.optional("refresh").map(|node| (node, reader.duration(node)));
    let queue = section.entry("queue");
    let queue = queue.map(|entry| (entry.span, reader.path(&entry.value)));
    section.close(reader);

    if let Some((node, Some(refresh))) = refresh
        && !(SHORTEST_REFRESH..=LONGEST_REFRESH).contains(&refresh)
    {
        reader.note(Problem::new(node.span, "`refresh` must be between 1s and 10m"));
    }
    if let (Some((at, _)), None) = (&queue, history) {
        let problem = Problem::new(*at, "`queue` has no effect without `publish.history`");
        reader.note(problem.hint("without it nobody knows after a restart which findings fired"));
    }
    let mut settings = AlertmanagerSettings { queue: beside, ..AlertmanagerSettings::new(urls?) };
    settings.access = access?;
    if let Some(headers) = headers {
        settings.headers = headers?.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
    }
    if let Some(labels) = labels {
        settings.labels.extend(labels?);
    }
    settings.ca_file = all(ca_file)?;
    (settings.external_url, settings.runbook_url, settings.dashboard_url) =
        (all(external)?, all(runbook)?, all(dashboard)?);
    settings.timeout = all(timeout)?.unwrap_or(settings.timeout);
    if let Some((_, refresh)) = refresh {
        settings.refresh = refresh?;
    }
    if let Some((_, path)) = queue {
        settings.queue = Some(path?);
    }
    proven(settings, node, reader)
}

/// What was not given is no problem; what was and could not be read is one already.
fn all<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

/// The file beside the history.
fn beside(history: &Path) -> PathBuf {
    let mut name = history.as_os_str().to_owned();
    name.push(".alerts.json");
    PathBuf::from(name)
}

/// The settings, if clients can be made of them.
fn proven(settings: AlertmanagerSettings, node: &Node, reader: &mut Reader<'_>) -> Option<AlertmanagerSettings> {
    match Peer::open(&settings) {
        Ok(_) => Some(settings),
        Err(error) => {
            reader.note(Problem::new(node.span, told(&error)));
            None
        }
    }
}

pub(super) fn told(error: &PeerError) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

fn urls(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let items = reader.list(node, "a list of addresses such as `[http://alertmanager:9093]`")?;
    if items.is_empty() {
        reader.note(Problem::new(node.span, "the list of Alertmanagers is empty"));
        return None;
    }
    let mut urls: Vec<String> = Vec::new();
    for item in items {
        let url = reader.parsed(item, "an address such as `http://alertmanager:9093`", peer_address);
        let Some(url) = url else { continue };
        if urls.contains(&url) {
            reader.note(Problem::new(item.span, "this Alertmanager is named already"));
        }
        urls.push(url);
    }
    Some(urls)
}

/// The address of a peer, without a slash at its end.
fn peer_address(text: &str) -> Result<String, Complaint> {
    let address = web_address(text)?;
    let address = address.trim_end_matches('/');
    if let Some(prefix) = address.strip_suffix("/api/v2/alerts").or_else(|| address.strip_suffix("/api/v2")) {
        return Err(
            Complaint::new("has the path of the API, which is added by itself").hint(format!("write `{prefix}`"))
        );
    }
    Ok(address.to_owned())
}

/// An address that a browser could open; a user in it would be shown wherever it is.
pub(super) fn web_address(text: &str) -> Result<String, Complaint> {
    let form = || Complaint::new("is no web address").hint("write `http://HOST:PORT` or `https://HOST`");
    let url = Url::parse(text).map_err(|_| form())?;
    if !["http", "https"].contains(&url.scheme()) || !url.has_host() {
        return Err(form());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Complaint::new("names a user").hint("`basic_auth` takes user and password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Complaint::new("has something behind `?` or `#`"));
    }
    Ok(text.to_owned())
}

/// How a client says who it is.
pub(super) fn access(section: &mut Section<'_>, reader: &mut Reader<'_>) -> Option<Access> {
    let basic = section.entry("basic_auth");
    let names = ["bearer_token", "bearer_token_env", "bearer_token_file"];
    let second = names.into_iter().find_map(|name| section.entry(name));
    let token = reader.secret(section, names);
    let Some(basic) = basic else {
        return match (second, token) {
            (None, _) => Some(Access::Open),
            (Some(_), token) => token.map(Access::Bearer),
        };
    };
    if let Some(second) = second {
        let message = format!("`{}` has no effect beside `basic_auth`", second.key);
        reader.note(Problem::new(second.span, message));
    }
    let mut inner = Section::open(&basic.value, "`basic_auth`", reader)?;
    let username = inner.required("username", reader).and_then(|node| reader.text(node, "a user"));
    let names = ["password", "password_env", "password_file"];
    if names.into_iter().all(|name| inner.entry(name).is_none()) {
        reader.note(Problem::new(inner.at(), "`basic_auth` needs `password`, `password_env` or `password_file`"));
    }
    let password = reader.secret(&mut inner, names);
    inner.close(reader);
    Some(Access::Basic { username: username?, password: password? })
}

/// Names and texts of a mapping whose keys are free.
fn texts(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<Vec<(String, String)>> {
    let entries = match &node.content {
        Content::Mapping(entries) => entries.as_slice(),
        Content::Nothing => &[],
        Content::Scalar(_) | Content::List(_) => {
            let found = node.content.name();
            reader.note(Problem::new(node.span, format!("{what} must be a mapping, and this is {found}")));
            return None;
        }
    };
    let text = |entry: &Entry, reader: &mut Reader<'_>| Some((entry.key.clone(), reader.text(&entry.value, "a text")?));
    let texts: Vec<_> = entries.iter().map(|entry| text(entry, reader)).collect();
    texts.into_iter().collect()
}

/// Headers may hold keys: their values are never shown.
pub(super) fn headers(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<(String, String)>> {
    reader.conceal(node);
    texts(node, "`headers`", reader)
}

fn labels(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<(String, String)>> {
    let texts = texts(node, "`labels`", reader)?;
    let Content::Mapping(entries) = &node.content else { return Some(texts) };
    for Entry { key: name, span, .. } in entries {
        let mut letters = name.chars();
        let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        if !begins || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            let problem = Problem::new(*span, format!("`{name}` is no name of a label"));
            reader.note(problem.hint("letters, digits and underscores, and no digit first"));
        } else if RESERVED.contains(&name.as_str()) {
            let problem = Problem::new(*span, format!("label `{name}` is set by the alerts themselves"));
            reader.note(problem.hint("choose another name"));
        }
    }
    Some(texts)
}
