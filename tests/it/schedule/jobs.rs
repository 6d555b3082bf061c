//! Several jobs of one view: each has its own appointments, and none waits for another.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use proptest::{array, collection};
use skewwatch::model::ratio::Ratio;
use skewwatch::run::ticker::{Duty, Jitter, Job, Moment, Tally, Tick, Ticker, Timetable};

use super::{at, schedule};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const NOON: &str = "2026-11-23T12:00:00Z";
const JOBS: [Job; 4] = [Job::Round, Job::Availability, Job::Comparison, Job::Capture];

fn duty(job: Job) -> Duty {
    Duty::new("orders", job)
}

fn ticker(timetables: BTreeMap<Duty, Timetable>, share: u64) -> Ticker {
    let mut ticker = Ticker::new(Jitter { seed: 1, share: Ratio::of(share, 100).unwrap(), most: MINUTE });
    ticker.replan(timetables, Moment { time: at(NOON), elapsed: Duration::ZERO });
    ticker
}

fn timetable(text: &str, deadline: Duration) -> Timetable {
    Timetable { schedule: schedule(text, "UTC"), deadline }
}

fn after(elapsed: Duration) -> Moment {
    Moment { time: at(NOON).plus(elapsed), elapsed }
}

#[test]
fn a_job_that_runs_skips_its_own_appointments_and_no_others() {
    let timetables = JOBS.map(|job| (duty(job), timetable("* * * * *", 10 * MINUTE))).into();
    let mut ticker = ticker(timetables, 0);
    let first = ticker.poll(after(MINUTE));
    let due = |job, due: &str| Tick { duty: duty(job), due: at(due) };
    assert_eq!(first.start, JOBS.map(|job| due(job, "2026-11-23T12:01:00Z")));
    JOBS.into_iter().filter(|job| *job != Job::Capture).for_each(|job| ticker.finished(&duty(job)));
    let second = ticker.poll(after(2 * MINUTE));
    let others = [Job::Round, Job::Availability, Job::Comparison];
    assert_eq!(second.start, others.map(|job| due(job, "2026-11-23T12:02:00Z")));
    assert_eq!(second.skipped, [due(Job::Capture, "2026-11-23T12:02:00Z")]);
    assert_eq!(ticker.poll(after(11 * MINUTE)).overdue, [duty(Job::Capture)]);
}

#[test]
fn each_job_has_its_own_deadline() {
    let deadlines = [(Job::Round, 5 * MINUTE), (Job::Capture, 90 * SECOND)];
    let timetables = deadlines.map(|(job, deadline)| (duty(job), timetable("* * * * *", deadline))).into();
    let mut ticker = ticker(timetables, 0);
    ticker.poll(after(MINUTE));
    assert_eq!(ticker.poll(after(2 * MINUTE)).overdue, []);
    assert_eq!(ticker.poll(after(150 * SECOND)).overdue, [duty(Job::Capture)]);
    assert_eq!(ticker.poll(after(6 * MINUTE)).overdue, [duty(Job::Round)]);
}

#[test]
fn a_capture_is_due_at_the_cut_itself_and_the_others_lie_apart() {
    let timetables = JOBS.map(|job| (duty(job), timetable("0 * * * *", MINUTE))).into();
    let mut ticker = ticker(timetables, 50);
    let mut lags = BTreeMap::new();
    for second in 0..3_720 {
        let now = after(second * SECOND);
        for tick in ticker.poll(now).start {
            ticker.finished(&tick.duty);
            lags.insert(tick.duty.job, now.time.since(tick.due).unwrap().as_secs());
        }
    }
    assert_eq!(lags.len(), JOBS.len(), "{lags:?}");
    assert_eq!(lags[&Job::Capture], 0);
    assert!(lags[&Job::Round] != lags[&Job::Availability] && lags[&Job::Round] != lags[&Job::Comparison], "{lags:?}");
}

#[test]
fn a_job_that_is_taken_out_of_the_plan_leaves_the_others_alone() {
    let both = || -> BTreeMap<Duty, Timetable> {
        [Job::Round, Job::Capture].map(|job| (duty(job), timetable("*/5 * * * *", MINUTE))).into()
    };
    let mut ticker = ticker(both(), 0);
    let rounds: BTreeMap<_, _> = both().into_iter().filter(|(duty, _)| duty.job == Job::Round).collect();
    ticker.replan(rounds, after(MINUTE));
    assert_eq!(ticker.next_due(&duty(Job::Round)), Some(at("2026-11-23T12:05:00Z")));
    assert_eq!(ticker.next_due(&duty(Job::Capture)), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_job_runs_twice_at_once_and_every_appointment_is_kept_or_skipped(
        every in array::uniform4(1_u32..20),
        durations in collection::vec(0_u64..400, 60),
        share in 0_u64..30,
    ) {
        let timetables: BTreeMap<Duty, Timetable> = JOBS
            .into_iter()
            .zip(every)
            .map(|(job, every)| (duty(job), timetable(&format!("*/{every} * * * *"), 3 * 60 * MINUTE)))
            .collect();
        let mut ticker = ticker(timetables.clone(), share);
        let mut ends: BTreeMap<Duty, Duration> = BTreeMap::new();
        let mut said: BTreeMap<Duty, Tally> = BTreeMap::new();
        let mut due: BTreeMap<Duty, Vec<String>> = BTreeMap::new();
        let mut turn = 0;
        for second in 0..3_600 {
            let now = after(second * SECOND);
            for ended in ends.extract_if(.., |_, end| *end <= now.elapsed).map(|(duty, _)| duty).collect::<Vec<_>>() {
                ticker.finished(&ended);
            }
            let agenda = ticker.poll(now);
            prop_assert!(agenda.overdue.is_empty());
            for tick in agenda.start {
                prop_assert!(!ends.contains_key(&tick.duty), "{} runs twice", tick.duty);
                ends.insert(tick.duty.clone(), now.elapsed + Duration::from_secs(durations[turn % durations.len()]));
                turn += 1;
                said.entry(tick.duty.clone()).or_default().started += 1;
                due.entry(tick.duty).or_default().push(tick.due.to_string());
            }
            for tick in agenda.skipped {
                prop_assert!(ends.contains_key(&tick.duty), "{} was idle", tick.duty);
                said.entry(tick.duty.clone()).or_default().skipped += 1;
                due.entry(tick.duty).or_default().push(tick.due.to_string());
            }
        }
        for (duty, timetable) in &timetables {
            let tally = said.get(duty).copied().unwrap_or_default();
            prop_assert_eq!(ticker.tally(duty), Some(tally));
            let found = due.get(duty).cloned().unwrap_or_default();
            // With a lag, the appointment at noon is still ahead.
            let before = if found.first().is_some_and(|due| due == NOON) { "2026-11-23T11:59:59Z" } else { NOON };
            let mut expected = super::ticks(&timetable.schedule, before, found.len() + 1);
            let next = expected.pop().unwrap();
            prop_assert_eq!(found, expected);
            prop_assert!(at(&next).plus(MINUTE) >= after(3_599 * SECOND).time, "{} was left out", next);
        }
    }
}
