//! What a benchmark leaves behind: documents that merge without loss, a page, percentile text, and what the command prints.

mod browsed;
mod command;
mod documents;
mod forms;
mod histograms;
mod merging;
mod sample;
