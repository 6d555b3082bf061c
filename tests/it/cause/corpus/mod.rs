//! The corpus of faults: every cause at every severity, over shapes of values and seeds.

pub mod cases;
pub mod expiry;
pub mod faults;
pub mod judge;
pub mod shapes;
pub mod table;

use rand::RngExt as _;
use skewwatch::measure::Comparison;
use skewwatch::measure::cause::{FeatureCells, OlderVersion, PairedCell, Standing, Written};
use skewwatch::model::online::Fidelity;
use skewwatch::model::time::Timestamp;
use skewwatch::model::value::Value;
use skewwatch::model::view::Tolerance;

use faults::{Fault, Subject};
use shapes::{CURRENT, Shape, VERSIONS, seeded};

/// Which entities are hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// A random part.
    Entities,
    /// Some shards of two hundred.
    Shards,
    /// Rows written from some instant on.
    Since,
}

/// One fault at one severity.
#[derive(Clone, Copy, Debug)]
pub struct Instance {
    pub shape: Shape,
    pub fault: Option<Fault>,
    pub place: Where,
    /// Share of the entities hit.
    pub severity: f64,
    pub seed: u64,
    pub entities: usize,
}

pub const SHARDS: u32 = 200;
const DAY: i64 = 86_400;
/// When every row was read.
const READ_AT: i64 = 1_782_000_000;

/// What an instance holds.
pub struct Made {
    pub cells: FeatureCells,
    /// Rows hit carry stamps from this instant on, where the place is `Since`.
    pub since: Timestamp,
    /// Shards hit, ascending.
    pub shards: Vec<u32>,
}

fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds, 0).unwrap()
}

pub fn comparison(shape: Shape) -> Comparison {
    Comparison { kind: shape.kind(), tolerance: Tolerance::default(), fidelity: Fidelity::NanAndEmptyAreNull }
}

impl Instance {
    pub fn made(&self) -> Made {
        let mut generator = seeded(self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(self.shape as u64));
        let mut population: Vec<Vec<Value>> =
            (0..self.entities).map(|_| self.shape.versions(&mut generator).to_vec()).collect();
        if let Some(Fault::Fill(_)) = self.fault {
            for versions in &mut population {
                if generator.random::<f64>() < 0.2 {
                    versions[CURRENT] = Value::Null;
                }
            }
        }
        let hit_shards: Vec<u32> = match self.place {
            Where::Shards => {
                let n = ((f64::from(SHARDS) * self.severity).round() as u32).max(1);
                let first = generator.random_range(0..SHARDS);
                let mut shards: Vec<u32> = (0..n).map(|place| (first + place * 7) % SHARDS).collect();
                shards.sort_unstable();
                shards
            }
            Where::Entities | Where::Since => Vec::new(),
        };
        let span = DAY as f64;
        let since = READ_AT - (span * self.severity) as i64;
        let comparison = comparison(self.shape);
        let (mut mismatches, mut consistent) = (Vec::new(), Vec::new());
        let partner_hit = seeded(self.seed ^ 0xabcd).random::<u64>();
        for entity in 0..self.entities {
            let versions = &population[entity];
            let sibling = self.shape.versions(&mut generator)[CURRENT].clone();
            let superseded = self.shape.versions(&mut generator)[0].clone();
            let stamp = generator.random_range(READ_AT - DAY + 1..READ_AT);
            let shard = generator.random_range(0..SHARDS);
            // Pairs are hit together.
            let draw = hash((entity as u64 / 2).wrapping_add(partner_hit)) as f64 / u64::MAX as f64;
            let hit = match self.place {
                Where::Entities => draw < self.severity,
                Where::Shards => hit_shards.binary_search(&shard).is_ok(),
                Where::Since => stamp >= since,
            };
            let is_corrected = hash(entity as u64 ^ self.seed).is_multiple_of(4);
            let subject = Subject {
                shape: self.shape,
                versions,
                superseded: if is_corrected { &superseded } else { &versions[CURRENT] },
                sibling: &sibling,
                population: &population,
                entity,
            };
            let fault = self.fault.filter(|_| hit);
            let online =
                fault.map_or_else(|| versions[CURRENT].clone(), |fault| fault.served(&subject, &mut generator));
            let is_old = matches!(fault, Some(Fault::Stale | Fault::WroteNothing));
            let equal = comparison.layer(&online, &versions[CURRENT]).is_some();
            let standing = if equal { Standing::Consistent } else { Standing::Mismatch };
            let mut cell = PairedCell::new(entity, standing, (versions[CURRENT].clone(), online));
            cell.stamp = Some(instant(if is_old { stamp - DAY } else { stamp }));
            cell.written = if is_old { Written::Old } else { Written::Current };
            cell.older = (1..=CURRENT)
                .map(|back| OlderVersion {
                    value: versions[CURRENT - back].clone(),
                    seconds: (back as i64 * DAY) as f64,
                })
                .collect();
            cell.newer = versions[CURRENT + 1..VERSIONS].to_vec();
            cell.superseded = if is_corrected { vec![superseded] } else { Vec::new() };
            cell.siblings = vec![Value::Bool(entity % 3 == 0), sibling];
            cell.shard = Some(shard);
            if equal { consistent.push(cell) } else { mismatches.push(cell) }
        }
        let cells = FeatureCells {
            comparison,
            mismatching: mismatches.len() as u64,
            mismatches,
            agreeing: consistent.len() as u64,
            consistent,
            population: population.into_iter().map(|mut versions| versions.swap_remove(CURRENT)).collect(),
            unmoved_rounds: if self.fault == Some(Fault::WroteNothing) { 3 } else { 0 },
        };
        Made { cells, since: instant(since), shards: hit_shards }
    }
}

fn hash(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
