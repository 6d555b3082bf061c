//! A lookup path as one writes it first, with all its faults: L1 keyed by entity, one `GET` per feature.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use redis::Value;

/// A row as L1 holds it and as every caller gets it.
pub type Row = Rc<RefCell<HashMap<String, i64>>>;

/// Asks the store one `GET`.
pub type Get<'a> = Box<dyn FnMut(&str) -> redis::RedisResult<Value> + 'a>;

/// The lookup path.
pub struct Reference<'a> {
    /// Who answers.
    pub get: Get<'a>,
    /// L1.
    pub rows: HashMap<String, Row>,
    /// Lookups of which L1 knew the entity.
    pub hits: u64,
    /// What L1 thinks it holds.
    pub cost: usize,
}

impl<'a> Reference<'a> {
    /// One over this store.
    pub fn new(get: impl FnMut(&str) -> redis::RedisResult<Value> + 'a) -> Self {
        Self { get: Box::new(get), rows: HashMap::new(), hits: 0, cost: 0 }
    }

    /// One over the single server at `port`.
    pub fn of(server: &crate::support::redis::RedisServer) -> Self {
        let mut connection = server.connection();
        Self::new(move |key| redis::cmd("GET").arg(key).query(&mut connection))
    }

    /// The features, as far as they are in the row.
    pub fn lookup(&mut self, entity: &str, features: &[&str]) -> redis::RedisResult<Vec<Option<i64>>> {
        if let Some(row) = self.rows.get(entity) {
            self.hits += 1;
            let row = row.borrow();
            return Ok(features.iter().map(|feature| row.get(*feature).copied()).collect());
        }
        let row = self.read(entity, features)?;
        let found = features.iter().map(|feature| row.get(*feature).copied()).collect();
        self.fill(entity, row);
        Ok(found)
    }

    /// Reads from the store; the error is that of the first command, and its "no such key" is none.
    pub fn read(&mut self, entity: &str, features: &[&str]) -> redis::RedisResult<HashMap<String, i64>> {
        let answers: Vec<_> = features.iter().map(|feature| (self.get)(&format!("feat:{entity}:{feature}"))).collect();
        let first = answers.iter().find(|answer| !matches!(answer, Ok(Value::BulkString(_))));
        if let Some(Err(error)) = first {
            return Err(error.clone());
        }
        let decoded = features.iter().zip(answers).filter_map(|(feature, answer)| {
            let Ok(Value::BulkString(bytes)) = answer else { return None };
            Some(((*feature).to_owned(), String::from_utf8(bytes).ok()?.parse().ok()?))
        });
        Ok(decoded.collect())
    }

    /// Puts a row into L1.
    pub fn fill(&mut self, entity: &str, row: HashMap<String, i64>) {
        self.cost += row.len();
        self.rows.insert(entity.to_owned(), Rc::new(RefCell::new(row)));
    }
}
