//! `publish.api` and `lookup.api`: who may ask an HTTP server.

use super::problem::Problem;
use super::reader::Reader;
use super::section::Section;
use super::tree::Node;
use crate::model::secret::Secret;

/// Who may ask an HTTP server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiSettings {
    /// What a request must show; `None` answers everyone.
    pub token: Option<Secret>,
    /// Who may scrape the metrics.
    pub metrics: MetricsAccess,
}

/// Who may scrape the metrics where there is a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetricsAccess {
    /// Everyone.
    #[default]
    Open,
    /// Who shows the token.
    Token,
}

/// Reads the section, which messages call `name`.
pub(super) fn read(node: &Node, name: &str, reader: &mut Reader<'_>) -> Option<ApiSettings> {
    let mut section = Section::open(node, name, reader)?;
    let names = ["token", "token_env", "token_file"];
    let is_given = names.into_iter().any(|name| section.entry(name).is_some());
    let token = reader.secret(&mut section, names);
    let metrics = section.optional("protect_metrics");
    let metrics = metrics.map(|node| (node, reader.flag(node)));
    section.close(reader);
    if let (Some((node, Some(true))), false) = (metrics, is_given) {
        let problem = Problem::new(node.span, "`protect_metrics` needs a token, and there is none");
        reader.note(problem.hint("add `token_env: …`"));
    }
    if is_given && token.is_none() {
        return None;
    }
    let metrics = match metrics {
        None => MetricsAccess::Open,
        Some((_, flag)) => match flag? {
            true => MetricsAccess::Token,
            false => MetricsAccess::Open,
        },
    };
    Some(ApiSettings { token, metrics })
}
