//! A SQL registry in a SQLite file: the messages of a file registry as rows.

use std::path::Path;
use std::time::Duration;

use prost::Message;
use rusqlite::{Connection, OpenFlags};

use super::message::RegistryMessage;
use crate::feast::FeastError;

/// Longest wait for a writer to let go of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// One table of messages.
struct Table {
    name: &'static str,
    key: &'static str,
    message: &'static str,
}

/// Read whole, so that an unknown project can be answered with those that exist.
const PROJECTS: Table = Table { name: "projects", key: "project_id", message: "project_proto" };
const ENTITIES: Table = Table { name: "entities", key: "entity_name", message: "entity_proto" };
const FEATURE_VIEWS: Table = Table { name: "feature_views", key: "feature_view_name", message: "feature_view_proto" };
const STREAM_VIEWS: Table =
    Table { name: "stream_feature_views", key: "feature_view_name", message: "feature_view_proto" };
const ON_DEMAND_VIEWS: Table =
    Table { name: "on_demand_feature_views", key: "feature_view_name", message: "feature_view_proto" };
const SERVICES: Table =
    Table { name: "feature_services", key: "feature_service_name", message: "feature_service_proto" };
const LABEL_VIEWS: Table = Table { name: "label_views", key: "feature_view_name", message: "feature_view_proto" };

/// Reads the rows of `project` in the order of their names; tables that an older Feast did not make are empty.
pub(super) fn read(path: &Path, project: &str) -> Result<RegistryMessage, FeastError> {
    let failed = |source| FeastError::SqlRegistry { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    let rows = Rows { connection: &connection, path, project };
    if !rows.has(&FEATURE_VIEWS)? {
        return Err(FeastError::registry(format!(
            "`{}` is no SQL registry of Feast: it has no table `feature_views`",
            path.display()
        )));
    }
    let mut message = RegistryMessage {
        projects: rows.of(&PROJECTS, Whose::Anyones)?,
        entities: rows.of(&ENTITIES, Whose::TheProjects)?,
        feature_views: rows.of(&FEATURE_VIEWS, Whose::TheProjects)?,
        stream_feature_views: rows.of(&STREAM_VIEWS, Whose::TheProjects)?,
        on_demand_feature_views: rows.of(&ON_DEMAND_VIEWS, Whose::TheProjects)?,
        label_views: rows.of(&LABEL_VIEWS, Whose::TheProjects)?,
        feature_services: rows.of(&SERVICES, Whose::TheProjects)?,
        ..RegistryMessage::default()
    };
    message.belong_to(project);
    Ok(message)
}

impl RegistryMessage {
    /// Feast writes a view back without its project after a materialization; the column of its row still has it.
    fn belong_to(&mut self, project: &str) {
        let of_views =
            self.feature_views.iter_mut().filter_map(|view| view.spec.as_mut()).map(|spec| &mut spec.project);
        let of_streams =
            self.stream_feature_views.iter_mut().filter_map(|view| view.spec.as_mut()).map(|spec| &mut spec.project);
        let others = self.on_demand_feature_views.iter_mut().chain(&mut self.label_views);
        let of_others = others.filter_map(|view| view.spec.as_mut()).map(|spec| &mut spec.project);
        let of_entities =
            self.entities.iter_mut().filter_map(|entity| entity.spec.as_mut()).map(|spec| &mut spec.project);
        let of_services =
            self.feature_services.iter_mut().filter_map(|service| service.spec.as_mut()).map(|spec| &mut spec.project);
        for known in of_views.chain(of_streams).chain(of_others).chain(of_entities).chain(of_services) {
            project.clone_into(known);
        }
    }
}

/// Which rows of a table are read.
#[derive(Clone, Copy)]
enum Whose {
    Anyones,
    TheProjects,
}

struct Rows<'a> {
    connection: &'a Connection,
    path: &'a Path,
    project: &'a str,
}

impl Rows<'_> {
    fn failed(&self, source: rusqlite::Error) -> FeastError {
        FeastError::SqlRegistry { path: self.path.to_owned(), source }
    }

    fn has(&self, table: &Table) -> Result<bool, FeastError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1)";
        self.connection.query_row(sql, [table.name], |row| row.get(0)).map_err(|source| self.failed(source))
    }

    fn of<M: Message + Default>(&self, table: &Table, whose: Whose) -> Result<Vec<M>, FeastError> {
        if !self.has(table)? {
            return Ok(Vec::new());
        }
        let Table { name, key, message } = table;
        let condition = match whose {
            Whose::Anyones => "?1 IS NOT NULL",
            Whose::TheProjects => "project_id = ?1",
        };
        let sql = format!("SELECT {key}, {message} FROM {name} WHERE {condition} ORDER BY {key}");
        let mut statement = self.connection.prepare(&sql).map_err(|source| self.failed(source))?;
        let rows = statement
            .query_map([self.project], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))
            .map_err(|source| self.failed(source))?;
        rows.map(|row| {
            let (object, bytes) = row.map_err(|source| self.failed(source))?;
            M::decode(bytes.as_slice()).map_err(|error| {
                FeastError::registry(format!("row `{object}` of table `{name}` is no Feast message: {error}"))
            })
        })
        .collect()
    }
}
