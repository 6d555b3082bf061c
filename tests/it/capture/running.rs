//! A service that captures the rows of a stream-fed view, is killed, and finds the skew when the snapshot arrives.

use skewwatch::history::HistoryReader;
use skewwatch::model::captured::CaptureCounts;
use skewwatch::model::figure::bare_percent;
use skewwatch::stats::interval::wilson;

use crate::support::redis::wait_until;
use crate::support::streamed::{Streamed, VIEW, at_second, earlier, later, now};

const ENTITIES: u32 = 300;
const SKEWED: u32 = 60;
const ROUNDS: &str = "rounds_total{feature_view=\"orders\",result=\"complete\"}";
const EVERY_SECOND: &str = "schedule: { sample: \"* * * * * *\", jitter: 0%, deadline: 1h, grace: 100ms }\n";

fn of_total(name: &str, check: &str) -> String {
    format!("{name}{{check=\"{check}\",feature=\"total\",feature_view=\"orders\"}}")
}

fn captured(outcome: &str) -> String {
    format!("captured_rows_total{{feature_view=\"orders\",outcome=\"{outcome}\"}}")
}

fn truth(number: u32) -> i64 {
    i64::from(number) + 1
}

/// What the stream wrote: wrong for one entity in five.
fn served(number: u32) -> i64 {
    if number < SKEWED { 2 * truth(number) } else { truth(number) }
}

#[test]
fn the_skew_of_a_stream_is_found_in_captured_rows_across_a_kill_and_a_restart() {
    let world = Streamed::open(ENTITIES);
    let begin = earlier(now(), 7_200);
    world.write_snapshot("1", begin, |_| 0);
    world.write_online(0..ENTITIES, later(begin, 3_600), served);
    let service = world.configure(EVERY_SECOND).serve();
    service.wait_for(ROUNDS, |count| count >= Some(1.0));

    // The cut lies in the near future; until then and after it the live rows are ahead of every snapshot.
    let cut = later(now(), 5);
    let capture = format!("sample: {{ capture: \"{}\" }}\n", at_second(cut));
    world.configure(&format!("{EVERY_SECOND}{capture}"));
    assert_eq!(service.ask("POST", "/-/reload"), (200, "reloaded\n".to_owned()));
    service.wait_for(&captured("captured"), |count| count == Some(f64::from(ENTITIES)));
    world.write_online(0..ENTITIES, later(cut, 1), |_| -1);
    assert_eq!(service.value(&of_total("check_status", "skew")), Some(-1.0));
    service.signal("-KILL");

    let history = || HistoryReader::open(&world.scene.path("history.db")).unwrap();
    let waiting = CaptureCounts { captured: 300, waiting: 300, ..CaptureCounts::default() };
    let mut service = world.serve();
    let complete = service.value(ROUNDS).unwrap_or_default();
    service.wait_for(ROUNDS, |count| count > Some(complete));
    assert_eq!(history().capture_counts(VIEW).unwrap(), waiting);
    assert_eq!(service.value(&of_total("check_status", "skew")), Some(-1.0));

    // The snapshot of the cut, as the batch job computes it.
    world.write_snapshot("2", cut, truth);
    service.wait_for(&captured("settled"), |count| count == Some(f64::from(ENTITIES)));
    let finding = of_total("finding_state", "skew");
    service.wait_for(&finding, |state| state == Some(2.0));
    let ratio =
        |feature: &str| format!("captured_skew_mismatch_ratio{{feature=\"{feature}\",feature_view=\"orders\"}}");
    assert_eq!(service.value(&ratio("total")), Some(0.2));
    assert_eq!(service.value(&ratio("city")), Some(0.0));
    assert_eq!(service.value("captured_comparable_ratio{feature_view=\"orders\"}"), Some(1.0));
    let city = of_total("check_status", "skew").replace("total", "city");
    assert_eq!(service.value(&city), Some(0.0));
    let settled = CaptureCounts { captured: 300, settled: 300, ..CaptureCounts::default() };
    assert_eq!(history().capture_counts(VIEW).unwrap(), settled);
    assert_eq!(history().waiting_captures(VIEW).unwrap(), []);

    let interval = wilson(60, 300).unwrap();
    let (lower, upper) = (bare_percent(interval.lower), bare_percent(interval.upper));
    let told = format!(
        "20.0 % of 300 compared values differ (95 % interval {lower}–{upper} %), by 100 % of the offline value in the \
         median; the limit is 5 %; judged by the rows captured at {cut}, because too few of those served now can be compared"
    );
    let messages = || {
        let open = history().open_findings().unwrap();
        let of_total = open.into_iter().filter(|episode| episode.key.feature.as_deref() == Some("total"));
        of_total.filter(|episode| episode.key.check.name() == "skew").map(|episode| episode.message).collect::<Vec<_>>()
    };
    wait_until("the finding is told", || messages() == [told.clone()]);

    // What was found stands, and nothing is settled again.
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());
    let again = world.serve();
    assert_eq!(again.value(&ratio("total")), Some(0.2));
    assert_eq!(again.value(&finding), Some(2.0));
    again.wait_for(ROUNDS, |count| count >= Some(2.0));
    assert_eq!(again.value(&of_total("check_status", "skew")), Some(2.0));
    assert_eq!(again.value(&captured("settled")), None);
    assert_eq!(history().capture_counts(VIEW).unwrap(), settled);
    // The API and the page show the history's counts, restarts included.
    let detail: serde_json::Value = serde_json::from_str(&again.ask("GET", "/api/v1/views/orders").1).unwrap();
    let shown = serde_json::json!({ "captured": 300, "waiting": 0, "settled": 300, "superseded": 0, "expired": 0 });
    assert_eq!(detail["captured"], shown);
    assert!(again.ask("GET", "/views/orders").1.contains("300 settled, 0 superseded, 0 expired, 0 waiting"));
    assert!(!again.log().contains("u000"), "no entity key is ever told: {}", again.log());
}

