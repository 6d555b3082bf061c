//! The golden registries say what `definitions.py` says, and a composed registry says what it was composed of.
//!
//! The definitions are read by a small scanner of the Python text, so nothing here repeats them.

use std::collections::BTreeMap;
use std::time::Duration;

use skewwatch::feast::registry::{Registry, ViewVersioning, compose};
use skewwatch::model::time::Timestamp;
use skewwatch::model::view::{FeatureView, FreshnessBasis};

use super::golden;

/// A feature view as a text that both sides can be brought to.
type Summary = BTreeMap<&'static str, String>;

/// What stands between `start` and the next `end` in `text`.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inside, _)| inside)
}

/// The block that assigns `name`.
fn assigned<'a>(python: &'a str, name: &str) -> &'a str {
    between(python, &format!("\n{name} = "), "\n\n").unwrap_or_else(|| panic!("{name} is not assigned"))
}

/// The block of the file source of a view: written inside it, or assigned to a name, or inside a push source.
fn source_of<'a>(python: &'a str, view: &'a str) -> &'a str {
    let source = view.split_once("source=").expect("a source").1;
    if source.starts_with("FileSource(") {
        source
    } else {
        assigned(python, source.split([',', ')']).next().expect("a name"))
    }
}

fn kind_in_rust(python: &str) -> String {
    match python {
        "Float64" => "float64".to_owned(),
        "UnixTimestamp" => "unix_timestamp".to_owned(),
        list if list.starts_with("Array(") => {
            format!("list<{}>", kind_in_rust(list.trim_start_matches("Array(").trim_end_matches(')')))
        }
        other => other.to_lowercase(),
    }
}

fn defined(python: &str, block: &str) -> Summary {
    let entities = between(block, "entities=[", "]").expect("entities").split(", ");
    let join_keys: Vec<String> = entities
        .map(|entity| {
            let entity = assigned(python, entity);
            let name = between(entity, "join_keys=[\"", "\"").expect("a join key");
            format!(
                "{name}:{}",
                between(entity, "ValueType.", ",").expect("a type").trim_end_matches(')').to_lowercase()
            )
        })
        .collect();
    let schema = block.split_once("schema=").expect("a schema").1.split_once("source=").expect("a source").0;
    let features: Vec<String> = schema
        .split("Field(name=\"")
        .skip(1)
        .map(|field| {
            let (name, rest) = field.split_once('"').expect("a name");
            let kind = rest.split_once("dtype=").expect("a type").1;
            let end = kind.find([',', ']']).expect("an end");
            let kind = kind[..end].trim_end();
            // The closing parenthesis of the field, and not that of an array.
            let kind =
                if kind.matches(')').count() > kind.matches('(').count() { &kind[..kind.len() - 1] } else { kind };
            format!("{name}:{}", kind_in_rust(kind))
        })
        .filter(|feature| !join_keys.contains(feature))
        .collect();
    let ttl = between(block, "ttl=timedelta(", ")").expect("a ttl");
    let ttl = match ttl.split_once('=') {
        Some(("hours", hours)) => hours.parse::<u64>().expect("hours") * 3600,
        Some(("days", days)) => days.parse::<u64>().expect("days") * 86_400,
        _ => ttl.parse().expect("a number"),
    };
    let source = source_of(python, block);
    let quoted = |text: &str, key: &str| between(text, &format!("{key}=\""), "\"").unwrap_or("-").to_owned();
    let tags = between(block, "tags={\"team\"", "}").map(|tags| format!("\"team\"{tags}")).unwrap_or_default();
    let tag = |name: &str| between(&tags, &format!("\"{name}\": \""), "\"").unwrap_or("-").to_owned();
    let pushed = block.contains("source=session_push");
    // The owner of the view stands after its schema; a source has one of its own elsewhere.
    let owner = quoted(block, "owner");
    Summary::from([
        ("name", quoted(block, "name")),
        ("join keys", join_keys.join(" ")),
        ("features", features.join(" ")),
        ("ttl", ttl.to_string()),
        ("online", between(block, "online=", ",").expect("online").to_lowercase()),
        ("path", quoted(source, "path")),
        ("timestamp", quoted(source, "timestamp_field")),
        ("created", quoted(source, "created_timestamp_column")),
        ("owner", owner),
        ("team", tag("team")),
        ("tier", tag("tier")),
        ("basis", if pushed { "View" } else { "Version" }.to_owned()),
    ])
}

