//! Columns with more keys than a profile lists.

use skewwatch::model::check::DriftStatistic;
use skewwatch::model::measurement::DriftVerdict;
use skewwatch::stats::categories::Categories;
use skewwatch::stats::drift::{DriftLimits, Exactness, Labels, checks, settle};
use skewwatch::stats::profile::{KeyProfile, KeySide, MOST_KEYS, MergeError, categorical_pair};

/// Keys `first` to `last`; key number k occurs 1 + 20,000 ÷ (k + 1) times.
fn keys(first: u32, last: u32) -> Categories {
    let counts = (first..last).map(|key| (format!("key {key:06}").into(), u64::from(1 + 20_000 / (key + 1))));
    Categories::of_counts(counts.collect(), 5)
}

#[test]
fn the_most_frequent_keys_are_listed_and_the_rest_is_one_count() {
    let column = keys(0, 50_000);
    let profile = KeyProfile::of(&column);
    assert_eq!(profile.iter().count(), MOST_KEYS);
    assert!(profile.iter().all(|(key, count)| count == column.count(key)));
    assert_eq!(profile.counts(), column.counts());
    assert_eq!(profile.rest(), Some(column.counts().valid() - profile.iter().map(|(_, count)| count).sum::<u64>()));
    assert_eq!((profile.distinct(), profile.once()), (50_000, 30_000));
}

#[test]
fn counts_over_the_same_keys_are_exact_and_the_rest_shares_a_bin() {
    let (reference, current) = (keys(0, 50_000), keys(5, 40_000));
    for pair in super::key_pairs(&reference, &current) {
        let distances = pair.distances.unwrap();
        let Labels::Keys(names) = &distances.labels else { panic!("keys have names") };
        let (rest, listed) = distances.bins.bins().split_last().unwrap();
        assert_eq!(names.len(), MOST_KEYS + 1);
        assert_eq!(&*names[MOST_KEYS], "(other keys)");
        for (name, counts) in names.iter().zip(listed) {
            assert_eq!(*counts, (reference.count(name), current.count(name)), "{name}");
        }
        let n = [&reference, &current].map(|column| column.counts().valid());
        let sum = listed.iter().fold(*rest, |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
        assert_eq!(sum, (n[0], n[1]));
        assert_eq!((distances.novelty.reference, distances.exactness), (30_000, Exactness::Approximate));
        assert_eq!(distances.novelty.current, 0, "the current side has no key of its own");
    }
}

#[test]
fn rows_with_keys_that_the_reference_does_not_have_are_estimated() {
    let reference = keys(0, 50_000);
    // Every key beyond 50,000 occurs once and is new.
    let current = keys(0, 80_000);
    for pair in super::key_pairs(&reference, &current) {
        let unseen = pair.distances.unwrap().novelty.current;
        assert!(unseen.abs_diff(30_000) < 3_000, "{unseen}");
    }
}

#[test]
fn parts_over_the_same_keys_merge_to_the_counts_of_the_whole() {
    let parts = [keys(0, 30_000), keys(10_000, 60_000), keys(0, 10)];
    let ruler = KeyProfile::of(&parts[0]);
    let profiles = parts.each_ref().map(|part| KeyProfile::over(&ruler, part));
    let [a, b, c] = &profiles;
    let merged = a.merge(b).unwrap().merge(c).unwrap();
    assert_eq!(c.merge(&b.merge(a).unwrap()).unwrap(), merged);
    let whole = KeyProfile::over(&ruler, &parts[0].clone().merge(&parts[1]).merge(&parts[2]));
    assert_eq!(merged.iter().collect::<Vec<_>>(), whole.iter().collect::<Vec<_>>());
    assert_eq!((merged.rest(), merged.counts()), (whole.rest(), whole.counts()));
    assert_eq!((whole.distinct(), whole.once()), (60_000, 30_000));
    assert!(merged.distinct().abs_diff(60_000) < 3_000, "{}", merged.distinct());
    assert!(merged.once().abs_diff(whole.once()) < 2_000, "{}", merged.once());
    // A profile that lists every key is counted over the keys of the other.
    assert_eq!(KeyProfile::of(&parts[2]).merge(a).unwrap(), a.merge(c).unwrap());
}

#[test]
fn profiles_that_list_different_keys_are_not_merged_and_compared_on_the_keys_of_both() {
    let columns = [keys(0, 30_000), keys(5_000, 60_000)];
    let profiles = columns.each_ref().map(KeyProfile::of);
    assert_eq!(profiles[0].merge(&profiles[1]), Err(MergeError::Keys));
    let pair = categorical_pair(KeySide::Profile(&profiles[0]), KeySide::Profile(&profiles[1]));
    let distances = pair.distances.unwrap();
    let Labels::Keys(names) = &distances.labels else { panic!("keys have names") };
    assert_eq!(names.len(), 5_000 + 1);
    let unseen = distances.novelty.current;
    assert!(unseen.abs_diff(30_000) < 4_000, "{unseen}");
}

#[test]
fn profiles_that_list_no_key_in_common_do_not_pass_for_equal() {
    let profiles = [keys(0, 30_000), keys(40_000, 70_000)].each_ref().map(KeyProfile::of);
    let pair = categorical_pair(KeySide::Profile(&profiles[0]), KeySide::Profile(&profiles[1]));
    let mut found = checks(&pair, &DriftLimits::default());
    settle(found.values_mut());
    let index = &found[&DriftStatistic::Psi];
    assert_eq!((index.verdict, index.effect, index.p_equal), (DriftVerdict::Unknown, None, None));
    assert_eq!(found[&DriftStatistic::Unseen].verdict, DriftVerdict::Drifted);
}
