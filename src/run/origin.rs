//! Where the two sides of a sample come from: the stores, or what was written down of them.
//!
//! Everything that follows reading is the same for both.

use std::collections::HashMap;

use crate::evidence::{LoggedEvidence, SampleEvidence, ServedEvidence};
use crate::measure::SettledRow;
use crate::model::check::Failure;
use crate::model::entity::EntityKey;
use crate::model::history::History;
use crate::model::measurement::ViewMeasurement;
use crate::model::sample::{Readings, Sample};
use crate::model::view::FeatureView;
use crate::sample::{Drawn, SampleError, Sides, add_readings, draw, read_again};
use crate::store::online::{OnlineStore, PreparedView, RawReading, RawReadings, RowFormat};

use super::logged::{KeptLog, LogReading, LogRound, by_requests, read_requests};
use super::served::{PathReading, third_view};
use super::view::Watch;

/// Where both sides of a sample come from.
pub(super) enum Origin<'a> {
    /// The stores, with what the log of requests said before.
    Stores(&'a Sides<'a>, &'a mut Option<KeptLog>, Option<Box<Notes>>),
    /// What was written down.
    Evidence(Replayed<'a>),
}

/// What was read, as it is written down.
#[derive(Default)]
pub(super) struct Notes {
    /// What the bytes of the rows mean; `None` before anything was read.
    format: Option<RowFormat>,
    /// Every reading of each key.
    readings: Vec<Vec<RawReading>>,
    /// What the serving path gave.
    served: Option<ServedEvidence>,
    /// What the log of requests says.
    logged: Option<LoggedEvidence>,
}

/// Evidence, as far as it has been read.
pub(super) struct Replayed<'a> {
    evidence: &'a SampleEvidence,
    /// How often each key has been read.
    read: Vec<usize>,
}

impl<'a> Replayed<'a> {
    /// Evidence of which nothing has been read.
    pub(super) fn new(evidence: &'a SampleEvidence) -> Self {
        Self { evidence, read: vec![0; evidence.keys.len()] }
    }

    /// The next reading of each of these keys; those that were not read again have none.
    fn next(&mut self, positions: impl Iterator<Item = usize>) -> (Vec<usize>, Vec<RawReading>) {
        let mut found = (Vec::new(), Vec::new());
        for position in positions {
            let Some(read) = self.read.get_mut(position) else { continue };
            if let Some(reading) = self.evidence.readings.get(position).and_then(|readings| readings.get(*read)) {
                *read += 1;
                found.0.push(position);
                found.1.push(reading.clone());
            }
        }
        found
    }

    fn draw(&mut self, view: &FeatureView) -> Drawn {
        let evidence = self.evidence;
        let (_, readings) = self.next(0..evidence.keys.len());
        let readings = RawReadings { format: evidence.format, readings }.into_decoded(view);
        let sample = Sample {
            keys: evidence.keys.clone(),
            readings: readings.into_iter().map(Readings::first).collect(),
            history: History::of(evidence.facts.clone(), &evidence.versions),
            fidelity: evidence.fidelity,
        };
        Drawn { sample, scan: evidence.scan, raw: None, failures: Vec::new() }
    }
}

/// Where the rows of entities lie.
pub(super) enum Nodes<'a> {
    /// In the online store.
    Store(&'a OnlineStore, Box<PreparedView>),
    /// As it was written down, by entity.
    Evidence(HashMap<&'a EntityKey, &'a [Option<u16>]>),
}

impl Nodes<'_> {
    /// The node of a feature of an entity, named by the first slot that it serves.
    pub(super) fn of(&self, key: &EntityKey, feature: usize) -> Option<u16> {
        match self {
            Self::Store(online, prepared) => online.node(prepared, key, feature),
            Self::Evidence(nodes) => nodes.get(key)?.get(feature).copied().flatten(),
        }
    }
}

