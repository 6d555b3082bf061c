//! Whole sequences of rounds: when findings fire, change their severity, and are over.

use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, proptest};
use proptest::{collection, prop_oneof};
use skewwatch::judge::Judgement;
use skewwatch::judge::hysteresis::{FindingLives, Patience, PatienceRules, Transition};
use skewwatch::model::check::{CheckKind, Finding, FindingKey, FindingState, Passed, Severity, Unjudged};
use skewwatch::model::time::Timestamp;

use super::at;

/// What a round says of one check.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Pass,
    Unknown,
    Breach(Severity),
    Nothing,
}

impl Said {
    /// Of `p` pass, `?` unknown, `w` warning, `c` critical, `-` nothing.
    fn of(letter: char) -> Self {
        match letter {
            'p' => Self::Pass,
            '?' => Self::Unknown,
            'w' => Self::Breach(Severity::Warning),
            'c' => Self::Breach(Severity::Critical),
            '-' => Self::Nothing,
            other => panic!("`{other}` says nothing"),
        }
    }

    fn file(self, judgement: &mut Judgement, key: &FindingKey) {
        let FindingKey { feature_view, feature, check } = key.clone();
        match self {
            Self::Pass => judgement.passed.push(Passed { check, feature_view, feature }),
            Self::Unknown => {
                judgement.unknown.push(Unjudged { check, feature_view, feature, reason: "no answer".to_owned() });
            }
            Self::Breach(severity) => judgement.findings.push(Finding {
                check,
                feature_view,
                feature,
                severity,
                observed: 0.1,
                threshold: 0.01,
                n: 1_000,
                message: "10 % of 1,000 compared values differ".to_owned(),
                incident: None,
                with: Vec::new(),
            }),
            Self::Nothing => {}
        }
    }
}

fn key(check: CheckKind) -> FindingKey {
    FindingKey { feature_view: "user_features".to_owned(), feature: Some("country".to_owned()), check }
}

fn of_view(check: CheckKind) -> FindingKey {
    FindingKey { feature: None, ..key(check) }
}

fn round(said: &[(&FindingKey, Said)]) -> Judgement {
    let mut judgement = Judgement::default();
    said.iter().for_each(|(key, said)| said.file(&mut judgement, key));
    judgement
}

fn minute(number: usize) -> Timestamp {
    Timestamp::from_seconds(60 * number as i64, 0).unwrap()
}

/// The state after each round: `.` quiet, `~` waiting, `W` and `C` firing.
fn letter(state: FindingState) -> char {
    match state {
        FindingState::Quiet => '.',
        FindingState::Waiting => '~',
        FindingState::Firing(Severity::Warning) => 'W',
        FindingState::Firing(Severity::Critical) => 'C',
    }
}

fn states(sequence: &str, patience: Patience) -> String {
    let rules = PatienceRules { usual: patience, ..PatienceRules::default() };
    let skew = key(CheckKind::Skew);
    let mut lives = FindingLives::default();
    let told = sequence.chars().enumerate().map(|(number, said)| {
        let before = lives.state(&skew);
        let transitions = lives.observe(&round(&[(&skew, Said::of(said))]), &rules, minute(number));
        let to = lives.state(&skew);
        let change = Transition { key: skew.clone(), from: before, to };
        let expected = if before == to { vec![] } else { vec![change] };
        assert_eq!(transitions, expected, "round {number} of {sequence}");
        letter(to)
    });
    told.collect()
}

#[test]
fn a_finding_fires_after_two_of_three_rounds_and_is_over_after_two_without() {
    for (sequence, expected) in [
        ("wpp", "~~~"),
        ("wppp", "~~~."),
        ("ww", "~W"),
        ("wpw", "~~W"),
        ("wppw", "~~~~"),
        ("wwp", "~WW"),
        ("wwpp", "~WW."),
        ("wwpwpwpp", "~WWWWWW."),
        // What made it fire the first time is over: it takes two again.
        ("wwppwpw", "~WW.~~W"),
        ("pppww", "...~W"),
    ] {
        assert_eq!(states(sequence, Patience::USUAL), expected, "{sequence}");
    }
}

#[test]
fn a_round_that_could_not_judge_changes_nothing() {
    for (sequence, expected) in [
        ("w?w", "~~W"),
        ("w????w", "~~~~~W"),
        ("ww????", "~WWWWW"),
        ("wwp????p", "~WWWWWW."),
        ("ww----", "~WWWWW"),
        ("????", "...."),
        ("----", "...."),
    ] {
        assert_eq!(states(sequence, Patience::USUAL), expected, "{sequence}");
    }
}

