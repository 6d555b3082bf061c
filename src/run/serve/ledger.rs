//! Rounds taken in one after the other with no service around them: the same findings, as the same records.

use std::collections::BTreeMap;

use super::findings::ViewFindings;
use super::watched::surroundings;
use crate::config::Plan;
use crate::history::RoundRecord;
use crate::model::measurement::RoundReport;
use crate::publish::metrics::WatchedView;

/// The findings of all views of a plan.
pub(crate) struct Ledger<'a> {
    plan: &'a Plan,
    findings: BTreeMap<String, ViewFindings>,
}

impl<'a> Ledger<'a> {
    /// Nothing is found yet.
    pub(crate) const fn new(plan: &'a Plan) -> Self {
        Self { plan, findings: BTreeMap::new() }
    }

    /// What a round of all views adds to the history: a record of each.
    pub(crate) fn take_in(&mut self, report: &RoundReport) -> Vec<RoundRecord> {
        let views = surroundings(self.plan).views;
        let record = |watched: &WatchedView<'_>| {
            let own = self.findings.entry(watched.view.name.clone()).or_default();
            own.take_in(report, (self.plan, watched))
        };
        views.iter().map(record).collect()
    }
}
