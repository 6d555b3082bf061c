//! `serving`: what models are served through, to be read as a third view beside the store and the snapshots.
//!
//! One section for all views, or a list of sections of which each says for which views it is.

use std::time::Duration;

use super::problem::{Problem, Span};
use super::quantity::Complaint;
use super::reader::Reader;
use super::sample::set;
use super::section::Section;
use super::tree::{Content, Node};
use super::views::Views;
use crate::store::serving::{HttpAddress, ServerSettings};

/// How the third view is read, per view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServedPlan(Vec<ServedSettings>);

/// One section of how the third view is read.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedSettings {
    /// The serving path; `None` asks none.
    pub path: Option<PathSettings>,
    /// The log of requests; `None` reads none.
    pub log: Option<LogSettings>,
    /// Names of the views that it serves; `None` for all.
    pub views: Option<Vec<String>>,
}

/// How the serving path is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct PathSettings {
    /// Who is asked.
    pub server: ServerSettings,
    /// Most keys of a view's sample that are asked for in a round.
    pub keys: usize,
    /// Most keys in one request.
    pub batch: usize,
    /// How old a value the serving path may give: the time that its cache keeps one.
    pub max_age: Duration,
}

/// Which log of requests is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// Path, folder, glob or `s3://` address of Parquet in the schema of Feast's feature logs.
    pub location: String,
    /// How far back requests are looked at.
    pub window: Duration,
    /// Most entities whose requests are looked at: an even sample, with all requests of each.
    pub keys: usize,
    /// Most requests that are looked at: of more there are fewer entities, but one at least.
    pub requests: usize,
}

impl ServedPlan {
    /// The sections, in the order of the file.
    #[must_use]
    pub fn sections(&self) -> &[ServedSettings] {
        &self.0
    }

    /// The serving path of a view: of a section that names it, or else of one for all views; `None` asks none.
    #[must_use]
    pub fn path(&self, view: &str) -> Option<&PathSettings> {
        self.of(view, |section| section.path.as_ref())
    }

    /// The log of a view's requests, by the same rule.
    #[must_use]
    pub fn log(&self, view: &str) -> Option<&LogSettings> {
        self.of(view, |section| section.log.as_ref())
    }

    fn of<'a, T>(&'a self, view: &str, part: impl Fn(&'a ServedSettings) -> Option<&'a T>) -> Option<&'a T> {
        let names = |section: &&ServedSettings| section.views.iter().flatten().any(|name| name == view);
        let for_all = self.0.iter().filter(|section| section.views.is_none());
        self.0.iter().filter(names).chain(for_all).find_map(part)
    }
}

/// Reads the section or sections; `views` are those of the plan, `None` while they are unknown.
pub(super) fn read(node: Option<&Node>, views: Option<&Views>, reader: &mut Reader<'_>) -> ServedPlan {
    let Some(node) = node else { return ServedPlan::default() };
    let nodes = match &node.content {
        Content::List(nodes) => nodes.iter().collect(),
        Content::Nothing | Content::Scalar(_) | Content::Mapping(_) => vec![node],
    };
    let mut sections: Vec<ServedSettings> = Vec::new();
    for node in nodes {
        let Some(section) = one(node, views, reader) else { continue };
        if let Some(told) = sections.iter().find_map(|other| twice(other, &section)) {
            reader.note(Problem::new(node.span, told));
        }
        sections.push(section);
    }
    ServedPlan(sections)
}

/// What two sections both say of the same views, as a clause; `None` where a view has at most one answer.
fn twice(one: &ServedSettings, other: &ServedSettings) -> Option<String> {
    let part = if one.path.is_some() && other.path.is_some() {
        "the serving path"
    } else if one.log.is_some() && other.log.is_some() {
        "the log of requests"
    } else {
        return None;
    };
    match (&one.views, &other.views) {
        (None, None) => Some(format!("{part} of all views is given twice")),
        (Some(one), Some(other)) => {
            let shared = one.iter().find(|name| other.contains(name))?;
            Some(format!("{part} of `{shared}` is given twice"))
        }
        (None, Some(_)) | (Some(_), None) => None,
    }
}

fn one(node: &Node, views: Option<&Views>, reader: &mut Reader<'_>) -> Option<ServedSettings> {
    let mut section = Section::open(node, "`serving`", reader)?;
    let (has_url, has_log) = (section.entry("url").is_some(), section.entry("log").is_some());
    let log = section.optional("log").and_then(|node| log(node, reader));
    let named = section.optional("feature_views").map(|node| names(node, views, reader));
    if !has_url && !has_log {
        let problem = Problem::new(section.at(), "`serving` needs `url` or `log`");
        reader.note(problem.hint("`url: \"http://localhost:6566\"` asks a feature server"));
    }
    let path = if has_url {
        path(&mut section, reader)
    } else {
        let token = ["token", "token_env", "token_file"];
        for key in token.into_iter().chain(["timeout", "keys", "batch", "max_age"]) {
            section.refuse(key, "says how a feature server is asked, and there is no `url`", reader);
        }
        None
    };
    section.close(reader);
    ((path.is_some() || !has_url) && (log.is_some() || !has_log)).then_some(ServedSettings { path, log, views: named })
}

fn path(section: &mut Section<'_>, reader: &mut Reader<'_>) -> Option<PathSettings> {
    let url = section.optional("url").and_then(|node| {
        reader.parsed(node, "the address of a feature server", |text| {
            text.parse::<HttpAddress>().map_err(|error| {
                Complaint::new(format!("is no address of a feature server: {}", error.reason()))
                    .hint("write for example `http://localhost:6566`")
            })
        })
    });
    let token = reader.secret(section, ["token", "token_env", "token_file"]);
    let mut timeout = Duration::from_secs(1);
    set(&mut timeout, section.optional("timeout").and_then(|node| reader.positive_duration(node)));
    let (mut keys, mut batch, mut max_age) = (1000, 50, Duration::from_secs(60));
    set(&mut keys, section.optional("keys").and_then(|node| reader.whole(node, 1)));
    set(&mut batch, section.optional("batch").and_then(|node| reader.whole(node, 1)));
    set(&mut max_age, section.optional("max_age").and_then(|node| reader.duration(node)));
    let server = ServerSettings { address: url?, token, timeout, connections: 1 };
    Some(PathSettings { server, keys, batch, max_age })
}

fn log(node: &Node, reader: &mut Reader<'_>) -> Option<LogSettings> {
    let mut section = Section::open(node, "`log`", reader)?;
    let location = section.required("location", reader).and_then(|node| reader.location(node, None));
    let (mut window, mut keys, mut requests) = (Duration::from_secs(24 * 3600), 1000, 100_000);
    set(&mut window, section.optional("window").and_then(|node| reader.positive_duration(node)));
    set(&mut keys, section.optional("keys").and_then(|node| reader.whole(node, 1)));
    set(&mut requests, section.optional("requests").and_then(|node| reader.whole(node, 1)));
    section.close(reader);
    Some(LogSettings { location: location?, window, keys, requests })
}

fn names(node: &Node, views: Option<&Views>, reader: &mut Reader<'_>) -> Vec<String> {
    let items = reader.list(node, "a list of feature views").unwrap_or_default();
    let mut names = Vec::new();
    for item in items {
        let Some(name) = reader.text(item, "the name of a view") else { continue };
        if views.is_some_and(|views| !views.watched.iter().any(|view| view.name == name)) {
            reader.note(unknown(&name, item.span));
        }
        names.push(name);
    }
    names
}

fn unknown(name: &str, at: Span) -> Problem {
    Problem::new(at, format!("there is no feature view `{name}` that is watched"))
}
