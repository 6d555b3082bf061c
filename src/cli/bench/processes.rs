//! A benchmark of several processes: the program starts itself several times, lets all begin at one moment, and puts
//! together what each did.
//!
//! A process says on its standard output when it is ready, and reads from its standard input when to begin; at the end it
//! writes its report. One that dies ends the run, and all end when the one that started them is gone.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use super::Place;
use crate::bench::objective::Objective;
use crate::bench::report::machine::Program;
use crate::bench::report::merge::{Promises, merge};
use crate::bench::report::{Judged, Report, document};
use crate::bench::run::{RunSettings, run_from};
use crate::bench::start::Start;
use crate::bench::verify::Verify;
use crate::model::time::{Clock, NANOS_PER_SECOND, Timestamp};

/// What a process says when it is ready.
const READY: &str = "ready";
/// Least time from then to the beginning, in which threads connect.
const HEAD_START: Duration = Duration::from_millis(300);

/// How many processes take part, and which of them this is.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Processes {
    /// Processes that send, each with its own threads and L1 and its share of the rate.
    #[arg(
        long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256),
        conflicts_with_all = ["sweep", "find_max", "write_rate"]
    )]
    processes: u32,
    /// Which of the processes this one is, from 0.
    #[arg(long, hide = true)]
    part: Option<u32>,
    /// Bytes of L1 that were found for all.
    #[arg(long, hide = true, requires = "part")]
    part_capacity: Option<u64>,
}

/// What a process did.
enum Told {
    /// It waits for the beginning.
    Ready,
    /// It has closed its output, after this.
    Closed(io::Result<Vec<u8>>),
}

impl Processes {
    pub(super) const fn are_several(self) -> bool {
        self.processes > 1
    }

    /// How many take part.
    pub(super) const fn count(self) -> u32 {
        self.processes
    }

    pub(super) const fn is_part(self) -> bool {
        self.part.is_some()
    }

    /// What one process is to do of it: the first, where this is none of them.
    ///
    /// # Errors
    /// When there are more processes than requests a second.
    pub(super) fn share(self, mut settings: RunSettings) -> anyhow::Result<RunSettings> {
        let (count, position) = (u64::from(self.processes), u64::from(self.part.unwrap_or(0)));
        anyhow::ensure!(settings.rate >= count, "{count} processes cannot share {} requests a second", settings.rate);
        settings.rate = settings.rate / count + u64::from(position < settings.rate % count);
        settings.seed = settings.seed.wrapping_add(position);
        if position > 0 {
            // One look at the rows is enough.
            settings.verify = Verify::Answers;
        }
        if let Some(capacity) = self.part_capacity {
            settings.lookup.l1.capacity = capacity;
        }
        Ok(settings)
    }

