//! Whether a node drops any of its keys by itself.
//!
//! The time until a key is dropped is a second question about each key, and in most stores of features no key has one. A
//! node says how many of its keys expire in `INFO keyspace`, which is asked at the end of each long pipeline, after the
//! keys themselves: a key that was read and expires is counted there. While the count is zero, lifetimes are not asked;
//! a pipeline after whose keys it is not zero asks for theirs at once. A node that does not let us ask is asked for all.

use std::sync::atomic::{AtomicU8, Ordering};

use redis::Value;

use super::reply::Lifetime;

/// Keys up to which a pipeline asks for their lifetimes and not for the count.
const FEW: usize = 8;

/// What a node was found to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Told {
    /// No key of it expires.
    Never = 1,
    /// Keys of it expire.
    Some,
    /// It does not let us ask.
    Refused,
}

/// What one node told last; 0 before it told anything.
#[derive(Debug, Default)]
pub(super) struct Expiry(AtomicU8);

/// What a pipeline asks besides its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Besides {
    /// Whether it asks for the lifetime of each key.
    pub(super) lifetime: Lifetime,
    /// Whether it ends with the question how many keys expire.
    pub(super) is_counted: bool,
}

impl Expiry {
    /// What a pipeline of so many keys is to ask besides.
    pub(super) fn besides(&self, keys: usize) -> Besides {
        let told = self.0.load(Ordering::Relaxed);
        let is_counted = keys > FEW && told != Told::Refused as u8;
        let is_skipped = is_counted && told == Told::Never as u8;
        Besides { lifetime: if is_skipped { Lifetime::Unasked } else { Lifetime::Asked }, is_counted }
    }

    /// Takes in the answer to `INFO keyspace` about a database.
    pub(super) fn learn(&self, answer: &Value, database: i64) -> Told {
        let told = match answer {
            Value::BulkString(text) => told(&String::from_utf8_lossy(text), database),
            Value::VerbatimString { text, .. } | Value::SimpleString(text) => told(text, database),
            _ => Told::Refused,
        };
        self.0.store(told as u8, Ordering::Relaxed);
        told
    }
}

/// A database without keys has no line.
fn told(text: &str, database: i64) -> Told {
    let line =
        text.lines().find_map(|line| line.strip_prefix("db")?.strip_prefix(&database.to_string())?.strip_prefix(':'));
    let Some(line) = line else { return Told::Never };
    match line.split(',').find_map(|part| part.strip_prefix("expires=")) {
        Some("0") => Told::Never,
        Some(_) => Told::Some,
        None => Told::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_the_right_database_decides() {
        let text = "# Keyspace\r\ndb0:keys=10,expires=0,avg_ttl=0\r\ndb1:keys=3,expires=2,avg_ttl=5\r\n";
        assert_eq!([0, 1, 2].map(|database| told(text, database)), [Told::Never, Told::Some, Told::Never]);
        assert_eq!(told("db0:keys=10", 0), Told::Refused);
    }

    #[test]
    fn lifetimes_are_left_out_of_long_pipelines_where_no_key_expires() {
        let expiry = Expiry::default();
        let besides = |keys| (expiry.besides(keys).lifetime, expiry.besides(keys).is_counted);
        assert_eq!([1, 64].map(besides), [(Lifetime::Asked, false), (Lifetime::Asked, true)]);
        expiry.learn(&Value::SimpleString("db0:keys=1,expires=0,avg_ttl=0".to_owned()), 0);
        assert_eq!([1, 64].map(besides), [(Lifetime::Asked, false), (Lifetime::Unasked, true)]);
        expiry.learn(&Value::Nil, 0);
        assert_eq!([1, 64].map(besides), [(Lifetime::Asked, false), (Lifetime::Asked, false)]);
    }
}
