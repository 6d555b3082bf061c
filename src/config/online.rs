//! `online`: the online store, how to reach it and how rows lie in it.

use std::time::Duration;

use super::problem::{Problem, Span};
use super::reader::Reader;
use super::redis::{self, RedisAccess};
use super::section::Section;
use super::tree::{Content, Entry, Node};
use crate::store::online::{
    KeySerialization, OnlineSettings, PlainEncoding, PlainLayout, PlainTimestamp, ReadBudget, RedisLayout,
    RedisSettings, SqliteSettings, TimestampFormat,
};

/// What Feast's configuration says of the online store.
#[derive(Clone, Debug)]
pub(super) struct FeastOnline {
    /// How entity keys are written.
    pub(super) keys: KeySerialization,
    /// How to reach the store; `Err` names a kind that cannot be read.
    pub(super) access: Result<Access, String>,
}

/// How to reach an online store.
#[derive(Clone, Debug)]
pub(super) enum Access {
    /// Redis.
    Redis(Box<RedisAccess>),
    /// A SQLite file.
    Sqlite(std::path::PathBuf),
}

/// What the sample settings say of reading online.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Limits on what reading may cost.
    pub(super) budget: ReadBudget,
    /// Where the file sets limits.
    pub(super) budget_at: Option<Span>,
    /// Whether reads may go to replicas, and where the file says so.
    pub(super) replica_reads: Option<(bool, Span)>,
}

/// The online store of a plan.
#[derive(Clone, Debug)]
pub(super) struct Online {
    /// Its settings.
    pub(super) settings: OnlineSettings,
    /// Feast project of views that are declared in the file.
    pub(super) project: Option<String>,
    /// Where the key patterns of a plain layout stand, for problems that views have with them.
    pub(super) patterns: Vec<(String, Span)>,
    /// The time to live that every write gives its row.
    pub(super) write_ttl: Option<Duration>,
}

/// What else bears on an online store.
#[derive(Clone, Copy)]
struct Surroundings<'a> {
    feast: Option<&'a FeastOnline>,
    layout_at: Option<Span>,
    reading: Reading,
}

/// A layout as the file declares it.
#[derive(Clone, Debug)]
enum Layout {
    Feast { project: Option<String>, keys: Option<KeySerialization> },
    Plain { layout: PlainLayout, patterns: Vec<(String, Span)>, write_ttl: Option<Duration> },
}

/// Reads the section.
pub(super) fn read(
    entry: Option<&Entry>,
    feast: Option<&FeastOnline>,
    reading: Reading,
    reader: &mut Reader<'_>,
) -> Option<Online> {
    let mut section = match entry {
        Some(entry) => Some(Section::open(&entry.value, "`online`", reader)?),
        None => None,
    };
    let access = access(section.as_mut(), feast, reader);
    let layout_entry = section.as_mut().and_then(|section| section.entry("layout"));
    let layout = layout_entry.map(|entry| layout(&entry.value, reader));
    if let Some(section) = section {
        if layout_entry.is_none() && feast.is_none() {
            let hint =
                "`layout: { feast: { project: … } }`, or a plain one: `layout: { key: \"feat:{entity}:{feature}\" }`";
            reader.note(Problem::new(section.at(), "`online` needs `layout`").hint(hint));
        }
        section.close(reader);
    }
    let layout = match (layout, feast) {
        (Some(layout), None) => layout?,
        (Some(layout), Some(_)) => {
            let same = matches!(layout?, Layout::Feast { project: None, keys: None });
            if let (false, Some(entry)) = (same, layout_entry) {
                reader.note(Problem::new(entry.span, "the layout comes from `feast` and cannot be another"));
            }
            Layout::Feast { project: None, keys: None }
        }
        (None, Some(_)) => Layout::Feast { project: None, keys: None },
        (None, None) => return None,
    };
    let layout_at = layout_entry.map(|entry| entry.span);
    assemble(access?, layout, &Surroundings { feast, layout_at, reading }, reader)
}

