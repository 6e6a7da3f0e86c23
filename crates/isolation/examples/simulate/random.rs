//! Random numbers that are the same in every run (SplitMix64).

/// A generator.
#[derive(Clone)]
pub(crate) struct Random(pub(crate) u64);

/// So many runs, each with random numbers of its own that follow from a seed.
#[derive(Clone, Copy)]
pub(crate) struct Runs {
    pub(crate) count: usize,
    pub(crate) seed: u64,
}

impl Runs {
    /// A generator for each run.
    pub(crate) fn randoms(self) -> impl Iterator<Item = Random> {
        let mut seeds = Random(self.seed);
        (0..self.count).map(move |_| Random(seeds.next()))
    }

    /// So many times less runs.
    pub(crate) fn fewer(self, times: usize) -> Runs {
        Runs { count: self.count.div_ceil(times), ..self }
    }
}

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below this number.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// From the first up to and with the second.
    pub(crate) fn range(&mut self, from: usize, to: usize) -> usize {
        from + self.below(to - from + 1)
    }

    pub(crate) fn chance(&mut self, p: f64) -> bool {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64 <= p
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub(crate) fn letters(&mut self, n: usize) -> String {
        (0..n).map(|_| char::from(b'a' + self.below(26) as u8)).collect()
    }

    pub(crate) fn hex(&mut self, n: usize) -> String {
        (0..n).map(|_| char::from(self.pick(b"0123456789abcdef"))).collect()
    }
}
