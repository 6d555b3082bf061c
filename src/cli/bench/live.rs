//! A run while it runs: a line on a terminal that changes every second. Where standard error is none, there is nothing.

use std::io::{IsTerminal as _, stderr};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::bench::block::Block;
use crate::bench::live::{Gathering, Listener, Told};
use crate::bench::report::text::{share, time};
use crate::bench::run::RunSettings;
use crate::model::figure;

/// Time between two looks at the clock before there are figures.
const PAUSE: Duration = Duration::from_millis(500);

/// The line, drawn by a thread of its own.
pub(super) struct Live {
    thread: JoinHandle<()>,
}

impl Live {
    /// Shows a run with these settings, if there is a terminal, and has them tell of it.
    pub(super) fn watch(settings: &mut RunSettings) -> Option<Self> {
        if !stderr().is_terminal() {
            return None;
        }
        let (listener, told): (Listener, _) = channel();
        settings.listener = Some(listener);
        let (warmup, seconds, threads) = (settings.warmup, settings.seconds, settings.threads);
        let thread = thread::Builder::new().name("bench-live".to_owned());
        // Without a thread there is no line, and the run is the same.
        let thread = thread.spawn(move || draw(&told, (warmup, seconds), Gathering::new(threads))).ok()?;
        Some(Self { thread })
    }

    /// Removes the line; the run must have dropped its settings.
    pub(super) fn end(self) {
        // A line that could not be drawn changes no figure.
        let _ = self.thread.join();
    }
}

/// Draws until nobody tells any more.
fn draw(told: &Receiver<Told>, (warmup, seconds): (Duration, usize), mut gathering: Gathering) {
    let bar = ProgressBar::new(seconds as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len} s  {wide_msg}") {
        bar.set_style(style);
    }
    let begun = Instant::now();
    loop {
        match told.recv_timeout(PAUSE) {
            Ok(part) => {
                if let Some(second) = gathering.take(&part) {
                    bar.set_message(line(&second));
                    bar.inc(1);
                }
            }
            Err(RecvTimeoutError::Timeout) if bar.position() == 0 => {
                let left = warmup.saturating_sub(begun.elapsed());
                bar.set_message(if left.is_zero() {
                    "measuring".to_owned()
                } else {
                    format!("warming up for {}", figure::span(Some(left.as_secs_f64().ceil())))
                });
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    bar.finish_and_clear();
}

/// A second on a line.
pub(super) fn line(second: &Block) -> String {
    let response = &second.response;
    let answered = second.hits.count() + second.misses.count();
    let mut line = format!(
        "{}/s  hits {}  p50 {}  p99 {}  largest {}",
        figure::count(answered),
        share(second.hit_rate()),
        time(response.quantile(0.5)),
        time(response.quantile(0.99)),
        time(response.largest())
    );
    if response.without_answer() > 0 {
        line.push_str(&format!("  without answer {}", figure::count(response.without_answer())));
    }
    if second.faults.all() > 0 {
        line.push_str(&format!("  WRONG {}", figure::count(second.faults.all())));
    }
    line
}
