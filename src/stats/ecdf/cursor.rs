//! The walk over two sorted runs: the inner loop of every comparison of numbers.
//!
//! Two things make it fast. Gaps are whole numbers, so that most steps divide nothing. And which value comes
//! next depends on the step before, so that a processor waits most of the time: two cursors, one on either half of a run,
//! are moved in turn.

use crate::stats::real;

/// The sizes of both samples, and what one value of either changes n·m·(F − G).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    n: i64,
    m: i64,
    inverse: f64,
}

impl Scale {
    /// `None` when a side has no value, or n·m does not fit.
    pub fn new(n: u64, m: u64) -> Option<Self> {
        let (n, m) = (i64::try_from(n).ok()?, i64::try_from(m).ok()?);
        let product = n.checked_mul(m).filter(|product| *product > 0)?;
        Some(Self { n, m, inverse: 1.0 / whole(product) })
    }

    /// n·m·(F − G) once so many values of both sides are passed; `None` for more than there can be.
    pub fn gap(self, (reference, current): (u64, u64)) -> Option<i64> {
        let ours = i64::try_from(reference).ok()?.checked_mul(self.m)?;
        ours.checked_sub(i64::try_from(current).ok()?.checked_mul(self.n)?)
    }

    /// F − G of such a gap.
    #[inline(always)]
    pub const fn share(self, gap: i64) -> f64 {
        whole(gap) * self.inverse
    }
}

/// The extreme gaps met, as n·m·(F − G) and as differences of shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extremes {
    pub highest: i64,
    pub lowest: i64,
    pub d_plus: f64,
    pub d_minus: f64,
    pub location: f64,
}

impl Extremes {
    /// No gap met yet; `at` is where the first values are.
    pub const fn none(at: f64) -> Self {
        Self { highest: 0, lowest: 0, d_plus: 0.0, d_minus: 0.0, location: at }
    }

    /// Takes in the gap right of `at`, with so many values of both sides passed; from the smallest value to the largest.
    ///
    /// Among gaps that are equal as whole numbers the rounding of their shares decides, as it does in SciPy.
    #[inline(always)]
    pub fn see(&mut self, (gap, at): (i64, f64), scale: Scale, passed: (u64, u64)) {
        if gap >= self.highest || gap <= self.lowest {
            (self.highest, self.lowest) = (self.highest.max(gap), self.lowest.min(gap));
            let share = real(passed.0) / whole(scale.n) - real(passed.1) / whole(scale.m);
            if share.abs() > self.d_plus.max(self.d_minus) {
                self.location = at;
            }
            (self.d_plus, self.d_minus) = (self.d_plus.max(share), self.d_minus.max(-share));
        }
    }

    /// Those of this run and a later one.
    pub const fn then(self, later: &Self) -> Self {
        let further = later.d_plus.max(later.d_minus) > self.d_plus.max(self.d_minus);
        Self {
            highest: if later.highest > self.highest { later.highest } else { self.highest },
            lowest: if later.lowest < self.lowest { later.lowest } else { self.lowest },
            d_plus: self.d_plus.max(later.d_plus),
            d_minus: self.d_minus.max(later.d_minus),
            location: if further { later.location } else { self.location },
        }
    }
}

/// A position in two sorted runs, and what was found on the way to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    reference: &'a [f64],
    current: &'a [f64],
    scale: Scale,
    /// Values of both sides before the runs.
    before: (u64, u64),
    i: usize,
    j: usize,
    /// The last value passed.
    pub at: f64,
    /// n·m·(F − G) at it.
    gap: i64,
    pub extremes: Extremes,
    /// ∫ |F − G| dv so far.
    pub absolute: f64,
    /// ∫ (F − G)² dv so far.
    pub squared: f64,
}

impl<'a> Cursor<'a> {
    /// The start of two runs; `at` is the last value before, `before` the number of values of both sides up to there.
    pub fn new([reference, current]: [&'a [f64]; 2], scale: Scale, at: f64, before: (u64, u64)) -> Option<Self> {
        Some(Self {
            reference,
            current,
            scale,
            before,
            i: 0,
            j: 0,
            at,
            gap: scale.gap(before)?,
            extremes: Extremes::none(at),
            absolute: 0.0,
            squared: 0.0,
        })
    }

    /// Passes one value while both sides have one; says whether they had.
    #[inline(always)]
    pub fn step(&mut self) -> bool {
        let (Some(a), Some(b)) = (self.reference.get(self.i), self.current.get(self.j)) else { return false };
        self.move_to(smaller(*a, *b));
        let ours = a <= b;
        self.i += usize::from(ours);
        self.j += usize::from(!ours);
        self.gap += if ours { self.scale.m } else { -self.scale.n };
        true
    }

    /// Passes all values that are left.
    pub fn run(mut self) -> Self {
        while self.step() {}
        while let Some(value) = self.reference.get(self.i) {
            self.move_to(*value);
            self.i += 1;
            self.gap += self.scale.m;
        }
        while let Some(value) = self.current.get(self.j) {
            self.move_to(*value);
            self.j += 1;
            self.gap -= self.scale.n;
        }
        self.see();
        self
    }

    #[inline(always)]
    fn see(&mut self) {
        let passed = (self.before.0 + self.i as u64, self.before.1 + self.j as u64);
        self.extremes.see((self.gap, self.at), self.scale, passed);
    }

    /// Moves on to a value, over which the gap stayed as it was; between equal values there is no gap to see.
    #[inline(always)]
    fn move_to(&mut self, value: f64) {
        if value > self.at {
            self.see();
            // Two values may lie further apart than a double can say.
            let width = smaller(value - self.at, f64::MAX);
            let gap = self.scale.share(self.gap).abs();
            let area = gap * width;
            self.absolute += area;
            self.squared += gap * area;
            self.at = value;
        }
    }
}

/// The smaller of two numbers that are no NaN, which is one instruction.
#[inline(always)]
const fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[expect(clippy::cast_precision_loss, reason = "rounds to the nearest double, an error of 10⁻¹⁶ of the gap")]
#[inline(always)]
const fn whole(gap: i64) -> f64 {
    gap as f64
}
