//! Reports made of requests that are known one by one.

use skewwatch::bench::block::{Block, Ending, Faults, Times};
use skewwatch::bench::objective::Objective;
use skewwatch::bench::replay::Prediction;
use skewwatch::bench::report::Report;
use skewwatch::bench::report::conditions::{Conditions, Measured, OutageTold, Part, Point, RedisBenchmark};
use skewwatch::bench::report::machine::{Machine, Program, Reached, Store};
use skewwatch::model::time::Timestamp;

/// When the first second of the first process begins, in seconds since 1970.
pub const BEGIN: i64 = 1_781_000_000;

/// What is promised.
pub fn claim() -> Objective {
    "hit=0.71..0.75,p50=1.2ms,p99=4.8ms".parse().unwrap()
}

/// What every run has in common.
pub fn conditions() -> Conditions {
    Conditions {
        target: "l1+redis".to_owned(),
        requests: "key lookups".to_owned(),
        batch: 1,
        connections: None,
        layout: "feast".to_owned(),
        entities: 1_000_000,
        features: 5,
        zipf: 0.99,
        arrivals: "constant".to_owned(),
        warmup_seconds: 10.0,
        l1_capacity_bytes: 12_000_000,
        l1_ttl_seconds: 3600.0,
        l1_jitter: 0.0,
        deadline_seconds: 0.5,
        allowed_age_seconds: 3600.0,
        pipeline_rows: 64,
        pipelines: 4,
    }
}

/// A process that began to measure so many seconds after [`BEGIN`].
pub fn part(seed: u64, after: i64, seconds: u64) -> Part {
    Part {
        measured_from: Timestamp::from_seconds(BEGIN + after, 120_000_000).unwrap(),
        seconds,
        rate: 1_000,
        seed,
        threads: 2,
        process: 4_000 + u32::try_from(seed).unwrap(),
        program: Program {
            version: "0.1.0".to_owned(),
            revision: Some("abc1234".to_owned()),
            arguments: ["bench", "--redis", "redis://****@10.0.0.7:6379", "--seed", "it's <1>"]
                .map(str::to_owned)
                .to_vec(),
        },
        machine: Machine {
            host: Some("node-1".to_owned()),
            cpu: Some("Example CPU <2 GHz>".to_owned()),
            cores: Some(2),
            memory_bytes: Some(8_000_000_000),
            kernel: Some("linux 6.1.0 x86_64".to_owned()),
            load_before: Some(0.25),
            load_after: Some(1.5),
        },
        store: Some(Store {
            nodes: vec!["10.0.0.7:6379".to_owned()],
            topology: "single".to_owned(),
            masters: None,
            version: Some("7.0.15".to_owned()),
            reached: Some(Reached::Network),
        }),
        l1_rows: 41_000,
        l1_bytes: 11_900_000,
        checking_cpu_seconds: 0.5,
        measured: Measured {
            generator_cpu_seconds: Some(0.06),
            store_cpu_seconds: Some(0.03),
            waited_for_cpu: Some(0.01),
            cold_hit_rate: Some(0.4),
            prediction: Some(Prediction {
                replayed: 0.733,
                rows: 41_000,
                least_recently_used: 0.70,
                most_popular: 0.78,
                with_ttl: 0.999,
            }),
            ..Measured::default()
        },
    }
}

/// How request number `number` of a second of a process ended, and how many nanoseconds it took: 73 % hits of about 20 µs,
/// misses of about 1 ms with a tail to 4 ms.
pub fn request(seed: u64, number: u64) -> (Ending, Times) {
    let scattered =
        (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seed.wrapping_mul(0xd1b5_4a32_d192_ed03));
    let (place, spread) = ((scattered >> 32) % 100, scattered % 1_000);
    let due = number * 1_000_000;
    let slip = 2_000 + spread;
    let (ending, took) = match place {
        0..73 => (Ending::Hit, 18_000 + spread * 5),
        73..99 => (Ending::Miss, 700_000 + spread * 600),
        _ => (Ending::Miss, 1_500_000 + spread * 2_500),
    };
    (ending, Times { due, sent: due + slip, ended: due + slip + took })
}

/// A second of a process, all of whose requests had an answer.
pub fn second(seed: u64, second: u64) -> Block {
    let mut block = Block::default();
    for number in 0..1_000 {
        let (ending, times) = request(seed.wrapping_mul(1_000).wrapping_add(second), number);
        block.record(ending, times);
    }
    block
}

/// What one process left that measured for so many seconds.
pub fn run(seed: u64, after: i64, seconds: u64) -> Report {
    let blocks = (0..seconds).map(|number| second(seed, number)).collect();
    Report::of(claim(), conditions(), (part(seed, after, seconds), blocks))
}

/// What a run left in which much went wrong: failures, requests never sent, wrong answers, a stall, and a saturation curve.
pub fn troubled() -> Report {
    let mut report = run(1, 0, 31);
    let mut middle = Block::default();
    for number in 0..1_000 {
        let (ending, times) = request(9, number);
        let (ending, times) = match number {
            0..40 => (Ending::Failed, times),
            40..50 => (Ending::Unsent, times),
            50..60 => (Ending::Incomplete, times),
            60..200 => (ending, Times { ended: times.ended + 90_000_000, ..times }),
            _ => (ending, times),
        };
        middle.record(ending, times);
    }
    middle.faults = Faults { wrong: 3, torn: 1, stale: 0, unwritten: 0 };
    report.seconds.insert(BEGIN + 12, middle);
    let measured = &mut report.parts[0].measured;
    measured.outages = vec![OutageTold { from_seconds: 12.0, recovery_seconds: 0.039, failed: 50 }];
    measured.write_rate = Some(500);
    (measured.written, measured.writes_failed) = (Some(15_400), Some(2));
    measured.verified_rows = Some(1_000_000);
    measured.redis_benchmark = Some(RedisBenchmark { commands_per_second: 1_180_000.0, pipeline: 64 });
    let point = |rate: u64, p99: u64, is_kept| Point {
        rate,
        seconds: 10,
        answered_per_second: if is_kept { rate as f64 } else { 812_000.0 },
        hit_rate: Some(0.733),
        percentiles: vec![
            ("p50".to_owned(), Some(700_000)),
            ("p99".to_owned(), Some(p99)),
            ("p99.9".to_owned(), is_kept.then_some(2 * p99)),
        ],
        is_kept,
        is_confirmation: false,
    };
    report.curve =
        vec![point(250_000, 1_900_000, true), point(500_000, 2_600_000, true), point(1_000_000, 40_000_000, false)];
    report
}
