//! The walk over two sorted runs: the inner loop of every comparison of numbers.
//!
//! Two things make it fast. Gaps are whole numbers, so that a step divides nothing and rounds nothing. And which value comes
//! next depends on the step before, so that a processor waits most of the time: two cursors, one on either half of a run,
//! are moved in turn.

/// The extreme gaps met, as n·m·(F − G), and the first values at which they were met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extremes {
    pub highest: i64,
    pub highest_at: f64,
    pub lowest: i64,
    pub lowest_at: f64,
}

impl Extremes {
    /// No gap met yet; `at` is where the first values are.
    pub const fn none(at: f64) -> Self {
        Self { highest: 0, highest_at: at, lowest: 0, lowest_at: at }
    }

    /// Takes in the gap that lies right of `at`; to be called from the smallest to the largest value.
    #[inline(always)]
    pub const fn see(&mut self, gap: i64, at: f64) {
        if gap > self.highest {
            (self.highest, self.highest_at) = (gap, at);
        }
        if gap < self.lowest {
            (self.lowest, self.lowest_at) = (gap, at);
        }
    }

    /// Those of this run and a later one.
    pub const fn then(mut self, later: &Self) -> Self {
        self.see(later.highest, later.highest_at);
        self.see(later.lowest, later.lowest_at);
        self
    }
}

/// How much one value of either side changes n·m·(F − G), and what that product is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub reference: i64,
    pub current: i64,
    pub inverse: f64,
}

/// A position in two sorted runs, and what was found on the way to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    reference: &'a [f64],
    current: &'a [f64],
    scale: Scale,
    i: usize,
    j: usize,
    /// The last value passed.
    pub at: f64,
    /// n·m·(F − G) at it.
    pub gap: i64,
    pub extremes: Extremes,
    /// ∫ |F − G| dv so far.
    pub absolute: f64,
    /// ∫ (F − G)² dv so far.
    pub squared: f64,
}

impl<'a> Cursor<'a> {
    /// The start of two runs; `at` and `gap` tell of the last value before.
    pub const fn new([reference, current]: [&'a [f64]; 2], scale: Scale, at: f64, gap: i64) -> Self {
        let extremes = Extremes::none(at);
        Self { reference, current, scale, i: 0, j: 0, at, gap, extremes, absolute: 0.0, squared: 0.0 }
    }

    /// Passes one value while both sides have one; says whether they had.
    #[inline(always)]
    pub fn step(&mut self) -> bool {
        let (Some(a), Some(b)) = (self.reference.get(self.i), self.current.get(self.j)) else { return false };
        self.move_to(smaller(*a, *b));
        let ours = a <= b;
        self.i += usize::from(ours);
        self.j += usize::from(!ours);
        self.gap += if ours { self.scale.reference } else { -self.scale.current };
        true
    }

    /// Passes all values that are left.
    pub fn run(mut self) -> Self {
        while self.step() {}
        while let Some(value) = self.reference.get(self.i) {
            self.move_to(*value);
            self.i += 1;
            self.gap += self.scale.reference;
        }
        while let Some(value) = self.current.get(self.j) {
            self.move_to(*value);
            self.j += 1;
            self.gap -= self.scale.current;
        }
        self.extremes.see(self.gap, self.at);
        self
    }

    /// Moves on to a value, over which the gap stayed as it was; between equal values there is no gap to see.
    #[inline(always)]
    fn move_to(&mut self, value: f64) {
        if value > self.at {
            self.extremes.see(self.gap, self.at);
            // Two values may lie further apart than a double can say.
            let width = smaller(value - self.at, f64::MAX);
            let gap = (real(self.gap) * self.scale.inverse).abs();
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
pub(super) const fn real(gap: i64) -> f64 {
    gap as f64
}
