//! What is asked about a key, in which commands, and what the answers mean.

use std::sync::Arc;
use std::time::Duration;
use std::vec;

use redis::{Cmd, Pipeline, ServerError, Value};

use super::fault::Fault;
use crate::model::online::UnreadReason;
use crate::model::view::FeatureView;

/// What is asked about a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask<'a> {
    /// These fields of a hash.
    Fields(&'a [Vec<u8>], Lifetime),
    /// The whole text.
    Text,
    /// The whole texts of this key and others of its slot, read at one instant.
    Texts(&'a [Vec<u8>], Lifetime),
    /// The time until the key is dropped.
    Expiry,
    /// Whether a hash has this field.
    Holds(&'a [u8]),
}

/// Whether the time until a key is dropped is asked besides: a second command to each key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// It is.
    Asked,
    /// It is not.
    Unasked,
    /// It is asked unless the node says that none of its keys is dropped by itself.
    Learnt,
}

impl Lifetime {
    /// Asked where it tells when rows were written, and about as many keys as a person looks at; over a whole sample it
    /// doubles what reading costs the store.
    pub(super) const fn of(view: &FeatureView, keys: usize) -> Self {
        if keys <= 128 || view.write_ttl.is_some() { Self::Asked } else { Self::Unasked }
    }
}

/// What a key was found to hold.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    /// The fields in the order asked, `None` where there is none, and the time until the key is dropped, if it is and
    /// that was asked.
    Fields(Vec<Option<Vec<u8>>>, Option<Duration>),
    /// The whole text; `None` if there is no such key.
    Text(Option<Vec<u8>>),
    /// The texts in the order of their keys, `None` where there is none, and the time until the first of them is dropped,
    /// if any is and that was asked.
    Texts(Vec<Option<Vec<u8>>>, Option<Duration>),
    /// The time until the key is dropped, if it is.
    Expiry(Option<Duration>),
    /// The hash has the field.
    Held,
    /// There is no such hash, or it has no such field.
    NotHeld,
    /// The key holds another Redis type than the question is about.
    OtherType,
}

