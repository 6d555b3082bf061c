//! The online side of the population: texts in Redis, written through one pipeline per node.

use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;

use super::{Entity, FEATURES, Fault, HOUR, NEVER, VERSIONS, Value, value};
use crate::support::redis::RedisServer;

/// What stands at one key.
enum Stored {
    Nothing,
    Text(String),
    Hash,
    List,
}

/// Writes the online rows of `entities` to the masters of a cluster with equal shares of the slots (or to one server).
pub(in crate::rounds) fn fill(nodes: &[RedisServer], entities: &[Entity]) {
    let mut pipelines = vec![(Vec::new(), 0_usize); nodes.len()];
    for entity in entities.iter().filter(|entity| entity.is_online() || entity.has(Fault::TimestampAlone)) {
        let id = entity.id();
        let cells = FEATURES.iter().enumerate().map(|(feature, (name, _))| (*name, cell(entity, feature)));
        for (name, stored) in cells.chain([("_ts", timestamp(entity))]) {
            let key = format!("feat:{id}:{name}");
            let slot = usize::from(slot(key.as_bytes()));
            let owner = (0..nodes.len()).find(|node| slot < (node + 1) * 16384 / nodes.len()).unwrap();
            let (bytes, commands) = &mut pipelines[owner];
            let words = match &stored {
                Stored::Nothing => continue,
                Stored::Text(text) => vec!["SET", &key, text],
                Stored::Hash => vec!["HSET", &key, "field", "value"],
                Stored::List => vec!["RPUSH", &key, "value"],
            };
            command(bytes, &words);
            *commands += 1;
        }
    }
    thread::scope(|scope| {
        for (node, (bytes, commands)) in nodes.iter().zip(pipelines) {
            scope.spawn(move || send(node, bytes, commands));
        }
    });
}

fn cell(entity: &Entity, feature: usize) -> Stored {
    let (newest, before, oldest) = (2, 1, 0);
    let of = |version| Stored::Text(json(feature, &value(feature, entity.number, version)));
    let Some((fault, at)) = entity.fault else { return of(newest) };
    let meant = at == feature;
    match fault {
        Fault::OlderRow => of(before),
        Fault::OldestRow | Fault::Forgotten => of(oldest),
        Fault::Ancient | Fault::BeforeHistory | Fault::NewerThanSnapshot => of(NEVER),
        Fault::RightlyGone | Fault::MissingRow | Fault::TimestampAlone | Fault::Nowhere => Stored::Nothing,
        Fault::WrongValue if meant => of(NEVER),
        Fault::OlderValue if meant => of(before),
        Fault::MissingFeature if meant => Stored::Nothing,
        Fault::WrongType if meant => Stored::Text(if feature == 2 { "[1]" } else { "\"many\"" }.to_owned()),
        Fault::NoJson if meant => Stored::Text("{\"cut off".to_owned()),
        Fault::WrongRedisType if meant => Stored::Hash,
        Fault::NullOnline | Fault::NullOnBothSides if meant => Stored::Text("null".to_owned()),
        Fault::WrongValue
        | Fault::OlderValue
        | Fault::MissingFeature
        | Fault::WrongType
        | Fault::NoJson
        | Fault::WrongRedisType
        | Fault::NullOnline
        | Fault::NullOnBothSides
        | Fault::NoTimestamp
        | Fault::GarbageTimestamp
        | Fault::TimestampOfWrongRedisType
        | Fault::FromTheFuture
        | Fault::BetweenVersions
        | Fault::Orphan
        | Fault::NewOrphan
        | Fault::Superseded => of(newest),
    }
}

fn timestamp(entity: &Entity) -> Stored {
    let [oldest, before, newest] = VERSIONS;
    let at = |seconds: i64| Stored::Text(seconds.to_string());
    match entity.fault.map(|(fault, _)| fault) {
        Some(Fault::OlderRow) => at(before),
        Some(Fault::OldestRow | Fault::Forgotten) => at(oldest),
        Some(Fault::Ancient) => at(oldest - 24 * HOUR),
        Some(Fault::BeforeHistory) => at(before),
        Some(Fault::RightlyGone | Fault::MissingRow | Fault::NoTimestamp | Fault::Nowhere) => Stored::Nothing,
        Some(Fault::GarbageTimestamp) => Stored::Text("yesterday".to_owned()),
        Some(Fault::TimestampOfWrongRedisType) => Stored::List,
        Some(Fault::NewerThanSnapshot | Fault::NewOrphan) => at(newest + HOUR),
        Some(Fault::FromTheFuture) => at(newest + 4 * HOUR),
        Some(Fault::BetweenVersions) => at(newest - 6 * HOUR),
        Some(_) | None => at(newest),
    }
}

fn json(feature: usize, value: &Value) -> String {
    match value {
        Value::Float(number) if FEATURES[feature].1 == "float32" => (*number as f32).to_string(),
        Value::Float(number) => number.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => serde_json::to_string(text).unwrap(),
    }
}

/// One command as the protocol has it.
fn command(bytes: &mut Vec<u8>, words: &[&str]) {
    write!(bytes, "*{}\r\n", words.len()).unwrap();
    for word in words {
        write!(bytes, "${}\r\n{word}\r\n", word.len()).unwrap();
    }
}

/// Sends a pipeline and reads its answers, a line each, while it is being sent.
fn send(node: &RedisServer, bytes: Vec<u8>, commands: usize) {
    if commands == 0 {
        return;
    }
    let mut stream = TcpStream::connect(("127.0.0.1", node.port)).unwrap();
    let answers = BufReader::new(stream.try_clone().unwrap());
    thread::scope(|scope| {
        scope.spawn(move || stream.write_all(&bytes).unwrap());
        let mut lines = 0;
        let mut refused = Vec::new();
        for byte in answers.bytes() {
            let byte = byte.unwrap();
            if byte == b'-' {
                refused.push(lines);
            }
            lines += usize::from(byte == b'\n');
            if lines == commands {
                break;
            }
        }
        assert_eq!(refused, Vec::<usize>::new(), "the server takes every command");
    });
}

/// The slot of a key without braces (CRC-16/XMODEM modulo 16384; Redis cluster specification).
fn slot(key: &[u8]) -> u16 {
    let mut crc = 0_u16;
    for byte in key {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
        }
    }
    crc % 16384
}
