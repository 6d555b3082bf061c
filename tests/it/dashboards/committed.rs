//! `dashboards/` holds what the default settings give, and the command writes the same.

use std::process::Command;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;
use skewwatch::publish::dashboards::{self, DashboardSettings};

use super::{NAMES, folder};

#[test]
fn the_committed_dashboards_are_those_of_the_default_settings() {
    let written = dashboards::write(&DashboardSettings::default()).unwrap();
    for file in &written {
        let path = folder().join(file.name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &file.text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == file.text,
            "dashboards/{} differs; if the new text is right, run the test again with BLESS=1",
            file.name
        );
    }
    let expected: Vec<String> = NAMES.iter().map(|name| format!("{name}.json")).collect();
    assert_eq!(written.iter().map(|file| file.name).collect::<Vec<_>>(), expected);
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<String> = entries.filter(|name| name.ends_with(".json")).collect();
    found.sort_by_key(|name| expected.iter().position(|known| known == name));
    assert_eq!(found, expected, "files in dashboards/ that nobody writes");
}

#[test]
fn the_command_writes_them_and_says_which() {
    let place = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let program = env!("CARGO_BIN_EXE_skewwatch");
        let output =
            Command::new(program).arg("dashboards").args(arguments).current_dir(place.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (text(&output.stdout), text(&output.stderr).lines().next().unwrap_or_default().to_owned(), output.status.code())
    };
    let listed: String = NAMES.iter().map(|name| format!("made/boards/{name}.json\n")).collect();
    assert_eq!(run(&["-o", "made/boards"]), (listed, String::new(), Some(0)));
    for name in NAMES {
        let read = |folder: std::path::PathBuf| std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        assert!(read(place.path().join("made/boards")) == read(folder()), "{name}");
    }
    let refused = [run(&["-o", "a", "--interval", "0"]), run(&["-o", "a", "--interval", "soon"])];
    assert_eq!(
        refused.map(|(_, error, code)| (error, code)),
        [
            ("error: invalid value '0' for '--interval <DURATION>': rounds cannot be 0s apart".to_owned(), Some(2)),
            (
                "error: invalid value 'soon' for '--interval <DURATION>': `soon` is not a duration such as `90s`, `15m`, \
                 `1h30m` or `7d`"
                    .to_owned(),
                Some(2)
            ),
        ]
    );
}

/// The windows to choose from and the one that is chosen at first, in seconds.
fn windows(interval: Duration) -> (Vec<u64>, u64) {
    let files = dashboards::write(&DashboardSettings { interval }).unwrap();
    let overview: Value = serde_json::from_str(&files[0].text).unwrap();
    let variables = overview["templating"]["list"].as_array().unwrap();
    let window = variables.iter().find(|variable| variable["name"] == "window").unwrap();
    let seconds = |text: &str| {
        let (number, unit) = text.split_at(text.len() - 1);
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            other => panic!("{other}"),
        };
        number.parse::<u64>().unwrap() * unit
    };
    let all = window["query"].as_str().unwrap().split(',').map(seconds).collect();
    (all, seconds(window["current"]["value"].as_str().unwrap()))
}

#[test]
fn the_usual_window_is_the_shortest_that_holds_three_rounds() {
    let first = |seconds| windows(Duration::from_secs(seconds)).1;
    let chosen = [1, 20, 21, 300, 301, 3_600, 86_400, 604_800].map(first);
    assert_eq!(chosen, [60, 60, 300, 900, 1_800, 10_800, 259_200, 1_814_400]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 50, ..ProptestConfig::default() })]

    #[test]
    fn every_window_holds_three_rounds(seconds in 1_u64..2_000_000) {
        let (all, chosen) = windows(Duration::from_secs(seconds));
        prop_assert!(all.iter().all(|window| *window >= 3 * seconds), "{all:?}");
        prop_assert_eq!(all[0], chosen);
        prop_assert!(all.is_sorted());
    }
}
