//! `checks`: limits, and exceptions from them.
//!
//! A plain limit warns. An inherited critical limit stays while it is graver than the warning, and goes otherwise.

use super::problem::{Problem, Span, listed, nearest};
use super::quantity::{self, Complaint};
use super::reader::Reader;
use super::section::Section;
use super::tree::{Content, Node};
use super::views::Views;
use crate::judge::{CheckBook, CheckOverride};
use crate::model::check::{CheckRules, DriftStatistic, Limits};
use crate::model::view::FeatureView;

/// Which side of a limit is a breach, and what it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// A share that must not be exceeded.
    MostShare,
    /// A share that must be reached.
    LeastShare,
    /// A distance that must not be exceeded.
    MostDistance,
}

/// Whose limits are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    View,
    Feature,
}

/// Limits where the file says nothing.
pub(super) fn house_rules() -> CheckRules {
    let limits = |warning, critical, minimum_n| Limits { warning: Some(warning), critical, minimum_n };
    CheckRules {
        freshness_objective: None,
        freshness: limits(0.01, None, 30),
        coverage: limits(0.99, Some(0.9), 30),
        comparable: limits(0.2, None, 30),
        skew: limits(0.005, Some(0.05), 100),
        phantom: limits(0.01, None, 100),
        missing_offline: limits(0.01, None, 100),
        undecodable: limits(0.01, None, 100),
        in_flight: limits(0.01, None, 100),
        drift: vec![(DriftStatistic::Psi, limits(0.2, None, 500)), (DriftStatistic::Ks, limits(0.1, None, 500))],
    }
}

/// Reads the section; `views` are those of the plan, `None` while they are unknown.
pub(super) fn read(node: Option<&Node>, views: Option<&Views>, reader: &mut Reader<'_>) -> CheckBook {
    let mut book = CheckBook { defaults: house_rules(), overrides: Vec::new() };
    let Some(mut section) = node.and_then(|node| Section::open(node, "`checks`", reader)) else { return book };
    if let Some(mut defaults) =
        section.optional("defaults").and_then(|node| Section::open(node, "`defaults`", reader))
    {
        rules(&mut defaults, &mut book.defaults, Scope::View, reader);
        defaults.close(reader);
    }
    let items = section.optional("overrides").and_then(|node| reader.list(node, "a list of exceptions"));
    section.close(reader);
    let mut targets = Vec::new();
    for item in items.unwrap_or_default() {
        let Some(mut exception) = Section::open(item, "an exception", reader) else { continue };
        let target = target(&mut exception, views, reader);
        let scope = if matches!(&target, Some((_, Some(_)))) { Scope::Feature } else { Scope::View };
        // Read once against the defaults, so that its problems are told once, whatever it is built on.
        rules(&mut exception, &mut book.defaults.clone(), scope, reader);
        exception.close(reader);
        targets.extend(target.map(|target| (target, item)));
    }
    // Views before features: an exception for a feature begins from the limits of its view.
    for feature_wanted in [false, true] {
        for ((feature_view, feature), item) in targets.iter().filter(|((_, f), _)| f.is_some() == feature_wanted) {
            let mut limits = book.rules(feature_view, feature.as_deref()).clone();
            silently(item, |exception, reader| rules(exception, &mut limits, Scope::View, reader));
            let exception =
                CheckOverride { feature_view: feature_view.clone(), feature: feature.clone(), rules: limits };
            book.overrides.push(exception);
        }
    }
    book
}