    /// Does one process's share, and writes its report to standard output.
    pub(super) async fn take_part(self, settings: RunSettings, objective: Objective) -> anyhow::Result<ExitCode> {
        let place = Place::before(&settings).await;
        let ran = tokio::task::spawn_blocking(move || (run_from(&settings, Start::When(&moment)), settings));
        let (run, settings) = ran.await?;
        let report = place.report(objective, (&settings, &run?));
        let mut out = io::stdout().lock();
        out.write_all(&document::write(&Judged::new(&report))?)?;
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    /// Starts all processes, of which the first does as `first` says, and puts together what they did.
    ///
    /// # Errors
    /// When a process cannot be started or does not come to its end; then all are stopped.
    pub(super) async fn run(self, first: &RunSettings) -> anyhow::Result<Report> {
        let capacity = first.lookup.l1.capacity;
        let documents = tokio::task::spawn_blocking(move || self.gather(capacity)).await??;
        let reports = documents.into_iter().zip(1..).map(|(document, number)| {
            let report = document::read(&document).with_context(|| format!("could not read what {number} did"))?;
            Ok((format!("process {number}"), report))
        });
        let mut merged = merge(reports.collect::<anyhow::Result<_>>()?, Promises::MustAgree)?;
        // What was called is this program; it called the others.
        let program = Program::this(std::env::args().skip(1));
        merged.parts.iter_mut().for_each(|part| part.program = program.clone());
        Ok(merged)
    }

    /// What each process has written.
    fn gather(self, capacity: u64) -> anyhow::Result<Vec<Vec<u8>>> {
        let (sender, told) = channel();
        let mut started = Started { processes: Vec::new() };
        let mut inputs = Vec::new();
        for position in 0..self.processes {
            let (input, output) = started.start(position, capacity)?;
            inputs.push(input);
            let sender = sender.clone();
            thread::Builder::new()
                .name(format!("process-{position}"))
                .spawn(move || listen(position, output, &sender))?;
        }
        drop(sender);
        let mut documents: Vec<Vec<u8>> = inputs.iter().map(|_| Vec::new()).collect();
        let mut ready = 0;
        for (position, told) in told {
            match told {
                Told::Ready => ready += 1,
                Told::Closed(document) => {
                    let document = document.context("could not read from a process")?;
                    started.has_ended_well(position)?;
                    if let Some(place) = documents.get_mut(position as usize) {
                        *place = document;
                    }
                }
            }
            if ready == inputs.len() {
                ready = 0;
                let moment = moment_for_all(Clock::System.now());
                for input in &mut inputs {
                    // One that is gone already has closed its output too, which is told above.
                    let _ = writeln!(input, "{}", moment.nanos()).and_then(|()| input.flush());
                }
            }
        }
        Ok(documents)
    }
}

/// A whole second, so that all processes count the same seconds.
fn moment_for_all(now: Timestamp) -> Timestamp {
    let seconds = now.plus(HEAD_START).nanos().div_euclid(NANOS_PER_SECOND).saturating_add(1);
    Timestamp::from_nanos(seconds.saturating_mul(NANOS_PER_SECOND))
}

/// Says that this process is ready, and waits to be told the beginning. From then on it ends when nobody waits for it.
fn moment() -> io::Result<Timestamp> {
    let mut out = io::stdout().lock();
    writeln!(out, "{READY}")?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let nanos = line.trim().parse().map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
    thread::Builder::new().name("parent".to_owned()).spawn(|| {
        let mut rest = Vec::new();
        // However it ends, who is to read what this process writes is gone.
        let _ = io::stdin().lock().read_to_end(&mut rest);
        std::process::exit(2);
    })?;
    Ok(Timestamp::from_nanos(nanos))
}

/// Tells what a process does.
fn listen(position: u32, output: ChildStdout, sender: &Sender<(u32, Told)>) {
    let mut output = BufReader::new(output);
    let mut line = String::new();
    let mut document = Vec::new();
    let read = output.read_line(&mut line).and_then(|_| {
        if line.trim_end() == READY {
            // Nobody listens when another process has ended badly.
            let _ = sender.send((position, Told::Ready));
        }
        output.read_to_end(&mut document)
    });
    let _ = sender.send((position, Told::Closed(read.map(|_| document))));
}

/// Processes that were started; those that still run are killed when it is dropped.
struct Started {
    processes: Vec<Child>,
}

impl Started {
    fn start(&mut self, position: u32, capacity: u64) -> anyhow::Result<(ChildStdin, ChildStdout)> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(std::env::args_os().skip(1))
            .args(["--part", &position.to_string(), "--part-capacity", &capacity.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not start process {}", position + 1))?;
        let ends = process.stdin.take().zip(process.stdout.take());
        self.processes.push(process);
        ends.context("a process has no standard input or output")
    }

    /// Whether a process that has closed its output has done all it was to do.
    fn has_ended_well(&mut self, position: u32) -> anyhow::Result<()> {
        let count = self.processes.len();
        let Some(process) = self.processes.get_mut(position as usize) else { return Ok(()) };
        let status = process.wait()?;
        anyhow::ensure!(
            status.success(),
            "process {} of {count} did not come to its end ({status}); the others were stopped\n  hint: what it said \
             stands above",
            position + 1
        );
        Ok(())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // Fails only if it is gone already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
