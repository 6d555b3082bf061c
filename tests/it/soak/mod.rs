//! A service with rounds every second over a longer time, with reloads, scrapes, and a Redis that is started again now and
//! then: memory, threads and descriptors stay what they were.
//!
//! A minute; `make soak` takes ten (`SKEWWATCH_SOAK_SECONDS`). The allocator is told to give back at once what is free
//! (`MIMALLOC_PURGE_DELAY`), so that memory is what is held and not what it keeps for later.

use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::serve::{EVERY_SECOND, HASTE, PUBLISH, Running, Shop, rounds};

/// How long, unless the environment says otherwise.
const USUAL: Duration = Duration::from_secs(60);
/// Time between two looks.
const PACE: Duration = Duration::from_millis(250);
/// From the first half after the warm-up to the second, memory may grow by this share and so many kibibytes beside it.
const ALLOWANCE: (f64, f64) = (0.05, 8192.0);
/// And the pool of threads that wait for files by so many: it follows the load of the machine.
const THREADS: u64 = 4;

/// What the process takes at one moment.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Kibibytes of memory.
    memory: f64,
    threads: u64,
    descriptors: u64,
}

impl Look {
    fn at(process: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let figure = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse::<u64>().unwrap()
        };
        let descriptors = fs::read_dir(format!("/proc/{process}/fd")).unwrap().count() as u64;
        Self { memory: figure("VmRSS:") as f64, threads: figure("Threads:"), descriptors }
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The least of a window is what stays when a scrape or a round has come and gone.
fn least(looks: &[Look], of: fn(&Look) -> u64) -> u64 {
    looks.iter().map(of).min().unwrap()
}

#[test]
fn a_service_at_work_takes_no_more_as_time_goes_by() {
    let lasts = std::env::var("SKEWWATCH_SOAK_SECONDS").ok().map(|text| Duration::from_secs(text.parse().unwrap()));
    let lasts = lasts.unwrap_or(USUAL);
    let mut shop = Shop::open();
    shop.add_view("again");
    shop.skew(20);
    shop.redis.run("SAVE");
    let one_view = shop.stores.split("  - name: again").next().unwrap().to_owned();
    let mut command = shop.configure(&[EVERY_SECOND, PUBLISH, HASTE]).scene.command("serve");
    command.env("MIMALLOC_PURGE_DELAY", "0");
    let service = Running::start(command, shop.scene.path("log"));
    let process = service.child.id();
    let begun = Instant::now();
    let mut looks: Vec<Look> = Vec::new();
    while begun.elapsed() < lasts {
        let turn = looks.len();
        let text = service.metrics();
        assert!(text.contains("skewwatch_build_info"));
        match turn % 40 {
            // A view goes, and comes again.
            10 => _ = shop.scene.configure(&format!("{one_view}{EVERY_SECOND}{PUBLISH}{HASTE}")),
            20 => _ = shop.configure(&[EVERY_SECOND, PUBLISH, HASTE]),
            30 => shop.redis.kill(),
            34 => shop.redis.revive(),
            _ => {}
        }
        match turn % 40 {
            10 => service.signal("-HUP"),
            20 => assert_eq!(service.ask("POST", "/-/reload").0, 200),
            _ => {}
        }
        looks.push(Look::at(process));
        std::thread::park_timeout(PACE);
    }
    // Whole turns of the fault, so that both halves have seen the same; the first quarter is the warm-up.
    let turns = looks.len() / 40;
    let warm = &looks[turns.div_ceil(4) * 40..turns * 40];
    let (first, second) = warm.split_at((turns - turns.div_ceil(4)) / 2 * 40);
    let [before, after] = [first, second].map(|half| median(half.iter().map(|look| look.memory)));
    let (share, beside) = ALLOWANCE;
    let ends = (first.last(), second.last());
    writeln!(std::io::stdout(), "{} looks: {before} kB, then {after} kB; {ends:?}", looks.len()).unwrap();
    assert!(after <= before * (1.0 + share) + beside, "memory grew from {before} kB to {after} kB");
    let [before, after] = [first, second].map(|half| least(half, |look| look.threads));
    assert!(after <= before + THREADS, "threads grew from {before} to {after}");
    let [before, after] = [first, second].map(|half| least(half, |look| look.descriptors));
    assert!(after <= before, "descriptors grew from {before} to {after}");
    let ended = service.value(&rounds("user_features", "complete")).unwrap();
    assert!(ended * 4.0 >= lasts.as_secs_f64(), "{ended} rounds in {lasts:?}");
}
