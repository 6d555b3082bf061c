//! `schedule.drift`: how often snapshots are compared, and what rounds show in between.

use skewwatch::history::HistoryReader;

use crate::serve::Running;
use crate::support::redis::wait_until;
use crate::support::streamed::{Streamed, VIEW, earlier, later, now};

const ROUNDS: &str = "rounds_total{feature_view=\"orders\",result=\"complete\"}";

fn schedule(drift: &str) -> String {
    format!(
        "schedule: {{ sample: \"* * * * * *\", drift: \"{drift}\", jitter: 0%, deadline: 1h }}\nprofiles: ./profiles\n"
    )
}

/// The newest snapshot that the last round shows to be compared.
fn compared(world: &Streamed) -> Option<String> {
    let history = HistoryReader::open(&world.scene.path("history.db")).unwrap();
    let round = history.last_rounds().unwrap().into_iter().find(|last| last.newest.view == VIEW)?;
    Some(round.measured?.measured?.snapshot.compared?.newest)
}

fn pass_rounds(service: &Running, count: f64) {
    let done = service.value(ROUNDS).unwrap();
    service.wait_for(ROUNDS, |rounds| rounds >= Some(done + count));
}

#[test]
fn the_last_comparison_stands_until_the_next_appointment() {
    let world = Streamed::open(50);
    let begin = earlier(now(), 300_000);
    let day = |number: u64| later(begin, number * 86_400);
    world.write_snapshot("2026-01-01", day(0), i64::from);
    world.write_snapshot("2026-01-02", day(1), i64::from);
    world.write_online(0..50, day(1), i64::from);
    let service = world.configure(&schedule("0 0 1 1 *")).serve();
    // The first round has nothing to show, and compares.
    service.wait_for(ROUNDS, |rounds| rounds >= Some(2.0));
    assert_eq!(compared(&world).as_deref(), Some("dt=2026-01-02"));
    let watermark = service.value("snapshot_watermark_seconds{feature_view=\"orders\"}");
    world.write_snapshot("2026-01-03", day(2), i64::from);
    service.wait_for("snapshot_watermark_seconds{feature_view=\"orders\"}", |now| now > watermark);
    pass_rounds(&service, 2.0);
    assert_eq!(compared(&world).as_deref(), Some("dt=2026-01-02"), "what was compared last stands");

    world.configure(&schedule("* * * * * *"));
    assert_eq!(service.ask("POST", "/-/reload").0, 200);
    wait_until("the new snapshot is compared", || compared(&world).as_deref() == Some("dt=2026-01-03"));
    world.write_snapshot("2026-01-04", day(3), i64::from);
    wait_until("an appointment compares the next one", || compared(&world).as_deref() == Some("dt=2026-01-04"));
}