#[test]
fn a_severity_changes_as_slowly_as_a_finding_comes_and_goes() {
    for (sequence, expected) in [
        ("cc", "~C"),
        ("wc", "~W"),
        ("wcc", "~WC"),
        ("wcwcw", "~WWCC"),
        ("ccw", "~CC"),
        ("ccww", "~CCW"),
        ("ccwcwcww", "~CCCCCCW"),
        ("ccpp", "~CC."),
        ("ccwp", "~CCW"),
        ("ccwpp", "~CCW."),
        ("cc?w?w?", "~CCCCWW"),
    ] {
        assert_eq!(states(sequence, Patience::USUAL), expected, "{sequence}");
    }
}

#[test]
fn patience_is_as_it_was_set() {
    let patience = |breaches, of, calm| Patience::new(breaches, of, calm).unwrap();
    for (set, sequence, expected) in [
        (patience(1, 1, 1), "wpcpw", "W.C.W"),
        (patience(3, 5, 3), "wwppwpwppp", "~~~~WWWWW."),
        (patience(1, 1, 3), "wppwppp", "WWWWWW."),
    ] {
        assert_eq!(states(sequence, set), expected, "{sequence}");
    }
    for (breaches, of, calm) in [(0, 1, 1), (2, 1, 1), (1, 1, 0), (1, 1_001, 1), (1, 1, 1_001)] {
        assert_eq!(Patience::new(breaches, of, calm), None);
    }
}

#[test]
fn data_that_is_dead_as_a_whole_fires_at_once_and_is_over_when_the_view_is_judged_again() {
    let rules = PatienceRules::default();
    let (dead, skew) = (of_view(CheckKind::NeverMaterialized), key(CheckKind::Skew));
    let breach = Said::Breach(Severity::Warning);
    let mut lives = FindingLives::default();
    let mut told = String::new();
    for (number, said) in [
        vec![(&dead, breach)],
        // Nothing could be read.
        vec![],
        vec![(&skew, Said::Unknown)],
        vec![(&skew, Said::Pass)],
    ]
    .iter()
    .enumerate()
    {
        lives.observe(&round(said), &rules, minute(number));
        told.push(letter(lives.state(&dead)));
    }
    assert_eq!(told, "WWW.");
}

#[test]
fn timestamps_line_up_again_when_what_rests_on_them_is_judged() {
    let rules = PatienceRules::default();
    let (timestamps, skew, coverage) =
        (of_view(CheckKind::Timestamps), key(CheckKind::Skew), of_view(CheckKind::Coverage));
    let mut lives = FindingLives::default();
    let found =
        round(&[(&timestamps, Said::Breach(Severity::Warning)), (&skew, Said::Unknown), (&coverage, Said::Pass)]);
    lives.observe(&found, &rules, minute(0));
    lives.observe(&round(&[(&coverage, Said::Pass), (&skew, Said::Unknown)]), &rules, minute(1));
    assert_eq!(lives.state(&timestamps), FindingState::Firing(Severity::Warning));
    lives.observe(&round(&[(&coverage, Said::Pass), (&skew, Said::Pass)]), &rules, minute(2));
    assert_eq!(lives.state(&timestamps), FindingState::Quiet);
}

#[test]
fn of_several_outcomes_of_one_check_the_worst_counts() {
    let drift = key(CheckKind::Drift);
    let mut lives = FindingLives::default();
    let both = round(&[(&drift, Said::Pass), (&drift, Said::Breach(Severity::Warning))]);
    for number in 0..2 {
        lives.observe(&both, &PatienceRules::default(), minute(number));
    }
    for number in 2..9 {
        lives.observe(
            &round(&[(&drift, Said::Unknown), (&drift, Said::Pass)]),
            &PatienceRules::default(),
            minute(number),
        );
    }
    assert_eq!(lives.state(&drift), FindingState::Firing(Severity::Warning));
}

#[test]
fn a_life_knows_its_times() {
    let rules = PatienceRules::default();
    let skew = key(CheckKind::Skew);
    let mut lives = FindingLives::default();
    for (number, said) in "wpwp?".chars().enumerate() {
        lives.observe(&round(&[(&skew, Said::of(said))]), &rules, minute(number));
    }
    let life = lives.iter().next().unwrap();
    let times = (life.first_seen(), life.fired_at(), life.last_seen());
    assert_eq!(times, (minute(0), Some(minute(2)), minute(2)));
    assert_eq!(life.key(), &skew);
}