impl Origin<'_> {
    /// Where the rows of the view lie.
    pub(super) fn nodes(&self, view: &FeatureView) -> Nodes<'_> {
        match self {
            Self::Stores(sides, ..) => Nodes::Store(sides.online, Box::new(sides.online.prepare(view))),
            Self::Evidence(replayed) => {
                let evidence = replayed.evidence;
                let keys = evidence.keys.iter().map(|sampled| &sampled.key);
                Nodes::Evidence(keys.zip(evidence.nodes.iter().map(Vec::as_slice)).collect())
            }
        }
    }

    /// A sample, read once.
    pub(super) async fn draw(&mut self, watch: &Watch<'_>) -> Result<Drawn, SampleError> {
        match self {
            Self::Stores(sides, _, notes) => {
                let mut drawn = draw(watch.view, watch.settings, sides).await?;
                if let (Some(notes), Some(raw)) = (notes, drawn.raw.take()) {
                    notes.format = Some(raw.format);
                    notes.readings = raw.readings.into_iter().map(|reading| vec![reading]).collect();
                }
                Ok(drawn)
            }
            Self::Evidence(replayed) => Ok(replayed.draw(watch.view)),
        }
    }

    /// Reads the rows at `positions` of the sample once more.
    pub(super) async fn read_again(&mut self, sample: &mut Sample, positions: &[usize], view: &FeatureView) {
        match self {
            Self::Stores(sides, _, notes) => {
                let raw = read_again(sample, positions, view, sides).await;
                if let (Some(notes), Some(raw)) = (notes, raw) {
                    for (position, reading) in positions.iter().zip(raw.readings) {
                        notes.readings.get_mut(*position).into_iter().for_each(|all| all.push(reading.clone()));
                    }
                }
            }
            Self::Evidence(replayed) => {
                let (positions, readings) = replayed.next(positions.iter().copied());
                let format = replayed.evidence.format;
                let readings = RawReadings { format, readings }.into_decoded(view);
                add_readings(sample, &positions, readings);
            }
        }
    }

    /// Reads through the serving path and its log, where the view has them, and adds what they say.
    pub(super) async fn read_served(
        &mut self,
        watch: &Watch<'_>,
        settled: (&Sample, &[SettledRow]),
        (measured, failures): (&mut ViewMeasurement, &mut Vec<Failure>),
    ) {
        match self {
            Self::Stores(sides, kept, notes) => {
                let path = match watch.path {
                    Some(settings) => third_view(watch, (settings, sides), settled.0, failures).await,
                    None => None,
                };
                if let Some(notes) = notes {
                    notes.served = path.as_ref().map(PathReading::evidence);
                }
                measured.served = path.map(|path| path.measure(watch.view, settled));
                if let Some(settings) = watch.log {
                    let round = LogRound { settings, seed: watch.settings.seed, snapshot: &measured.snapshot.identity };
                    measured.logged = match notes {
                        None => by_requests(watch, (&round, sides, kept), failures).await,
                        Some(notes) => {
                            let reading = read_requests(watch, (&round, sides), failures).await;
                            notes.logged = reading.as_ref().map(LogReading::evidence);
                            match reading {
                                Some(reading) => reading.measure_aside().await,
                                None => None,
                            }
                        }
                    };
                }
            }
            Self::Evidence(replayed) => {
                let SampleEvidence { served, logged, format, .. } = replayed.evidence;
                let path = |served| PathReading::of(served, (watch.view, *format), settled.0);
                measured.served = served.as_ref().and_then(path).map(|path| path.measure(watch.view, settled));
                measured.logged = logged.as_ref().map(|logged| LogReading::of(logged).measure());
            }
        }
    }
}

impl Notes {
    /// Both sides of the sample as they were read; `None` where nothing was.
    pub(super) fn evidence(self, view: &FeatureView, sample: &Sample, online: &OnlineStore) -> Option<SampleEvidence> {
        let prepared = online.prepare(view);
        let features = 0..view.features.len();
        let nodes = |key| features.clone().map(|feature| online.node(&prepared, key, feature)).collect();
        Some(SampleEvidence {
            keys: sample.keys.clone(),
            nodes: sample.keys.iter().map(|sampled| nodes(&sampled.key)).collect(),
            format: self.format?,
            fidelity: sample.fidelity,
            readings: self.readings,
            scan: None,
            facts: sample.history.facts(),
            versions: sample.history.version_rows(sample.keys.iter().map(|sampled| &sampled.key)),
            served: self.served,
            logged: self.logged,
        })
    }
}