fn read(set: &str, view: &FeatureView) -> Summary {
    let folder = format!("{}/", golden::folder(set).display());
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let join_keys = view.join_keys.iter().map(|key| format!("{}:{}", key.name, key.kind.name()));
    let features = view.features.iter().map(|feature| format!("{}:{}", feature.name, feature.kind));
    Summary::from([
        ("name", view.name.clone()),
        ("join keys", join_keys.collect::<Vec<_>>().join(" ")),
        ("features", features.collect::<Vec<_>>().join(" ")),
        ("ttl", view.ttl.unwrap_or_default().as_secs().to_string()),
        ("online", "true".to_owned()),
        ("path", view.source.location.strip_prefix(&folder).unwrap_or(&view.source.location).to_owned()),
        ("timestamp", view.source.event_timestamp.clone()),
        ("created", said(&view.source.created)),
        ("owner", said(&view.owner)),
        ("team", said(&view.team)),
        ("tier", said(&view.tier)),
        ("basis", format!("{:?}", view.freshness_basis)),
    ])
}

fn sorted(mut summaries: Vec<Summary>) -> Vec<Summary> {
    summaries.sort_by(|one, other| one["name"].cmp(&other["name"]));
    summaries
}

/// The view of a set whose online rows were written directly, without a materialization.
fn written_by_hand(set: &str) -> Option<String> {
    let truth = golden::folder(set).join("truth.json");
    let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(truth).ok()?).expect("JSON");
    truth["view"].as_str().map(str::to_owned)
}

#[test]
fn the_views_are_those_of_the_definitions() {
    for (set, project) in golden::SETS {
        let python = golden::text(set, "definitions.py");
        let blocks = python.split(" = FeatureView(").skip(1).map(|block| block.split("\n\n").next().expect("a block"));
        let (online, offline): (Vec<Summary>, Vec<Summary>) =
            blocks.map(|block| defined(&python, block)).partition(|view| view["online"] == "true");
        let views = golden::registry_views(set, project);
        let watched = views.watched.iter().map(|view| read(set, view)).collect();
        assert_eq!(sorted(watched), sorted(online));

        for view in &views.watched {
            assert_eq!(view.project.as_deref(), Some(project));
            assert_eq!(view.online_name, view.name);
            assert_eq!(view.materialized, Some(written_by_hand(set).as_ref() != Some(&view.name)));
        }
        let on_demand = between(&python, "\n@on_demand_feature_view(", "(inputs)").expect("an on-demand view");
        let on_demand = on_demand.rsplit(' ').next().expect("its name").to_owned();
        let mut not_watched: Vec<(String, &str)> = offline
            .into_iter()
            .map(|mut view| (view.remove("name").expect("a name"), "it is not served online (`online: false`)"))
            .collect();
        not_watched.push((on_demand, "it is computed on demand"));
        let listed = views.not_watched.iter().map(|view| (view.feature_view.clone(), view.reason.as_str()));
        assert_eq!(listed.collect::<Vec<_>>(), not_watched);
    }
}

#[test]
fn a_composed_registry_says_what_it_was_composed_of() {
    for (set, project) in golden::SETS {
        let folder = golden::folder(set);
        let mut views = golden::registry_views(set, project).watched;
        views[0].source.field_mapping = vec![("basket".to_owned(), "avg_order_value_7d".to_owned())];
        views[0].source.endpoint = Some("http://127.0.0.1:9000".to_owned());
        views[0].ttl = Some(Duration::from_millis(1500));
        let span = (Timestamp::from_nanos(0), Timestamp::from_nanos(1));
        let composed = compose(project, &views, span).expect("a registry");
        let read = Registry::decode(&composed.encode()).expect("a registry of ours");
        assert_eq!(read, composed);
        let again = read.views(project, &folder, ViewVersioning::Off).expect("views");
        assert_eq!(again.watched, views);
        assert!(again.not_watched.is_empty());
    }
}

#[test]
fn times_are_in_the_columns_that_are_mapped_to_their_names() {
    let mut view = golden::view("dev", "shop_dev", "user_features");
    view.source.created = Some("created".to_owned());
    view.source.field_mapping = [("ts", &view.source.event_timestamp), ("written", &"created".to_owned())]
        .map(|(column, name)| (column.to_owned(), name.clone()))
        .into();
    let span = (Timestamp::from_nanos(0), Timestamp::from_nanos(1));
    let composed = compose("shop_dev", &[view], span).expect("a registry");
    let again = composed.views("shop_dev", &golden::folder("dev"), ViewVersioning::Off).expect("views");
    let source = &again.watched[0].source;
    assert_eq!((source.event_timestamp.as_str(), source.created.as_deref()), ("ts", Some("written")));
}

#[test]
fn a_view_of_basis_row_comes_back_as_one_of_basis_version() {
    let mut view = golden::view("dev", "shop_dev", "user_features");
    view.freshness_basis = FreshnessBasis::Row;
    let span = (Timestamp::from_nanos(0), Timestamp::from_nanos(1));
    let composed = compose("shop_dev", &[view], span).expect("a registry");
    let again = composed.views("shop_dev", &golden::folder("dev"), ViewVersioning::Off).expect("views");
    assert_eq!(again.watched[0].freshness_basis, FreshnessBasis::Version);
}
