//! The few bars that a plot shows: which keys are named, and that no value is lost.

use skewwatch::stats::categories::Categories;
use skewwatch::stats::drift::{bars, bars_of_frequent, categorical};

fn keys(counts: &[(&str, usize)]) -> Categories {
    let mut keys = Categories::default();
    counts.iter().for_each(|(key, count)| (0..*count).for_each(|_| keys.observe(Some(key))));
    keys
}

#[test]
fn keys_that_few_values_have_are_not_named() {
    let reference = keys(&[("food", 40), ("travel", 9), ("ann@example.com", 1), ("bob@example.com", 1)]);
    let current = keys(&[("food", 30), ("travel", 1), ("eve@example.com", 9)]);
    let bars = bars_of_frequent(&categorical(&reference, &current), 10).unwrap();
    let told: Vec<(&str, u64, u64)> =
        bars.bars().iter().map(|bar| (bar.label.as_str(), bar.reference, bar.current)).collect();
    assert_eq!(told, [("food", 40, 30), ("travel", 9, 1), ("3 other keys", 2, 9)]);
    let unnamed = bars.unnamed();
    let labels: Vec<&str> = unnamed.bars().iter().map(|bar| bar.label.as_str()).collect();
    assert_eq!(labels, ["value 1", "value 2", "3 other keys"]);
}

#[test]
fn where_all_keys_are_rare_none_is_named() {
    let names: Vec<String> = (0..30).map(|number| format!("user{number}@example.com")).collect();
    let all = keys(&names.iter().map(|name| (name.as_str(), 1)).collect::<Vec<_>>());
    let bars = bars_of_frequent(&categorical(&all, &all), 10).unwrap();
    assert_eq!(bars.bars().iter().map(|bar| bar.label.as_str()).collect::<Vec<_>>(), ["30 keys"]);
    assert_eq!(bars.totals(), (30, 30));
}

#[test]
fn twelve_keys_have_a_bar_each_and_thirteen_share_the_last() {
    let names: Vec<String> = (0..13).map(|number| format!("key{number:02}")).collect();
    let counted = |most: usize| keys(&names[..most].iter().map(|name| (name.as_str(), 5)).collect::<Vec<_>>());
    let labels = |most: usize| {
        let pair = categorical(&counted(most), &counted(most));
        bars(&pair).unwrap().bars().iter().map(|bar| bar.label.clone()).collect::<Vec<_>>()
    };
    assert_eq!(labels(12), &names[..12]);
    assert_eq!(labels(13)[11], "2 other keys");
    assert_eq!(labels(13).len(), 12);
}
