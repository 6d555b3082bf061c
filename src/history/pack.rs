//! Figures as few bytes: what the blobs of the history are made of.
//!
//! Counts are variable-length integers (LEB128), lists of counts are a mask of those that are not 0 followed by them, and
//! lists of figures that may not exist a mask with two bits each: none, 0, 1, or the figure's bytes follow. Most cells
//! have one of two verdicts and most shares are 0 or 1, so that a feature takes some 30 bytes a round.

use std::time::Duration;

use crate::model::measurement::Share;
use crate::model::time::Timestamp;

/// A figure of fixed width, of which 0 and 1 are common.
pub(super) trait Real: Copy {
    /// Little-endian bytes of the figure.
    type Bytes: AsRef<[u8]> + for<'a> TryFrom<&'a [u8]>;
    const WIDTH: usize;
    const ZERO: Self;
    const ONE: Self;
    /// Whether both have the same bits: 0 and −0 are two figures.
    fn same(self, other: Self) -> bool;
    fn bytes(self) -> Self::Bytes;
    fn from_bytes(bytes: Self::Bytes) -> Self;
}

macro_rules! real {
    ($real:ty, $width:literal) => {
        impl Real for $real {
            type Bytes = [u8; $width];
            const WIDTH: usize = $width;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            fn same(self, other: Self) -> bool {
                self.to_bits() == other.to_bits()
            }
            fn bytes(self) -> Self::Bytes {
                self.to_le_bytes()
            }
            fn from_bytes(bytes: Self::Bytes) -> Self {
                Self::from_le_bytes(bytes)
            }
        }
    };
}
real!(f32, 4);
real!(f64, 8);

/// The layout of every blob, its first byte. Another one is another number, and a migration of what was written before.
const LAYOUT: u8 = 1;

/// Writes figures one after the other.
#[derive(Debug)]
pub(super) struct Packer(Vec<u8>);