#[test]
fn what_is_no_longer_watched_is_over() {
    let (skew, drift) = (key(CheckKind::Skew), key(CheckKind::Drift));
    let breach = Said::Breach(Severity::Critical);
    let mut lives = FindingLives::default();
    for number in 0..2 {
        lives.observe(&round(&[(&skew, breach), (&drift, breach)]), &PatienceRules::default(), minute(number));
    }
    let gone = lives.retain(|key| key.check != CheckKind::Drift);
    let from = FindingState::Firing(Severity::Critical);
    assert_eq!(gone, [Transition { key: drift, from, to: FindingState::Quiet }]);
    assert_eq!(lives.iter().map(|life| life.key().clone()).collect::<Vec<_>>(), [skew]);
}

#[test]
fn the_series_has_the_value_of_the_state() {
    let states = [
        FindingState::Quiet,
        FindingState::Waiting,
        FindingState::Firing(Severity::Warning),
        FindingState::Firing(Severity::Critical),
    ];
    assert_eq!(states.map(FindingState::series_value), [0, 0, 1, 2]);
}

#[test]
fn what_is_written_down_says_what_it_is() {
    let mut lives = FindingLives::default();
    lives.observe(
        &round(&[(&key(CheckKind::Skew), Said::Breach(Severity::Warning))]),
        &PatienceRules::default(),
        at("2026-06-15T00:00:00Z"),
    );
    let expected = r#"[{"feature_view":"user_features","feature":"country","check":"skew","first_seen":"2026-06-15T00:00:00Z","last_seen":"2026-06-15T00:00:00Z","fired_at":null,"breach":{"holds":false,"recent":[true],"calm":0},"critical":{"holds":false,"recent":[false],"calm":1}}]"#;
    assert_eq!(serde_json::to_string(&lives).unwrap(), expected);
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        3 => Just(Said::Pass),
        1 => Just(Said::Unknown),
        1 => Just(Said::Nothing),
        2 => Just(Said::Breach(Severity::Warning)),
        2 => Just(Said::Breach(Severity::Critical)),
    ]
}

fn patience() -> impl Strategy<Value = Patience> {
    (1_usize..5, 0_usize..4, 1_usize..5)
        .prop_map(|(breaches, more, calm)| Patience::new(breaches, breaches + more, calm).unwrap())
}

proptest! {
    #[test]
    fn a_state_that_was_written_down_goes_on_as_if_nothing_had_happened(
        sequence in collection::vec(said(), 0..30), patience in patience(), restart in 0_usize..30,
    ) {
        let rules = PatienceRules { usual: patience, ..PatienceRules::default() };
        let skew = key(CheckKind::Skew);
        let (mut whole, mut restarted) = (FindingLives::default(), FindingLives::default());
        for (number, said) in sequence.into_iter().enumerate() {
            if number == restart {
                restarted = serde_json::from_str(&serde_json::to_string(&restarted).unwrap()).unwrap();
            }
            let judgement = round(&[(&skew, said)]);
            let changed = whole.observe(&judgement, &rules, minute(number));
            prop_assert_eq!(changed, restarted.observe(&judgement, &rules, minute(number)));
            prop_assert_eq!(&whole, &restarted);
        }
    }

    #[test]
    fn rounds_that_could_not_judge_may_be_left_out(sequence in collection::vec(said(), 0..40), patience in patience()) {
        let rules = PatienceRules { usual: patience, ..PatienceRules::default() };
        let skew = key(CheckKind::Skew);
        let run = |sequence: &[Said]| {
            let mut lives = FindingLives::default();
            for said in sequence {
                lives.observe(&round(&[(&skew, *said)]), &rules, minute(0));
            }
            lives
        };
        let judged: Vec<Said> =
            sequence.iter().copied().filter(|said| !matches!(said, Said::Unknown | Said::Nothing)).collect();
        prop_assert_eq!(run(&sequence), run(&judged));
    }

    #[test]
    fn a_lasting_fault_fires_and_a_lasting_repair_resolves(
        sequence in collection::vec(said(), 0..30), patience in patience(),
    ) {
        let rules = PatienceRules { usual: patience, ..PatienceRules::default() };
        let skew = key(CheckKind::Skew);
        let mut lives = FindingLives::default();
        let mut run = |sequence: &[Said]| {
            for said in sequence {
                lives.observe(&round(&[(&skew, *said)]), &rules, minute(0));
            }
            lives.state(&skew)
        };
        run(&sequence);
        prop_assert_eq!(run(&[Said::Breach(Severity::Critical); 8]), FindingState::Firing(Severity::Critical));
        prop_assert_eq!(run(&[Said::Pass; 8]), FindingState::Quiet);
        prop_assert!(lives.iter().next().is_none());
    }
}
