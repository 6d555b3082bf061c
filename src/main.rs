//! The `skewwatch` command: parses arguments, runs, prints the chain of errors, sets the exit code.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use skewwatch::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("SKEWWATCH_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(cli.log_level()));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    match cli.run().await {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let mut screen = anstream::stderr();
            // A closed standard error leaves nobody to tell.
            let _ = writeln!(screen, "error: {error}");
            let mut said = error.to_string();
            for cause in error.chain().skip(1).map(ToString::to_string) {
                // Some libraries repeat the text of the error that they wrap.
                if !said.ends_with(&cause) {
                    let _ = writeln!(screen, "  caused by: {cause}");
                }
                said = cause;
            }
            ExitCode::from(2)
        }
    }
}

/// Whether the reader of the output has seen enough, as `head` has.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