#[test]
fn captures_of_a_view_that_is_no_longer_captured_are_given_up() {
    let world = Streamed::open(20);
    let begin = earlier(now(), 7_200);
    world.write_snapshot("1", begin, |_| 0);
    world.write_online(0..20, later(begin, 3_600), truth);
    let never = EVERY_SECOND.replace("* * * * * *", "0 0 1 1 *");
    let service = world.configure(&format!("{never}sample: {{ capture: \"* * * * * *\" }}\n")).serve();
    // Before the first round, the keys are those of the snapshot.
    service.wait_for(&captured("captured"), |count| count >= Some(100.0));
    service.wait_for(&captured("expired"), |count| count >= Some(40.0));
    world.configure(&never);
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    let history = HistoryReader::open(&world.scene.path("history.db")).unwrap();
    wait_until("none waits", || history.capture_counts(VIEW).unwrap().waiting == 0);
    let counts = history.capture_counts(VIEW).unwrap();
    assert_eq!((counts.captured, counts.settled), (counts.expired, 0));
}

#[test]
fn captures_need_a_history() {
    let world = Streamed::open(1);
    world.configure("sample: { capture: \"0 0 * * *\" }\n");
    let text = std::fs::read_to_string(world.scene.path("skewwatch.yaml")).unwrap();
    world.scene.configure(&text.replace(", history: history.db", ""));
    let told = world.scene.command("validate").output().unwrap();
    let told = String::from_utf8(told.stderr).unwrap();
    let (_, problem) = told.split_once("skewwatch.yaml:12:11\n").unwrap();
    let expected = "   |
12 | sample: { capture: \"0 0 * * *\" }
   |           ^^^^^^^ captured rows are kept in the history, and there is none
   = hint: name a file with `publish: { history: ./skewwatch.db }`
";
    assert_eq!(problem, expected);
}