impl Packer {
    pub(super) fn new() -> Self {
        Self(vec![LAYOUT])
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn count(&mut self, mut count: u64) {
        loop {
            let low = u8::try_from(count & 0x7f).unwrap_or_default();
            count >>= 7;
            if count == 0 {
                return self.0.push(low);
            }
            self.0.push(low | 0x80);
        }
    }

    /// Counts of a list whose length is known; at most 64 of them.
    pub(super) fn counts(&mut self, counts: &[u64]) {
        let mask =
            (counts.iter().enumerate()).filter(|(_, count)| **count > 0).fold(0, |mask, (bit, _)| mask | 1 << bit);
        self.count(mask);
        counts.iter().filter(|count| **count > 0).for_each(|count| self.count(*count));
    }

    /// A count that may not exist.
    pub(super) fn maybe(&mut self, count: Option<u64>) {
        self.count(count.map_or(0, |count| count.saturating_add(1)));
    }

    /// Figures of a list whose length is known; at most 32 of them.
    pub(super) fn reals<T: Real>(&mut self, figures: &[Option<T>]) {
        let tag = |figure: &Option<T>| match figure {
            None => NONE,
            Some(figure) if figure.same(T::ZERO) => ZERO,
            Some(figure) if figure.same(T::ONE) => ONE,
            Some(_) => FOLLOWS,
        };
        self.count(figures.iter().enumerate().fold(0, |mask, (place, figure)| mask | tag(figure) << (2 * place)));
        for figure in figures.iter().filter(|figure| tag(figure) == FOLLOWS).flatten() {
            self.0.extend_from_slice(figure.bytes().as_ref());
        }
    }

    pub(super) fn share(&mut self, share: Share) {
        self.count(share.n);
        if share.n > 0 {
            // A share without a ratio and a share of 0 are two things: the latter is written as 1.
            self.maybe(share.ratio.map(|_| share.part()));
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn duration(&mut self, duration: Duration) {
        self.count(duration.as_secs());
        self.count(u64::from(duration.subsec_nanos()));
    }

    pub(super) fn instant(&mut self, instant: Option<Timestamp>) {
        self.count(u64::from(instant.is_some()));
        if let Some(instant) = instant {
            self.0.extend_from_slice(&instant.nanos().to_le_bytes());
        }
    }
}

const NONE: u64 = 0;
const ZERO: u64 = 1;
const ONE: u64 = 2;
const FOLLOWS: u64 = 3;

/// Reads figures one after the other; `None` says that the bytes cannot be what was written.
#[derive(Debug)]
pub(super) struct Unpacker<'a>(&'a [u8]);

/// Reads a whole blob; `None` for one of another layout, or with something left over.
pub(super) fn unpack<'a, T>(bytes: &'a [u8], read: impl FnOnce(&mut Unpacker<'a>) -> Option<T>) -> Option<T> {
    let (value, rest) = begin(bytes, read)?;
    rest.is_empty().then_some(value)
}

/// Reads the beginning of a blob; `None` for one of another layout.
pub(super) fn unpack_head<'a, T>(bytes: &'a [u8], read: impl FnOnce(&mut Unpacker<'a>) -> Option<T>) -> Option<T> {
    begin(bytes, read).map(|(value, _)| value)
}

fn begin<'a, T>(bytes: &'a [u8], read: impl FnOnce(&mut Unpacker<'a>) -> Option<T>) -> Option<(T, &'a [u8])> {
    let (_, figures) = bytes.split_first().filter(|(layout, _)| **layout == LAYOUT)?;
    let mut unpacker = Unpacker(figures);
    let value = read(&mut unpacker)?;
    Some((value, unpacker.0))
}

impl<'a> Unpacker<'a> {
    /// Whether nothing is left.
    pub(super) const fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn count(&mut self) -> Option<u64> {
        let mut count = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let low = u64::from(byte & 0x7f);
            if low.leading_zeros() < shift {
                return None;
            }
            count |= low << shift;
            if byte < 0x80 {
                return Some(count);
            }
        }
        None
    }

    pub(super) fn counts<const N: usize>(&mut self) -> Option<[u64; N]> {
        let mask = self.count()?;
        if N < 64 && mask >> N != 0 {
            return None;
        }
        let mut counts = [0; N];
        for (bit, count) in counts.iter_mut().enumerate() {
            if mask >> bit & 1 == 1 {
                *count = self.count()?;
            }
        }
        Some(counts)
    }

    pub(super) fn maybe(&mut self) -> Option<Option<u64>> {
        Some(self.count()?.checked_sub(1))
    }

    pub(super) fn reals<T: Real, const N: usize>(&mut self) -> Option<[Option<T>; N]> {
        let mask = self.count()?;
        let mut figures = [None; N];
        for (place, figure) in figures.iter_mut().enumerate() {
            *figure = match mask >> (2 * place) & 3 {
                NONE => None,
                ZERO => Some(T::ZERO),
                ONE => Some(T::ONE),
                _ => Some(T::from_bytes(self.take(T::WIDTH)?.try_into().ok()?)),
            };
        }
        Some(figures)
    }

    pub(super) fn share(&mut self) -> Option<Share> {
        let n = self.count()?;
        if n == 0 {
            return Some(Share::default());
        }
        Some(match self.maybe()? {
            None => Share { ratio: None, n },
            Some(part) => Share::of(part, n),
        })
    }

    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.count()?).ok()?;
        self.take(length)
    }

    pub(super) fn duration(&mut self) -> Option<Duration> {
        let (seconds, nanos) = (self.count()?, u32::try_from(self.count()?).ok()?);
        (nanos < 1_000_000_000).then(|| Duration::new(seconds, nanos))
    }

    pub(super) fn instant(&mut self) -> Option<Option<Timestamp>> {
        match self.count()? {
            0 => Some(None),
            1 => Some(Some(Timestamp::from_nanos(i64::from_le_bytes(self.take(8)?.try_into().ok()?)))),
            _ => None,
        }
    }
}
