//! The `registry` of `feature_store.yaml`: a path, an address, or a mapping that says more.

use serde_json::Value as Yaml;

use super::{File, RegistryLocation};
use crate::feast::FeastError;
use crate::feast::registry::ViewVersioning;

/// Where Feast's local provider keeps its registry if nothing is said.
const DEFAULT_PATH: &str = "data/registry.db";

/// Where the registry is, and whether it keeps versions of views apart.
pub(super) fn read(file: &File<'_>) -> Result<(RegistryLocation, ViewVersioning), FeastError> {
    let declared = &file.root["registry"];
    if !declared.is_object() {
        let path = file.text("registry", declared)?;
        return Ok((of_file(file, path)?, ViewVersioning::Off));
    }
    let path = file.text("registry.path", &declared["path"])?;
    let location = match file.text("registry.registry_type", &declared["registry_type"])?.as_deref() {
        None | Some("file") => of_file(file, path)?,
        Some("sql") => of_sql(file, path)?,
        Some(other) => {
            return Err(FeastError::repository(format!(
                "`registry.registry_type` is `{other}`, and only `file` and `sql` are read"
            )));
        }
    };
    let versioning = match &declared["enable_online_feature_view_versioning"] {
        Yaml::Bool(true) => ViewVersioning::On,
        Yaml::Null | Yaml::Bool(false) | Yaml::Number(_) | Yaml::String(_) | Yaml::Array(_) | Yaml::Object(_) => {
            ViewVersioning::Off
        }
    };
    Ok((location, versioning))
}

fn of_file(file: &File<'_>, path: Option<String>) -> Result<RegistryLocation, FeastError> {
    let path = path.unwrap_or_else(|| DEFAULT_PATH.to_owned());
    match path.split_once("://") {
        None => Ok(RegistryLocation::File(file.folder.join(path))),
        Some(("s3", _)) => Ok(RegistryLocation::Object(path)),
        Some(("file", local)) => Ok(RegistryLocation::File(file.folder.join(local))),
        Some((scheme, _)) => Err(FeastError::repository(format!(
            "the registry lies on `{scheme}://`, and only local files and `s3://` are read"
        ))),
    }
}

/// `path` is an address of SQLAlchemy: `sqlite:///relative` or `sqlite:////absolute`. It may hold a password, so no
/// message shows it.
fn of_sql(file: &File<'_>, path: Option<String>) -> Result<RegistryLocation, FeastError> {
    let path = path.ok_or_else(|| FeastError::repository("the SQL registry has no `path`"))?;
    let (scheme, rest) = path.split_once("://").unwrap_or(("", &path));
    let database = scheme.split('+').next().unwrap_or_default();
    match (database, rest.strip_prefix('/')) {
        ("sqlite", Some(local)) if !local.is_empty() => {
            let local = local.split('?').next().unwrap_or_default();
            Ok(RegistryLocation::Sqlite(file.folder.join(local)))
        }
        ("sqlite", _) => Err(FeastError::repository(
            "the SQL registry is no file; write its path as `sqlite:///relative` or `sqlite:////absolute`",
        )),
        ("", _) => Err(FeastError::repository(
            "the `path` of the SQL registry is no database address such as `sqlite:///data/registry.db`",
        )),
        (other, _) => Err(FeastError::repository(format!(
            "the SQL registry is kept in `{other}`, and only SQLite files are read"
        ))),
    }
}
