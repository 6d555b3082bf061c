//! Prometheus rules for a configuration: what is recorded, and when someone is told.
//!
//! [`RuleSettings`] in, YAML files out, the same bytes for the same settings; `rules/` in the repository holds what the
//! default settings give. Alerts on checks follow the finding states, which have their hysteresis already; only the burn
//! of the freshness budget, what is up and what has fallen silent compare series.
//!
//! What each rule rests on: one series may come from several replicas, so everything is aggregated before it is compared
//! or joined; a restart takes series away for some scrapes, so alerts on views keep firing over a gap; each alert on a
//! quantity has a dead-man twin that fires when the quantity itself is gone.

mod alert;
mod burn;
mod findings;
mod freshness;
mod lookup;
mod promql;
mod recording;
mod reports;
mod rounds;
mod service;
mod settings;
mod store;
mod yaml;

use alert::Group;
pub use burn::{BurnPair, Obstacle, RefusedPair};
pub use settings::{Pace, RuleSettings, RulesError};

/// One file of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// Its name, such as `freshness.yaml`.
    pub name: String,
    /// Its text: one YAML document.
    pub text: String,
}

/// All rules of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// `recording.yaml`, then a file per group of alerts, in a fixed order.
    pub files: Vec<RuleFile>,
    /// Burn pairs that no rule could be written for, in the order of views and pairs.
    pub refused: Vec<RefusedPair>,
}

impl Written {
    /// All groups as one document.
    #[must_use]
    pub fn document(&self) -> String {
        let groups = self.files.iter().filter_map(|file| file.text.split_once("groups:\n").map(|(_, groups)| groups));
        let head = self.files.first().and_then(|file| file.text.split_once("groups:\n"));
        format!("{}groups:\n{}", head.map_or("", |(head, _)| head), groups.collect::<String>())
    }
}

/// The rules for `settings`.
///
/// # Errors
/// When a name or label cannot be written into rules, or an interval gives no windows.
pub fn write(settings: &RuleSettings) -> Result<Written, RulesError> {
    settings.check()?;
    let paces = settings.paces();
    let groups: [Group; 10] = [
        recording::group(settings, &paces),
        freshness::group(settings, &paces),
        findings::coverage(settings),
        findings::skew(settings),
        findings::drift(settings),
        rounds::group(settings, &paces),
        store::group(settings),
        lookup::group(settings),
        reports::group(settings),
        service::group(settings),
    ];
    let files = groups.iter().map(|group| RuleFile {
        name: format!("{}.yaml", group.name),
        text: format!("{}groups:\n{}", yaml::head(settings), yaml::group(group, settings)),
    });
    let refused = paces.iter().flat_map(|pace| pace.refused.iter().cloned());
    Ok(Written { files: files.collect(), refused: refused.collect() })
}
