//! Wide tables in pairs: two draws of the same columns, some of which have moved in the second.
//!
//! Four in five columns are numeric: normal, lognormal, with nulls, whole numbers, single precision, mostly zero, moved.
//! Every fifth holds texts, of 5 to 5,000 levels. Row groups are written as they are drawn.

use std::f64::consts::TAU;
use std::fs::File;
use std::path::Path;

use anyhow::Context as _;
use polars::prelude::{Column, DataFrame, NamedFrom as _, ParquetWriter, Series};

/// Rows of a row group.
const GROUP: u64 = 1 << 17;

/// Which of the two tables.
#[derive(Clone, Copy)]
pub enum Side {
    /// The reference.
    Reference,
    /// The current side, in which every seventh column has moved.
    Current,
}

/// Uniform 64-bit numbers: splitmix64 (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1, never 1.
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal (Box & Muller 1958).
    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (TAU * self.unit()).cos()
    }
}

/// Writes one side: `columns` columns called `c00`, `c01` and so on.
pub fn write(path: &Path, side: Side, rows: u64, columns: usize) -> anyhow::Result<()> {
    let file = File::create(path).with_context(|| format!("could not create {}", path.display()))?;
    let mut randoms: Vec<Random> =
        (0..columns as u64).map(|column| Random(column << 33 | (side as u64) << 32)).collect();
    let mut writer = None;
    let mut written = 0;
    while written < rows {
        let height = GROUP.min(rows - written);
        let group =
            randoms.iter_mut().enumerate().map(|(place, random)| column(place, side, (random, height))).collect();
        let frame = DataFrame::new(height as usize, group)?;
        let writer = match &mut writer {
            Some(writer) => writer,
            none => none.insert(ParquetWriter::new(file.try_clone()?).batched(frame.schema())?),
        };
        writer.write_batch(&frame)?;
        written += height;
    }
    writer.context("a table has rows")?.finish()?;
    Ok(())
}

fn column(place: usize, side: Side, (random, height): (&mut Random, u64)) -> Column {
    let name = format!("c{place:02}").into();
    let moved = match side {
        Side::Reference => 0.0,
        Side::Current => f64::from(u8::from(place % 7 == 3)),
    };
    let rows = 0..height;
    let series = if place % 5 == 4 {
        let levels = [5.0, 50.0, 500.0, 5000.0][place / 5 % 4];
        // Skewed towards the first levels, as countries and products are.
        let mut level = || (random.unit().powf(2.0 + moved) * levels) as u32;
        Series::new(name, rows.map(|_| format!("level-{}", level())).collect::<Vec<String>>())
    } else {
        let mut normal = || random.normal() + moved / 2.0;
        match place % 10 {
            1 => Series::new(name, rows.map(|_| normal().exp()).collect::<Vec<f64>>()),
            2 => {
                let sparse = |number: f64| (!number.to_bits().is_multiple_of(20)).then_some(number);
                Series::new(name, rows.map(|_| sparse(normal())).collect::<Vec<Option<f64>>>())
            }
            3 => Series::new(name, rows.map(|_| (normal() * 1000.0) as i64).collect::<Vec<i64>>()),
            5 => Series::new(name, rows.map(|_| normal() as f32).collect::<Vec<f32>>()),
            6 => Series::new(name, rows.map(|_| (normal() - 1.0).max(0.0)).collect::<Vec<f64>>()),
            _ => Series::new(name, rows.map(|_| normal()).collect::<Vec<f64>>()),
        }
    };
    series.into()
}