fn access(section: Option<&mut Section<'_>>, feast: Option<&FeastOnline>, reader: &mut Reader<'_>) -> Option<Access> {
    let of_feast = feast.and_then(|feast| feast.access.as_ref().ok());
    let Some(section) = section else { return of_feast.cloned() };
    let redis_entry = section.entry("redis");
    let sqlite_entry = section.entry("sqlite");
    match (redis_entry, sqlite_entry) {
        (None, None) => {
            if of_feast.is_none() {
                reader.note(Problem::new(section.at(), "`online` needs `redis` or `sqlite`"));
            }
            of_feast.cloned()
        }
        (Some(_), Some(entry)) => {
            reader.note(Problem::new(entry.span, "`redis` is given already: a plan has one online store"));
            None
        }
        (Some(entry), None) => {
            let base = match of_feast {
                Some(Access::Redis(access)) => Some(access.as_ref()),
                Some(Access::Sqlite(_)) | None => None,
            };
            redis::read(&entry.value, base, reader).map(|access| Access::Redis(Box::new(access)))
        }
        (None, Some(entry)) => {
            let mut section = Section::open(&entry.value, "`sqlite`", reader)?;
            let path = section.required("path", reader).and_then(|node| reader.path(node));
            section.close(reader);
            path.map(Access::Sqlite)
        }
    }
}

fn assemble(access: Access, layout: Layout, around: &Surroundings<'_>, reader: &mut Reader<'_>) -> Option<Online> {
    let Surroundings { feast, layout_at, reading } = *around;
    let (layout, project, (patterns, write_ttl)) = match layout {
        Layout::Plain { layout, patterns, write_ttl } => (RedisLayout::Plain(layout), None, (patterns, write_ttl)),
        Layout::Feast { project, keys } => {
            if let (true, true, Some(at)) = (feast.is_none(), project.is_none(), layout_at) {
                let problem = Problem::new(at, "the layout `feast` needs the project that is part of every key");
                reader.note(problem.hint("`layout: { feast: { project: … } }`, or `feast: FOLDER` at the top"));
            }
            let keys = keys.or(feast.map(|feast| feast.keys)).unwrap_or(KeySerialization::V3);
            (RedisLayout::Feast { keys }, project, (Vec::new(), None))
        }
    };
    let settings = match access {
        Access::Sqlite(path) => {
            let idle = [("budget", reading.budget_at), ("replica_reads", reading.replica_reads.map(|(_, at)| at))];
            for (name, at) in idle {
                if let Some(at) = at {
                    reader.note(Problem::new(at, format!("`{name}` has no effect on a SQLite store")));
                }
            }
            match (layout, layout_at) {
                (RedisLayout::Feast { keys }, _) => OnlineSettings::Sqlite(SqliteSettings { path, keys }),
                (RedisLayout::Plain(_), at) => {
                    if let Some(at) = at {
                        reader.note(Problem::new(at, "a SQLite store is read in the layout `feast` only"));
                    }
                    return None;
                }
            }
        }
        Access::Redis(access) => {
            if let (Some(_), Some((_, at))) = (access.replica_reads, reading.replica_reads) {
                reader.note(Problem::new(at, "`replica_reads` is already given under `online`"));
            }
            let replica_reads = access.replica_reads.or(reading.replica_reads).is_some_and(|(wanted, _)| wanted);
            OnlineSettings::Redis(Box::new(RedisSettings {
                nodes: access.nodes,
                database: access.database,
                username: access.username,
                password: access.password,
                tls: access.tls,
                topology: access.topology,
                replica_reads,
                layout,
                budget: reading.budget,
            }))
        }
    };
    Some(Online { settings, project, patterns, write_ttl })
}

