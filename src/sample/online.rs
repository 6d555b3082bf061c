//! The online store as a source of keys: a walk over its key space that may take several rounds.
//!
//! The keys of the last walk that came around are used while the next one is under way; before the first has, those that
//! it came past. Where a walk stands is kept, so that the next round, or the next process, goes on from there.
//!
//! The rotating keys are others for each snapshot. When it changes in the middle of a walk, they are collected from there
//! on, and from the next walk's beginning too.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::draw::{SampleError, Sides};
use super::settings::SampleSettings;
use crate::kept::file::Readers;
use crate::kept::pack::{Pack, Unpack};
use crate::kept::{Shelf, ShelfKind};
use crate::model::choice::{KeyChoice, KeyCollector, Part};
use crate::model::measurement::ScanMeasurement;
use crate::model::ratio::Ratio;
use crate::model::view::FeatureView;
use crate::store::online::{Leg, OnlineStore, StoreError, Walk};

const WALKS: ShelfKind =
    ShelfKind { one: "where a walk stands", many: "walks", ending: ".walk", most: 1, readers: Readers::Owner };

/// What every file begins with, and its version.
const TITLE: &str = "skewwatch walk 1\n";

/// Keys from the online store.
pub(super) struct OnlineKeys {
    view: String,
    kept: Option<(Shelf, String)>,
    walk: Walk,
    under_way: Collected,
    around: Option<Collected>,
    /// What went wrong with what is kept.
    pub(super) failures: Vec<SampleError>,
}

/// The keys of a walk.
#[derive(Clone, Debug)]
struct Collected {
    keys: KeyCollector,
    /// Share of the walk that was over when the rotating keys were first collected; `None` where they are those of another
    /// snapshot.
    rotating_from: Option<f64>,
}

impl Collected {
    fn new(choice: KeyChoice) -> Self {
        Self { keys: KeyCollector::new(choice), rotating_from: Some(0.0) }
    }

    /// The same with the rotating part of another choice, of which nothing has been collected before `share` of the walk.
    fn rotated(&self, choice: KeyChoice, share: Option<f64>) -> Self {
        if self.keys.choice() == choice {
            return self.clone();
        }
        Self { keys: KeyCollector::restored(choice, self.keys.stable(), Part::default()), rotating_from: share }
    }
}

