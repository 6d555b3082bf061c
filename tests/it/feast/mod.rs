//! What Feast writes, held against bytes that Feast 0.67 itself wrote (the golden sets).

mod bytes;
mod entity_keys;
mod expected;
mod golden;
mod hostile;
mod online_sqlite;
mod registry;
mod registry_faults;
mod repository;
mod sql_registry;