impl Ask<'_> {
    /// The lifetime that is asked besides.
    pub(super) const fn lifetime(self) -> Lifetime {
        match self {
            Self::Fields(_, lifetime) | Self::Texts(_, lifetime) => lifetime,
            Self::Text | Self::Expiry | Self::Holds(_) => Lifetime::Unasked,
        }
    }

    /// The same question where it is known whether to ask for a lifetime that is [`Lifetime::Learnt`].
    pub(super) const fn settled(self, learnt: Lifetime) -> Self {
        match self {
            Self::Fields(fields, Lifetime::Learnt) => Self::Fields(fields, learnt),
            Self::Texts(keys, Lifetime::Learnt) => Self::Texts(keys, learnt),
            Self::Fields(..) | Self::Texts(..) | Self::Text | Self::Expiry | Self::Holds(_) => self,
        }
    }

    /// Adds the commands that ask for the lifetimes alone.
    pub(super) fn add_lifetimes(self, pipeline: &mut Pipeline, key: &[u8]) {
        match self {
            Self::Texts(keys, _) => keys.iter().for_each(|key| {
                pipeline.add_command(about("PTTL", key));
            }),
            Self::Fields(..) | Self::Text | Self::Expiry | Self::Holds(_) => {
                pipeline.add_command(about("PTTL", key));
            }
        }
    }

    /// Puts the answers to [`Ask::add_lifetimes`] into a reply that came without.
    pub(super) fn put_lifetimes(self, reply: Option<&mut Reply>, answers: &mut vec::IntoIter<Value>) {
        let keys = if let Self::Texts(keys, _) = self { keys.len() } else { 1 };
        let lifetimes: Vec<Value> = answers.take(keys).collect();
        let Some(reply) = reply else { return };
        match reply {
            Reply::Texts(texts, first) => *first = shortest(texts, &lifetimes),
            Reply::Fields(_, expiry) => *expiry = lifetimes.first().and_then(remaining),
            Reply::Text(_) | Reply::Expiry(_) | Reply::Held | Reply::NotHeld | Reply::OtherType => {}
        }
    }

    /// Adds the commands that ask this about `key`.
    pub(super) fn add_to(self, pipeline: &mut Pipeline, key: &[u8]) {
        match self {
            Self::Fields(fields, lifetime) => {
                let size = fields.iter().map(Vec::len).sum::<usize>() + key.len() + 5;
                let mut command = Cmd::with_capacity(fields.len() + 2, size);
                command.arg("HMGET").arg(key);
                for field in fields {
                    command.arg(field.as_slice());
                }
                pipeline.add_command(command);
                if lifetime == Lifetime::Asked {
                    self.add_lifetimes(pipeline, key);
                }
            }
            Self::Texts(keys, lifetime) => {
                let size = keys.iter().map(Vec::len).sum::<usize>() + 4;
                let mut command = Cmd::with_capacity(keys.len() + 1, size);
                command.arg("MGET");
                for key in keys {
                    command.arg(key.as_slice());
                }
                pipeline.add_command(command);
                if lifetime == Lifetime::Asked {
                    self.add_lifetimes(pipeline, key);
                }
            }
            Self::Text => {
                pipeline.add_command(about("GET", key));
            }
            Self::Expiry => {
                pipeline.add_command(about("PTTL", key));
            }
            Self::Holds(field) => {
                let mut command = about("HEXISTS", key);
                command.arg(field);
                pipeline.add_command(command);
            }
        }
    }

    /// Takes the answers to the commands of this question from the front of `answers`.
    pub(super) fn understand(self, answers: &mut vec::IntoIter<Value>, node: &Arc<str>) -> Result<Reply, Fault> {
        let mut next = || answers.next().unwrap_or(Value::Nil);
        match self {
            Self::Fields(fields, lifetime) => {
                let values = next();
                let expiry = match lifetime {
                    Lifetime::Asked => remaining(&next()),
                    Lifetime::Unasked | Lifetime::Learnt => None,
                };
                if let Value::ServerError(error) = &values {
                    return other_type(error, node);
                }
                let Value::Array(values) = values else { return Err(nonsense(node)) };
                if values.len() != fields.len() {
                    return Err(nonsense(node));
                }
                let values = values.into_iter().map(|value| text(value, node)).collect::<Result<_, _>>()?;
                Ok(Reply::Fields(values, expiry))
            }
            Self::Texts(keys, lifetime) => {
                let texts = next();
                let lifetimes: Vec<Value> = match lifetime {
                    Lifetime::Asked => keys.iter().map(|_| next()).collect(),
                    Lifetime::Unasked | Lifetime::Learnt => Vec::new(),
                };
                if let Value::ServerError(error) = &texts {
                    return Err(Fault::of_answer(node, error));
                }
                let Value::Array(texts) = texts else { return Err(nonsense(node)) };
                if texts.len() != keys.len() {
                    return Err(nonsense(node));
                }
                let texts: Vec<_> = texts.into_iter().map(|value| text(value, node)).collect::<Result<_, _>>()?;
                let first = shortest(&texts, &lifetimes);
                Ok(Reply::Texts(texts, first))
            }
            Self::Text => {
                let answer = next();
                if let Value::ServerError(error) = &answer {
                    return other_type(error, node);
                }
                text(answer, node).map(Reply::Text)
            }
            Self::Expiry => Ok(Reply::Expiry(remaining(&next()))),
            Self::Holds(_) => {
                let answer = next();
                if let Value::ServerError(error) = &answer {
                    return other_type(error, node);
                }
                let Value::Int(held) = answer else { return Err(nonsense(node)) };
                Ok(if held == 0 { Reply::NotHeld } else { Reply::Held })
            }
        }
    }
}

fn about(name: &str, key: &[u8]) -> Cmd {
    let mut command = Cmd::with_capacity(3, name.len() + key.len());
    command.arg(name).arg(key);
    command
}

/// A bulk string; `None` for nil. RESP2 has no third answer to a read.
fn text(value: Value, node: &Arc<str>) -> Result<Option<Vec<u8>>, Fault> {
    if let Value::BulkString(bytes) = value {
        return Ok(Some(bytes));
    }
    if value == Value::Nil { Ok(None) } else { Err(nonsense(node)) }
}

/// The answer to `PTTL`: milliseconds; -1 for a key that stays, -2 for one that is gone. An answer that is no number is
/// none.
fn remaining(answer: &Value) -> Option<Duration> {
    let Value::Int(millis) = answer else { return None };
    if *millis == -2 { Some(Duration::ZERO) } else { u64::try_from(*millis).ok().map(Duration::from_millis) }
}

/// The shortest lifetime of the texts that are there; those that are not have none.
fn shortest(texts: &[Option<Vec<u8>>], lifetimes: &[Value]) -> Option<Duration> {
    let there = texts.iter().zip(lifetimes).filter(|(text, _)| text.is_some());
    there.filter_map(|(_, lifetime)| remaining(lifetime)).min()
}

fn other_type(error: &ServerError, node: &Arc<str>) -> Result<Reply, Fault> {
    if error.code() == "WRONGTYPE" { Ok(Reply::OtherType) } else { Err(Fault::of_answer(node, error)) }
}

fn nonsense(node: &Arc<str>) -> Fault {
    Fault::new(node, UnreadReason::Protocol, "the answer has an unknown shape")
}
