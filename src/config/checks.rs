//! `checks`: limits, and exceptions from them.

use super::limits::RulesPatch;
use super::problem::{Problem, Span, listed, nearest};
use super::reader::Reader;
use super::section::Section;
use super::tree::Node;
use super::views::Views;
use crate::judge::{CheckBook, CheckOverride};
use crate::model::check::{CheckRules, DriftStatistic, Limits};

/// Limits where the file says nothing.
pub(super) fn house_rules() -> CheckRules {
    let limits = |warning, critical, minimum_n| Limits { warning: Some(warning), critical, minimum_n };
    CheckRules {
        freshness_objective: None,
        snapshot_max_age: None,
        freshness: limits(0.01, None, 30),
        coverage: limits(0.99, Some(0.9), 30),
        comparable: limits(0.2, None, 30),
        skew: limits(0.005, Some(0.05), 100),
        phantom: limits(0.01, None, 100),
        missing_offline: limits(0.01, None, 100),
        undecodable: limits(0.01, None, 100),
        in_flight: limits(0.01, None, 100),
        serving: limits(0.001, Some(0.05), 100),
        drift: DriftStatistic::ALL.map(|statistic| (statistic, house_drift(statistic))).into(),
    }
}

/// The rule of drift tells by itself how many values a verdict needs, so that there is no minimum beside it.
const fn house_drift(statistic: DriftStatistic) -> Limits {
    let warning = match statistic {
        DriftStatistic::Psi => Some(0.2),
        DriftStatistic::Ks => Some(0.1),
        DriftStatistic::Missing => Some(0.02),
        DriftStatistic::Unseen | DriftStatistic::OutOfRange => Some(0.01),
        DriftStatistic::Js | DriftStatistic::Tvd | DriftStatistic::CramersV => None,
    };
    Limits { warning, critical: None, minimum_n: 1 }
}

/// An exception as the file states it.
struct Exception {
    feature_view: String,
    feature: Option<String>,
    patch: RulesPatch,
}

/// Reads the section; `views` are those of the plan, `None` while they are unknown.
pub(super) fn read(node: Option<&Node>, views: Option<&Views>, reader: &mut Reader<'_>) -> CheckBook {
    let mut book = CheckBook { defaults: house_rules(), overrides: Vec::new() };
    let Some(mut section) = node.and_then(|node| Section::open(node, "`checks`", reader)) else { return book };
    if let Some(mut defaults) = section.optional("defaults").and_then(|node| Section::open(node, "`defaults`", reader))
    {
        RulesPatch::read(&mut defaults, reader).apply(&mut book.defaults);
        defaults.close(reader);
    }
    let items = section.optional("overrides").and_then(|node| reader.list(node, "a list of exceptions"));
    section.close(reader);
    let read = items.unwrap_or_default().iter().filter_map(|item| exception(item, views, reader));
    let (of_views, of_features): (Vec<_>, Vec<_>) = read.partition(|exception| exception.feature.is_none());
    // Views first: an exception for a feature begins from the limits of its view.
    for Exception { feature_view, feature, patch } in of_views.into_iter().chain(of_features) {
        let mut rules = book.rules(&feature_view, feature.as_deref()).clone();
        patch.apply(&mut rules);
        book.overrides.push(CheckOverride { feature_view, feature, rules });
    }
    book
}

fn exception(node: &Node, views: Option<&Views>, reader: &mut Reader<'_>) -> Option<Exception> {
    let mut section = Section::open(node, "an exception", reader)?;
    let target = target(&mut section, views, reader);
    let patch = RulesPatch::read(&mut section, reader);
    for (key, clause) in [
        ("freshness", "freshness is judged for a view as a whole, not for a feature"),
        ("snapshot", "a view has one snapshot, whose age is no matter of a feature"),
    ] {
        if let (Some((_, Some(_))), Some(entry)) = (&target, section.entry(key)) {
            reader.note(Problem::new(entry.span, clause).hint("name the view: `feature_view: …`"));
        }
    }
    if patch.is_empty() && reader.is_content() {
        reader.note(Problem::new(section.at(), "the exception changes nothing: it names no check"));
    }
    section.close(reader);
    let (feature_view, feature) = target?;
    Some(Exception { feature_view, feature, patch })
}

fn target(
    section: &mut Section<'_>,
    views: Option<&Views>,
    reader: &mut Reader<'_>,
) -> Option<(String, Option<String>)> {
    match (section.entry("feature_view"), section.entry("feature")) {
        (None, None) => {
            let problem = Problem::new(section.at(), "an exception needs `feature_view` or `feature`");
            reader.note(problem.hint("write `feature_view: VIEW` or `feature: VIEW.FEATURE`"));
            None
        }
        (Some(_), Some(entry)) => {
            let problem = Problem::new(entry.span, "`feature_view` is given already, and one of them is enough");
            reader.note(problem.hint("`feature: VIEW.FEATURE` names both"));
            None
        }
        (Some(entry), None) => {
            let name = reader.text(&entry.value, "the name of a view")?;
            match views {
                Some(views) if !is_known(views, &name) => {
                    reader.note(unknown_view(views, &name, entry.value.span));
                    None
                }
                Some(_) | None => Some((name, None)),
            }
        }
        (None, Some(entry)) => {
            let path = reader.text(&entry.value, "`VIEW.FEATURE`")?;
            of_feature(&path, views, entry.value.span).map_err(|problem| reader.note(problem)).ok()
        }
    }
}

fn of_feature(path: &str, views: Option<&Views>, at: Span) -> Result<(String, Option<String>), Problem> {
    let Some((first, rest)) = path.split_once('.') else {
        let problem = Problem::new(at, format!("`{path}` names no feature of a view"));
        return Err(problem.hint("write `VIEW.FEATURE`, or `feature_view: VIEW` for all its features"));
    };
    let Some(views) = views else { return Ok((first.to_owned(), Some(rest.to_owned()))) };
    // Names may hold dots themselves, so the known views decide where one ends.
    let split = |name: &str| path.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')).map(str::to_owned);
    let watched = views.watched.iter().find_map(|view| Some((view, split(&view.name)?)));
    if let Some((view, feature)) = watched {
        if view.position(&feature).is_some() {
            return Ok((view.name.clone(), Some(feature)));
        }
        let names: Vec<&str> = view.features.iter().map(|feature| feature.name.as_str()).collect();
        let problem = Problem::new(at, format!("view `{}` has no feature `{feature}`", view.name));
        return Err(problem.hint(hint_of(&feature, &names)));
    }
    let unwatched = views.not_watched.iter().find_map(|view| Some((&view.feature_view, split(&view.feature_view)?)));
    match unwatched {
        Some((view, feature)) => Ok((view.clone(), Some(feature))),
        None => Err(unknown_view(views, first, at)),
    }
}

/// Whether the plan knows the view, watched or not.
pub(super) fn is_known(views: &Views, name: &str) -> bool {
    views.watched.iter().any(|view| view.name == name) || views.not_watched.iter().any(|view| view.feature_view == name)
}

/// The problem of a view that the plan does not know.
pub(super) fn unknown_view(views: &Views, name: &str, at: Span) -> Problem {
    let names: Vec<&str> = views.watched.iter().map(|view| view.name.as_str()).collect();
    let problem = Problem::new(at, format!("there is no feature view `{name}`"));
    if names.is_empty() { problem } else { problem.hint(hint_of(name, &names)) }
}

/// The hint after a wrong name.
pub(super) fn hint_of(wrong: &str, names: &[&str]) -> String {
    match nearest(wrong, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it can be {}", listed(names)),
    }
}
