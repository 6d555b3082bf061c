//! What the generator, the store and all else on the machine did while a run was measured, as Linux counts it.
//!
//! A generator that has no CPU when it should send measures itself. It is known by the time for which its threads could
//! have run and did not, and by what others took.

use std::fs;
use std::time::Duration;

use redis::Client;

/// Ticks in a second in which Linux tells the CPU of processes, on all of its platforms.
const TICKS: u64 = 100;
/// Longest wait for what a server says of itself.
const PATIENCE: Duration = Duration::from_secs(1);

/// CPU of some threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadTimes {
    /// They ran.
    pub running: Duration,
    /// They could have run, and had no CPU.
    pub waiting: Duration,
}

/// What is to be watched.
#[derive(Clone, Debug, Default)]
pub struct Watchlist {
    /// Threads that send lookups, by the numbers that Linux gives them.
    pub senders: Vec<u32>,
    /// Threads that write.
    pub writers: Vec<u32>,
    /// Addresses of Redis servers.
    pub servers: Vec<String>,
}

/// What happened between two looks. What Linux or a server does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watched {
    /// From the first look to the second.
    pub span: Duration,
    /// Threads that sent.
    pub senders: usize,
    /// Their CPU, but for time in which a thread looked in vain for something to do.
    pub sending: Option<ThreadTimes>,
    /// CPU of the threads that wrote.
    pub writing: Option<ThreadTimes>,
    /// CPU of the Redis servers, by their own account.
    pub servers: Option<Duration>,
    /// CPU of this machine that went to others than this process and, where they are on this machine, the servers.
    pub others: Option<Duration>,
    /// CPU that a host gave to other machines.
    pub stolen: Option<Duration>,
}

impl Watched {
    /// Share of the time for which the threads that sent could have run and had no CPU.
    #[must_use]
    pub fn starved(&self) -> Option<f64> {
        let whole = self.span.as_secs_f64() * crate::stats::real(self.senders as u64);
        (whole > 0.0).then(|| Some(self.sending?.waiting.as_secs_f64() / whole)).flatten()
    }

    /// Whether others took more than a twentieth of a CPU.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.others.is_some_and(|others| others > self.span / 20)
    }

    /// CPU seconds of the threads that sent, per million of `lookups`.
    #[must_use]
    pub fn sending_per_million(&self, lookups: u64) -> Option<f64> {
        per_million(self.sending?.running, lookups)
    }

    /// CPU seconds of the servers, per million of `lookups`.
    #[must_use]
    pub fn servers_per_million(&self, lookups: u64) -> Option<f64> {
        per_million(self.servers?, lookups)
    }
}

fn per_million(cpu: Duration, lookups: u64) -> Option<f64> {
    (lookups > 0).then(|| cpu.as_secs_f64() * 1e6 / crate::stats::real(lookups))
}

/// The number that Linux gives to the thread that calls this.
#[must_use]
pub fn own_thread() -> Option<u32> {
    fs::read_link("/proc/thread-self").ok()?.file_name()?.to_str()?.parse().ok()
}

/// One look.
#[derive(Clone, Debug)]
pub struct Look {
    at: std::time::Instant,
    sending: Option<ThreadTimes>,
    writing: Option<ThreadTimes>,
    servers: Option<Duration>,
    process: Option<Duration>,
    machine: Option<Machine>,
}

#[derive(Clone, Copy, Debug)]
struct Machine {
    busy: Duration,
    stolen: Duration,
}

impl Look {
    /// Looks now. Servers that do not answer within a second are not known.
    #[must_use]
    pub fn now(list: &Watchlist) -> Self {
        let threads =
            |threads: &[u32]| threads.iter().map(|thread| times(*thread)).try_fold(ThreadTimes::default(), add);
        Self {
            at: std::time::Instant::now(),
            sending: threads(&list.senders),
            writing: threads(&list.writers),
            process: process(),
            machine: machine(),
            servers: list.servers.iter().map(|server| server_cpu(server)).sum(),
        }
    }

    /// What happened from this look to a later one.
    #[must_use]
    pub fn until(&self, later: &Self, list: &Watchlist) -> Watched {
        let between = |first: Option<Duration>, last: Option<Duration>| Some(last?.saturating_sub(first?));
        let threads = |first: Option<ThreadTimes>, last: Option<ThreadTimes>| {
            let (first, last) = (first?, last?);
            let running = last.running.saturating_sub(first.running);
            Some(ThreadTimes { running, waiting: last.waiting.saturating_sub(first.waiting) })
        };
        let servers = between(self.servers, later.servers);
        let own = between(self.process, later.process);
        let busy = between(self.machine.map(|it| it.busy), later.machine.map(|it| it.busy));
        let here = if list.servers.iter().all(|server| is_here(server)) { servers } else { Some(Duration::ZERO) };
        Watched {
            span: later.at - self.at,
            senders: list.senders.len(),
            sending: threads(self.sending, later.sending),
            writing: threads(self.writing, later.writing),
            servers,
            others: busy.zip(own).zip(here).map(|((busy, own), here)| busy.saturating_sub(own + here)),
            stolen: between(self.machine.map(|it| it.stolen), later.machine.map(|it| it.stolen)),
        }
    }
}

fn add(sum: ThreadTimes, times: Option<ThreadTimes>) -> Option<ThreadTimes> {
    let times = times?;
    Some(ThreadTimes { running: sum.running + times.running, waiting: sum.waiting + times.waiting })
}

fn times(thread: u32) -> Option<ThreadTimes> {
    let text = fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).ok()?;
    let mut nanos = text.split_ascii_whitespace().map(str::parse);
    let mut next = || Some(Duration::from_nanos(nanos.next()?.ok()?));
    Some(ThreadTimes { running: next()?, waiting: next()? })
}

fn ticks(text: &str) -> Option<Duration> {
    Some(Duration::from_millis(text.parse::<u64>().ok()? * (1000 / TICKS)))
}

fn process() -> Option<Duration> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which may hold anything but is in parentheses: fields 14 and 15 of proc(5), the third being first.
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    Some(ticks(fields.next()?)? + ticks(fields.next()?)?)
}

fn machine() -> Option<Machine> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    // user, nice, system, idle, iowait, irq, softirq, steal
    let times: Option<Vec<Duration>> =
        text.lines().next()?.strip_prefix("cpu ")?.split_ascii_whitespace().map(ticks).collect();
    match times?.as_slice() {
        [user, nice, system, _, _, _, _, stolen, ..] => {
            Some(Machine { busy: *user + *nice + *system, stolen: *stolen })
        }
        _ => None,
    }
}

fn is_here(server: &str) -> bool {
    ["127.", "localhost", "[::1]"].iter().any(|here| server.starts_with(here))
}

fn server_cpu(server: &str) -> Option<Duration> {
    let client = Client::open(format!("redis://{server}/")).ok()?;
    let mut connection = client.get_connection_with_timeout(PATIENCE).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).ok()?;
    let text: String = redis::cmd("INFO").arg("cpu").query(&mut connection).ok()?;
    let seconds =
        |name: &str| -> Option<f64> { text.lines().find_map(|line| line.strip_prefix(name))?.trim().parse().ok() };
    Duration::try_from_secs_f64(seconds("used_cpu_user:")? + seconds("used_cpu_sys:")?).ok()
}
