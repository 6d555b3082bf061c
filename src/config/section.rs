//! A mapping whose keys are known.

use super::mask;
use super::problem::{Problem, Span, listed, nearest};
use super::reader::Reader;
use super::tree::{Content, Entry, Node};

/// A mapping that is being read: it remembers which keys were asked for, and the rest are unknown.
pub(super) struct Section<'tree> {
    name: String,
    at: Span,
    entries: &'tree [Entry],
    asked: Vec<&'static str>,
    refused: Vec<&'static str>,
}

impl<'tree> Section<'tree> {
    /// Begins to read a mapping; nothing at all counts as an empty one. `name` stands in messages.
    pub(super) fn open(node: &'tree Node, name: impl Into<String>, reader: &mut Reader<'_>) -> Option<Self> {
        let name = name.into();
        let entries = match &node.content {
            Content::Mapping(entries) => entries.as_slice(),
            Content::Nothing => &[],
            Content::Scalar(_) | Content::List(_) => {
                let found = node.content.name();
                reader.note(Problem::new(node.span, format!("{name} must be a mapping, and this is {found}")));
                return None;
            }
        };
        Some(Self { name, at: node.span, entries, asked: Vec::new(), refused: Vec::new() })
    }

    /// Where the mapping stands.
    pub(super) const fn at(&self) -> Span {
        self.at
    }

    /// The entry of a key, if the file has it.
    pub(super) fn entry(&mut self, key: &'static str) -> Option<&'tree Entry> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The value of a key, if the file has it.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<&'tree Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value of a key that must be there.
    pub(super) fn required(&mut self, key: &'static str, reader: &mut Reader<'_>) -> Option<&'tree Node> {
        let value = self.optional(key);
        if value.is_none() {
            reader.note(Problem::new(self.at, format!("{} needs `{key}`", self.name)));
        }
        value
    }

    /// Notes a key that is allowed elsewhere and not here.
    pub(super) fn refuse(&mut self, key: &'static str, why: &str, reader: &mut Reader<'_>) {
        self.refused.push(key);
        if let Some(entry) = self.entries.iter().find(|entry| entry.key == key) {
            reader.note(Problem::new(entry.span, format!("`{key}` {why}")));
        }
    }

    /// Ends the reading: every key that nobody asked for is a problem.
    pub(super) fn close(self, reader: &mut Reader<'_>) {
        for entry in self.entries {
            if self.asked.iter().chain(&self.refused).any(|known| *known == entry.key) {
                continue;
            }
            let near = nearest(&entry.key, self.asked.iter().copied());
            if near.is_some_and(mask::is_secret) {
                reader.conceal(&entry.value);
            }
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{} can have {}", self.name, listed(&self.asked)),
            };
            reader.note(Problem::new(entry.span, format!("unknown key `{}`", entry.key)).hint(hint));
        }
    }
}
