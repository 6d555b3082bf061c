//! From a file, or its text, to a plan.

use std::path::Path;

use super::error::{ConfigError, Source};
use super::expand::Environment;
use super::mask;
use super::plan::Plan;
use super::problem::{Place, Problem, Span};
use super::reader::{Reader, plain};
use super::reports::Around;
use super::section::Section;
use super::service::ServiceNodes;
use super::tree::{self, Content, Node};
use super::views::{Known, Surroundings, Views};
use super::{checks, lookup, online, publish, registry, sample, service, serving, snapshots, views};

/// Reads the configuration at `path`; `environment` gives the values of variables. What it points to and the plan needs
/// (Feast's registry, files with secrets) is read too; no online store is contacted.
///
/// # Errors
/// When the file cannot be read, or with all its problems when it gives no plan.
pub async fn load(path: &Path, environment: Environment<'_>) -> Result<Plan, ConfigError> {
    let bytes = std::fs::read(path).map_err(|error| {
        let hint = "name another with `--config`, or begin from `skewwatch.example.yaml`";
        let cause = match error.kind() {
            std::io::ErrorKind::NotFound => format!("no such file\n  = hint: {hint}"),
            _ => plain(&error),
        };
        ConfigError::Unread { path: path.to_owned(), cause }
    })?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => from_text(text, path, environment).await,
        Err(error) => Err(not_text(&bytes, error.valid_up_to(), path)),
    }
}

/// Reads the configuration `text`, as if it stood in the file at `path`: messages name that file, and relative paths
/// begin from its folder.
///
/// # Errors
/// With all its problems when it gives no plan.
pub async fn from_text(text: &str, path: &Path, environment: Environment<'_>) -> Result<Plan, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let name = path.display().to_string();
    let source = Source { name: &name, text };
    let document = tree::read(text).map_err(|problem| source.error(vec![problem], mask::in_text(text)))?;
    let root = match document.root {
        Some(Node { content: Content::Nothing, span }) => return Err(empty(source, span)),
        Some(root) => root,
        None => return Err(empty(source, START)),
    };
    let secrets = mask::in_tree(&root);
    let mut reader = Reader::new(environment, path.parent().unwrap_or(Path::new("")));
    document.problems.into_iter().for_each(|problem| reader.note(problem));
    let plan = plan(&root, &mut reader).await;
    let (problems, mut concealed) = reader.into_findings();
    concealed.extend(secrets);
    match (plan, problems.is_empty()) {
        (Some(plan), true) => Ok(plan),
        (_, false) => Err(source.error(problems, concealed)),
        (None, true) => Err(source.error(vec![Problem::new(root.span, "this gives no plan")], concealed)),
    }
}

const START: Span = Span::point(Place { line: 1, column: 1 });

fn empty(source: Source<'_>, span: Span) -> ConfigError {
    let problem =
        Problem::new(span, "the file is empty").hint("begin from `skewwatch.example.yaml`, or write `feast: FOLDER`");
    source.error(vec![problem], Vec::new())
}

fn not_text(bytes: &[u8], valid: usize, path: &Path) -> ConfigError {
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    let at = Place { line, column };
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let looks =
        if utf16 { "the file is UTF-16, and a configuration is UTF-8" } else { "the file is not UTF-8 from here on" };
    let lossy = String::from_utf8_lossy(bytes);
    let secrets = mask::in_text(&lossy);
    let name = path.display().to_string();
    Source { name: &name, text: &lossy }.error(vec![Problem::new(Span::point(at), looks)], secrets)
}

async fn plan(root: &Node, reader: &mut Reader<'_>) -> Option<Plan> {
    let mut section = Section::open(root, "the configuration", reader)?;
    let feast = section.entry("feast");
    let online = section.entry("online");
    let snapshots = section.optional("snapshots");
    let feature_views = section.entry("feature_views");
    let sample = section.optional("sample");
    let checks = section.optional("checks");
    let profiles = section.optional("profiles");
    let service = ServiceNodes::of(&mut section);
    let publish = section.optional("publish");
    let lookup = section.optional("lookup");
    let served = section.optional("serving");
    let at = section.at();
    section.close(reader);
    if feast.is_none() && feature_views.is_none() {
        let problem = Problem::new(at, "the configuration needs `feast` or `feature_views`");
        reader.note(problem.hint("`feast: FOLDER` watches the views of a Feast repository"));
    } else if feast.is_none() && online.is_none() {
        reader.note(Problem::new(at, "the configuration needs `online`, the online store"));
    }
    let profiles = profiles.and_then(|node| snapshots::profiles(node, reader));
    let snapshots = snapshots::read(snapshots, reader);
    let (sample, reading) = sample::read(sample, reader)?;
    let repository = match feast {
        Some(entry) => registry::read(entry, &snapshots.settings, reader).await,
        None => None,
    };
    let online = match (feast, &repository) {
        (Some(_), None) => None,
        (Some(_), Some(repository)) => {
            if let (Err(kind), None) = (&repository.online.access, online) {
                let message = format!("the online store `{kind}` of this repository cannot be read");
                let hint = "Redis and SQLite can; if there is one beside it, name it with `online`";
                reader.note(Problem::new(repository.at, message).hint(hint));
            }
            online::read(online, Some(&repository.online), reading, reader)
        }
        (None, _) => online.and_then(|entry| online::read(Some(entry), None, reading, reader)),
    };
    let services = repository.as_ref().map(|repository| repository.services.clone());
    let known = match (feast, repository) {
        (None, _) => Known::Declared,
        (Some(_), None) => Known::Unreadable,
        (Some(_), Some(repository)) => {
            let views = Views { watched: repository.views.watched, not_watched: repository.views.not_watched };
            Known::Registry(views, repository.at)
        }
    };
    let around = Surroundings { known, online: online.as_ref(), root: snapshots.root.as_deref() };
    let views = views::read(feature_views, around, reader);
    let checks = checks::read(checks, views.as_ref(), reader);
    let (captures_at, reports_at) = (service.captures_at(), service.reports_at());
    let service = service::read(&service, views.as_ref(), reader);
    let around = Around { s3: &snapshots.settings.s3, views: views.as_ref() };
    let publish = publish::read(publish, around, reader);
    let serving = lookup::read(lookup, reader);
    let served = serving::read(served, views.as_ref(), reader);
    if let (Some(at), Some(publish)) = (captures_at, &publish)
        && publish.history.is_none()
    {
        let problem = Problem::new(at, "captured rows are kept in the history, and there is none");
        reader.note(problem.hint("name a file with `publish: { history: ./skewwatch.db }`"));
    }
    if let (Some(at), Some(publish)) = (reports_at, &publish)
        && publish.reports.is_none()
    {
        let problem = Problem::new(at, "reports are due at these times, and nobody would have them");
        reader.note(problem.hint("say where they go with `publish: { reports: … }`"));
    }
    let views = views?;
    Some(Plan {
        views: views.watched,
        not_watched: views.not_watched,
        services: services.unwrap_or_default(),
        online: online?.settings,
        snapshots: snapshots.settings,
        sample,
        checks,
        profiles,
        service: service?,
        publish: publish?,
        serving: serving?,
        served,
    })
}
