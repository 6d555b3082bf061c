//! `snapshots` and `profiles`: access to the training data, and where what was learnt of it is kept.

use std::path::PathBuf;

use super::problem::Problem;
use super::quantity::Complaint;
use super::reader::Reader;
use super::section::Section;
use super::tree::Node;
use crate::store::snapshot::{S3Settings, SnapshotSettings};

/// Access to snapshots, and what relative addresses of views are relative to.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshots {
    /// Access.
    pub(super) settings: SnapshotSettings,
    /// The folder or `s3://` address that views' addresses begin from; `None` is the configuration's folder.
    pub(super) root: Option<String>,
}

/// Reads `profiles`, the folder in which profiles of snapshots are kept.
pub(super) fn profiles(node: &Node, reader: &mut Reader<'_>) -> Option<PathBuf> {
    let text = reader.text(node, "a folder")?;
    if text.contains("://") {
        let problem = Problem::new(node.span, format!("profiles are kept in a local folder, and `{text}` is none"));
        reader.note(problem.hint("`reference` of a view may name a profile on `s3://`"));
        return None;
    }
    reader.path(node)
}

/// Reads the section.
pub(super) fn read(node: Option<&Node>, reader: &mut Reader<'_>) -> Snapshots {
    let Some(mut section) = node.and_then(|node| Section::open(node, "`snapshots`", reader)) else {
        return Snapshots::default();
    };
    let root = section.optional("root").and_then(|node| reader.location(node, None));
    let endpoint = section.optional("endpoint").and_then(|node| {
        reader.parsed(node, "an address such as `http://minio:9000`", |text| {
            if text.starts_with("http://") || text.starts_with("https://") {
                return Ok(text.trim_end_matches('/').to_owned());
            }
            Err(Complaint::new("is no address of a server").hint("write `http://…` or `https://…`"))
        })
    });
    let region = section.optional("region").and_then(|node| reader.text(node, "a region"));
    let path_style = section.optional("path_style").and_then(|node| reader.flag(node));
    let key_names = ["access_key_id", "access_key_id_env", "access_key_id_file"];
    let access_key_id = reader.given(&mut section, key_names);
    let secret_names = ["secret_access_key", "secret_access_key_env", "secret_access_key_file"];
    let secret_access_key = reader.secret(&mut section, secret_names);
    let token_names = ["session_token", "session_token_env", "session_token_file"];
    let session_token = reader.secret(&mut section, token_names);
    let mut given = |names: [&'static str; 3]| names.into_iter().find_map(|name| section.entry(name));
    let halves = (given(key_names), given(secret_names));
    if let (Some(entry), None) | (None, Some(entry)) = halves {
        let message = "`access_key_id` and `secret_access_key` go together, and only one is given";
        reader.note(Problem::new(entry.span, message));
    }
    let concurrency = section.optional("concurrency").and_then(|node| reader.whole(node, 1));
    section.close(reader);
    let s3 = S3Settings { endpoint, region, path_style, access_key_id, secret_access_key, session_token };
    let concurrency = concurrency.unwrap_or(SnapshotSettings::default().concurrency);
    Snapshots { settings: SnapshotSettings { s3, concurrency }, root }
}
