//! Entity keys as evidence shows them.
//!
//! A key that is hashed is the first 16 bytes of HMAC-SHA-256 under a secret of 32 bytes (the salt) of the key as
//! [`EntityKey::write`] writes it. Without the salt nobody can try keys out, however few there are, and it is not in the
//! evidence: it is drawn for each, and forgotten, or it lies in a file that its owner keeps.

use std::fs;
use std::path::Path;

use polars::prelude::{Column, DataFrame, NamedFrom as _, Series};
use rustls::crypto::aws_lc_rs::default_provider;
use serde::{Deserialize, Serialize};

use super::FeatureNodes;
use super::digest::{hex, hmac};
use super::error::EvidenceError;
use super::table::{self, booleans, bytes};
use crate::kept::file::{Readers, replace_for};
use crate::model::entity::{EntityKey, KeyValue};
use crate::model::sample::{Origins, SampledKey};

/// Bytes of a salt.
const SALT: usize = 32;
/// Bytes of a hashed key.
const PSEUDONYM: usize = 16;

/// The secret that keys are hashed with.
#[derive(Clone)]
pub struct Salt([u8; SALT]);

/// How evidence shows entity keys.
#[derive(Clone)]
pub enum KeyForm {
    /// Hashed with a secret.
    Hashed(Salt),
    /// As they are.
    Plain,
}

/// How the keys of evidence are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Shown {
    /// Hashed.
    Hashed,
    /// As they are.
    Plain,
}

impl Salt {
    /// A secret that nobody knows.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn random() -> Result<Self, EvidenceError> {
        let mut salt = [0; SALT];
        default_provider().secure_random.fill(&mut salt).map_err(|_| EvidenceError::NoSalt)?;
        Ok(Self(salt))
    }

    /// The secret in a file of 64 hexadecimal digits; where there is no file, it is made with a new secret, for its owner
    /// alone to read.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub fn in_file(path: &Path) -> Result<Self, EvidenceError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let salt = Self::random()?;
                let unwritten = |source| EvidenceError::Unwritten { path: path.to_owned(), source };
                replace_for(Readers::Owner, path, format!("{}\n", hex(&salt.0)).as_bytes()).map_err(unwritten)?;
                return Ok(salt);
            }
            Err(source) => return Err(EvidenceError::Unread { path: path.to_owned(), source }),
        };
        let digits = text.trim();
        let byte = |place: usize| u8::from_str_radix(digits.get(2 * place..2 * place + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..SALT).map(byte).collect();
        let salt = bytes.filter(|_| digits.len() == 2 * SALT).and_then(|bytes| bytes.try_into().ok());
        salt.map(Self).ok_or_else(|| EvidenceError::NotASalt { path: path.to_owned() })
    }

    /// What stands for a key.
    fn pseudonym(&self, key: &EntityKey) -> Vec<u8> {
        let mut written = Vec::new();
        key.write(&mut written);
        let mut code = hmac(&self.0, &written);
        code.truncate(PSEUDONYM);
        code
    }
}

impl KeyForm {
    pub(super) const fn shown(&self) -> Shown {
        match self {
            Self::Hashed(_) => Shown::Hashed,
            Self::Plain => Shown::Plain,
        }
    }

    fn bytes(&self, key: &EntityKey) -> Vec<u8> {
        match self {
            Self::Hashed(salt) => salt.pseudonym(key),
            Self::Plain => {
                let mut written = Vec::new();
                key.write(&mut written);
                written
            }
        }
    }

    fn text(&self, key: &EntityKey) -> String {
        match self {
            Self::Hashed(salt) => hex(&salt.pseudonym(key)),
            Self::Plain => key.to_string(),
        }
    }
}

/// One row per key, in the order of the sample.
pub(super) fn table(
    keys: &[SampledKey],
    (form, nodes): (&KeyForm, &[FeatureNodes]),
) -> Result<DataFrame, polars::prelude::PolarsError> {
    let written: Vec<Vec<u8>> = keys.iter().map(|sampled| form.bytes(&sampled.key)).collect();
    let texts: Vec<String> = keys.iter().map(|sampled| form.text(&sampled.key)).collect();
    let flags = |name: &str, flag: fn(&Origins) -> bool| {
        Column::new(name.into(), keys.iter().map(|sampled| flag(&sampled.origins)).collect::<Vec<bool>>())
    };
    let columns = vec![
        Series::new("key".into(), written.iter().map(Vec::as_slice).collect::<Vec<&[u8]>>()).into(),
        Series::new("key_text".into(), texts).into(),
        flags("offline", |origins| origins.offline),
        flags("online", |origins| origins.online),
        flags("requested", |origins| origins.requested),
        Series::new("nodes".into(), nodes.iter().map(|nodes| nodes_text(nodes)).collect::<Vec<_>>()).into(),
    ];
    DataFrame::new(keys.len(), columns)
}

/// One node for each feature, joined by commas, and `-` for none; `None` where there is none at all.
fn nodes_text(nodes: &[Option<u16>]) -> Option<String> {
    let text = |node: &Option<u16>| node.map_or_else(|| "-".to_owned(), |node| node.to_string());
    nodes.iter().any(Option::is_some).then(|| nodes.iter().map(text).collect::<Vec<_>>().join(","))
}

fn nodes_of(text: Option<String>, features: usize) -> Option<FeatureNodes> {
    let Some(text) = text else { return Some(vec![None; features]) };
    let node = |text: &str| if text == "-" { Some(None) } else { text.parse().ok().map(Some) };
    text.split(',').map(node).collect::<Option<Vec<_>>>().filter(|nodes| nodes.len() == features)
}

/// The keys of such a table, and the nodes of so many features of each.
pub(super) fn keys(
    frame: &DataFrame,
    (shown, features): (Shown, usize),
) -> Result<(Vec<SampledKey>, Vec<FeatureNodes>), String> {
    let (offline, online) = (booleans(frame, "offline")?, booleans(frame, "online")?);
    let requested = booleans(frame, "requested")?;
    let key = |written: &[u8]| match shown {
        Shown::Hashed => Some(EntityKey::new([KeyValue::Bytes(written.into())])),
        Shown::Plain => EntityKey::read(written),
    };
    let written = bytes(frame, "key")?;
    let texts = table::texts(frame, "nodes")?;
    let nodes = texts.into_iter().map(|text| nodes_of(text, features)).collect::<Option<Vec<_>>>();
    let nodes = nodes.ok_or("a node cannot be read")?;
    let mut keys = Vec::with_capacity(written.len());
    for (row, written) in written.into_iter().enumerate() {
        let key = written.and_then(|written| key(&written)).ok_or("a key cannot be read")?;
        let flag = |flags: &[Option<bool>]| table::at(flags, row).ok_or("an origin is missing");
        let origins = Origins { offline: flag(&offline)?, online: flag(&online)?, requested: flag(&requested)? };
        keys.push(SampledKey { key, origins });
    }
    Ok((keys, nodes))
}