fn layout(node: &Node, reader: &mut Reader<'_>) -> Option<Layout> {
    if matches!(node.content, Content::Scalar(_)) {
        return reader.choice(node, &[("feast", Layout::Feast { project: None, keys: None })]);
    }
    let mut section = Section::open(node, "`layout`", reader)?;
    if let Some(feast) = section.optional("feast") {
        section.close(reader);
        let mut section = Section::open(feast, "`feast`", reader)?;
        let project = section.required("project", reader).and_then(|node| reader.text(node, "the name of a project"));
        let versions = [("2", KeySerialization::V2), ("3", KeySerialization::V3)];
        let keys = section.optional("key_serialization").and_then(|node| reader.choice(node, &versions));
        section.close(reader);
        return Some(Layout::Feast { project: Some(project?), keys });
    }
    let key_node = section.required("key", reader);
    let key = key_node.and_then(|node| reader.text(node, "a pattern such as `feat:{entity}:{feature}`"));
    let encodings = [
        ("json", PlainEncoding::Json),
        ("text", PlainEncoding::Text),
        ("msgpack", PlainEncoding::Msgpack),
        ("protobuf-value", PlainEncoding::ProtobufValue),
    ];
    let encoding = section.optional("encoding").and_then(|node| reader.choice(node, &encodings));
    let timestamp = timestamp(&mut section, key.as_deref(), reader);
    let timestamp_at = section.optional("timestamp_key").map(|node| node.span);
    let write_ttl = section.entry("write_ttl");
    if let (Some(entry), Some(_)) = (write_ttl, &timestamp) {
        reader.note(Problem::new(entry.span, "`write_ttl` has no effect where rows have an event timestamp"));
    }
    let write_ttl = write_ttl.and_then(|entry| reader.positive_duration(&entry.value));
    section.close(reader);
    let encoding = encoding.unwrap_or(PlainEncoding::Json);
    let mut patterns: Vec<(String, Span)> = key.iter().cloned().zip(key_node.map(|node| node.span)).collect();
    if let (Some(timestamp), Some(at)) = (&timestamp, timestamp_at) {
        patterns.push((timestamp.at.clone(), at));
    }
    Some(Layout::Plain { layout: PlainLayout { key: key?, encoding, timestamp }, patterns, write_ttl })
}

fn timestamp(section: &mut Section<'_>, key: Option<&str>, reader: &mut Reader<'_>) -> Option<PlainTimestamp> {
    let key_entry = section.entry("timestamp_key");
    let field_entry = section.entry("timestamp_field");
    let format_entry = section.entry("timestamp_format");
    let formats = [
        ("epoch_seconds", TimestampFormat::EpochSeconds),
        ("epoch_millis", TimestampFormat::EpochMillis),
        ("rfc3339", TimestampFormat::Rfc3339),
    ];
    let format = format_entry.and_then(|entry| reader.choice(&entry.value, &formats));
    let hash = key.is_some_and(|key| !key.contains("{feature}"));
    match (key_entry, field_entry) {
        (_, Some(entry)) if key.is_some() && !hash => {
            let problem = Problem::new(entry.span, "a `key` with `{feature}` names one value, which has no fields");
            reader.note(problem.hint("write `timestamp_key`"));
        }
        (Some(_), Some(entry)) => {
            reader.note(Problem::new(entry.span, "`timestamp_key` is given already, and one of them is enough"));
        }
        (None, None) => {
            if let Some(entry) = format_entry {
                let problem = Problem::new(entry.span, "`timestamp_format` has no effect without a timestamp");
                reader.note(problem.hint("name it with `timestamp_key` or `timestamp_field`"));
            }
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    let entry = key_entry.or(field_entry)?;
    let at = reader.text(&entry.value, "where the event timestamp is")?;
    let misplaced = match key_entry {
        Some(_) if at.contains("{feature}") => Some("names `{feature}`, and a row has one event timestamp"),
        Some(_) => None,
        None if at.contains('{') => Some("is the name of a field and has no placeholders"),
        None => None,
    };
    if let Some(why) = misplaced {
        reader.note(Problem::new(entry.value.span, format!("`{at}` {why}")));
    }
    Some(PlainTimestamp { at, format: format.unwrap_or(TimestampFormat::EpochSeconds) })
}
