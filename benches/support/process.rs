//! Work in a process of its own, so that the process's peak of memory is that of the work.

use std::io::Write as _;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;

use super::machine;

/// Ticks of processor time in a second, in what Linux shows to programs.
const TICKS: f64 = 100.0;

/// What one process took.
#[derive(Clone, Copy)]
pub struct Cost {
    /// Seconds on the wall clock.
    pub seconds: f64,
    /// Seconds of all cores together; what else runs on the machine changes them less.
    pub processor: f64,
    /// Peak of memory.
    pub mebibytes: f64,
}

/// The middle of each figure.
pub fn middle(costs: &[Cost]) -> Cost {
    let of =
        |figure: fn(&Cost) -> f64| machine::median(&costs.iter().map(figure).collect::<Vec<_>>()).unwrap_or_default();
    Cost {
        seconds: of(|cost| cost.seconds),
        processor: of(|cost| cost.processor),
        mebibytes: of(|cost| cost.mebibytes),
    }
}

/// Runs this program with `arguments`; gives what it took and what else it printed.
pub fn in_own_process(arguments: &[&str]) -> anyhow::Result<(Cost, String)> {
    let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "`{}` failed: {told}", arguments[0]);
    let printed = String::from_utf8(output.stdout)?;
    let mut words = printed.splitn(4, ' ');
    let mut number = || words.next().and_then(|word| word.parse::<f64>().ok()).context("a process printed no cost");
    let cost = Cost { seconds: number()?, processor: number()? / TICKS, mebibytes: number()? / 1024.0 };
    Ok((cost, words.next().unwrap_or_default().trim().to_owned()))
}

/// Does `work` and prints its seconds, the process's peak of memory in kibibytes, and what it gives.
pub fn print_cost(work: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
    let started = Instant::now();
    let given = work()?;
    let seconds = started.elapsed().as_secs_f64();
    let peak = machine::line_of("/proc/self/status", "VmHWM").context("the system tells no peak of memory")?;
    let ticks = ticks().context("the system tells no processor time")?;
    writeln!(std::io::stdout(), "{seconds} {ticks} {} {given}", peak.trim_end_matches(" kB"))?;
    Ok(())
}

/// Processor time of this process: `utime` and `stime`, the 14th and 15th field (proc_pid_stat(5)).
fn ticks() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the name in parentheses, which may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next().and_then(|field| field.parse::<u64>().ok());
    Some(next()? + next()?)
}