impl OnlineKeys {
    /// Where the walk of this view stands.
    pub(super) async fn open(
        view: &FeatureView,
        (settings, choice): (&SampleSettings, KeyChoice),
        sides: &Sides<'_>,
    ) -> Self {
        let mut keys = Self {
            view: view.name.clone(),
            kept: None,
            walk: Walk::default(),
            under_way: Collected::new(choice),
            around: None,
            failures: Vec::new(),
        };
        let Some(folder) = settings.cache.folder() else { return keys };
        let place = xxh3_64(format!("{}\0{}", view.name, sides.online.name()).as_bytes());
        let KeyChoice { stable_seed, stable, rotating, rotating_seed: _ } = choice;
        let names = (sides.online.name(), &view.online_name, &view.project, &view.join_keys);
        let made_from = format!("{names:?} {stable_seed} {stable} {rotating}");
        let shelf = Shelf::new(folder, format!("{place:016x}-"), WALKS);
        let digest = format!("{:032x}", xxh3_128(made_from.as_bytes()));
        match shelf.load(&digest).await {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                if keys.unpack(&bytes).is_none() {
                    keys.failures.push(SampleError::Damaged { view: view.name.clone() });
                }
            }
            Err(source) => keys.failures.push(SampleError::KeptUnread { view: view.name.clone(), source }),
        }
        keys.kept = Some((shelf, digest));
        if keys.walk.is_over() {
            keys.walk = Walk::default();
            keys.under_way = Collected::new(choice);
        }
        let share = keys.walk.share();
        keys.under_way = keys.under_way.rotated(choice, share.or(Some(1.0)));
        keys.around = keys.around.map(|around| around.rotated(choice, None));
        keys
    }

    /// Goes on with the walk as far as the budget of a round goes, and keeps where it came to.
    pub(super) async fn walk(&mut self, view: &FeatureView, online: &OnlineStore) -> Result<(), StoreError> {
        let walked = online.scan(view, &mut self.under_way.keys, &mut self.walk).await;
        if self.walk.is_over() {
            self.around = Some(self.under_way.clone());
        }
        if let Some((shelf, digest)) = &self.kept
            && let Err(source) = shelf.keep(digest, self.pack()).await
        {
            self.failures.push(SampleError::Keep { view: self.view.clone(), source });
        }
        walked.map(|_| ())
    }

    /// The keys to choose from.
    pub(super) fn candidates(&self) -> KeyCollector {
        let Some(around) = &self.around else { return self.under_way.keys.clone() };
        let choice = self.under_way.keys.choice();
        match around.rotating_from {
            // All of the key space.
            Some(from) if from <= 0.0 => around.keys.clone(),
            Some(_) => {
                let mut keys = around.keys.clone();
                keys.merge_rotating(&self.under_way.keys);
                keys
            }
            None => KeyCollector::restored(choice, around.keys.stable(), self.under_way.keys.rotating()),
        }
    }

    /// How far the key space was walked through for these candidates.
    pub(super) fn measurement(&self) -> ScanMeasurement {
        let share = self.walk.share();
        let is_under_way = !self.walk.is_over();
        let behind = if is_under_way { share } else { Some(0.0) };
        let began = self.under_way.rotating_from;
        let rotates = self.under_way.keys.choice().rotating > 0;
        let stable = if self.around.is_some() { Some(1.0) } else { behind };
        let rotating = match self.around.as_ref().map(|around| around.rotating_from) {
            _ if !rotates => Some(1.0),
            Some(Some(from)) => behind.map(|behind| if from <= 0.0 { 1.0 } else { 1.0 - from + behind.min(from) }),
            Some(None) | None => behind.zip(began).map(|(behind, began)| behind - began),
        };
        let ratio = |share: f64| Ratio::new(share.clamp(0.0, 1.0));
        ScanMeasurement {
            covered: stable.zip(rotating).and_then(|(stable, rotating)| ratio(stable.min(rotating))),
            under_way: share.filter(|_| is_under_way).and_then(ratio),
        }
    }

    fn pack(&self) -> Vec<u8> {
        let mut pack = Pack::new(TITLE);
        pack.count(self.walk.legs().len());
        for (node, leg) in self.walk.legs() {
            pack.bytes(node.as_bytes());
            pack.number(leg.cursor);
            pack.byte(u8::from(leg.is_over));
            pack.number(leg.passed);
            pack.option(leg.held, Pack::number);
            pack.option(leg.connection, Pack::number);
        }
        pack_collected(&mut pack, &self.under_way);
        pack.option(self.around.as_ref(), pack_collected);
        pack.finish()
    }

    /// Takes over what was kept; `None` where it makes no sense, and nothing has changed then.
    fn unpack(&mut self, bytes: &[u8]) -> Option<()> {
        let mut unpack = Unpack::new(TITLE, bytes)?;
        let mut legs = BTreeMap::new();
        for _ in 0..unpack.count()? {
            let node = unpack.text()?.to_owned();
            let leg = Leg {
                cursor: unpack.number()?,
                is_over: unpack.byte()? != 0,
                passed: unpack.number()?,
                held: unpack.option(Unpack::number)?,
                connection: unpack.option(Unpack::number)?,
            };
            legs.insert(node, leg);
        }
        let choice = self.under_way.keys.choice();
        let under_way = unpack_collected(&mut unpack, choice)?;
        let around = unpack.option(|unpack| unpack_collected(unpack, choice))?;
        if unpack.is_over() {
            (self.walk, self.under_way, self.around) = (Walk::of(legs), under_way, around);
            return Some(());
        }
        None
    }
}

fn pack_collected(pack: &mut Pack, collected: &Collected) {
    pack.number(collected.keys.choice().rotating_seed);
    for part in [collected.keys.stable(), collected.keys.rotating()] {
        pack.part(&part);
    }
    pack.option(collected.rotating_from, |pack, share| pack.number(share.to_bits()));
}

/// What was collected by a choice whose stable part is that of `choice`.
fn unpack_collected(unpack: &mut Unpack<'_>, choice: KeyChoice) -> Option<Collected> {
    let rotating_seed = unpack.number()?;
    let (stable, rotating) = (unpack.part()?, unpack.part()?);
    let rotating_from = unpack.option(|unpack| unpack.number().map(f64::from_bits))?;
    let keys = KeyCollector::restored(KeyChoice { rotating_seed, ..choice }, stable, rotating);
    Some(Collected { keys, rotating_from })
}
