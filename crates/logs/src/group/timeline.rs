//! When the refusals of a group happened, in constant memory; since when there are more of them than before.

/// Columns of a timeline. When time runs beyond them, two are made one.
const COLUMNS: usize = 128;
/// The finest column: a second.
const FINEST: i64 = 1_000_000;

/// Counts over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Begin of the first column, microseconds since 1970.
    start: i64,
    /// Width of a column in microseconds; 0 before the first count.
    width: i64,
    /// Columns that are not empty, in order, with their counts: small, as there may be tens of thousands of timelines.
    counts: Vec<(u8, u32)>,
}

impl Timeline {
    /// Counts so many events at a time.
    pub fn add(&mut self, micros: i64, count: u64) {
        if self.width == 0 {
            self.counts.reserve_exact(1);
            self.width = FINEST;
            self.start = micros.div_euclid(FINEST) * FINEST;
        }
        while micros < self.start || micros >= self.end() {
            self.coarsen();
        }
        let column = ((micros - self.start) / self.width) as u8;
        match self.counts.binary_search_by_key(&column, |(column, _)| *column) {
            Ok(at) => self.counts[at].1 = self.counts[at].1.saturating_add(few(count)),
            Err(at) => self.counts.insert(at, (column, few(count))),
        }
    }

    /// Adds another timeline.
    pub fn append(&mut self, other: &Timeline) {
        for (column, count) in &other.counts {
            self.add(other.start + other.width * i64::from(*column), u64::from(*count));
        }
    }

    fn end(&self) -> i64 {
        self.start.saturating_add(self.width.saturating_mul(COLUMNS as i64))
    }

    /// Doubles the width; columns begin at multiples of it, so that a time before the start moves the start.
    fn coarsen(&mut self) {
        let width = self.width.saturating_mul(2);
        let start = (self.start - self.width * (COLUMNS as i64 / 2)).div_euclid(width) * width;
        let mut counts: Vec<(u8, u32)> = Vec::with_capacity(self.counts.len());
        for (column, count) in &self.counts {
            let time = self.start + self.width * i64::from(*column);
            let column = ((time - start) / width).min(COLUMNS as i64 - 1) as u8;
            match counts.last_mut() {
                Some((last, sum)) if *last == column => *sum = sum.saturating_add(*count),
                _ => counts.push((column, *count)),
            }
        }
        (self.start, self.width, self.counts) = (start, width, counts);
    }

    /// A row of bars, `▁` to `█`, between two times; a blank where nothing was.
    pub fn sparkline(&self, from: i64, to: i64, columns: usize) -> String {
        let counts = self.spread(from, to, columns);
        let most = counts.iter().copied().fold(0.0, f64::max);
        let bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let bar = |count: f64| bars[((count * 8.0 / most).ceil() as usize).clamp(1, 8) - 1];
        counts.iter().map(|count| if *count == 0.0 { ' ' } else { bar(*count) }).collect()
    }

    /// The counts between two times, in so many columns, for a plot: what is known only for a longer time is spread over
    /// it, so that a column gets neither none nor twice as much by chance.
    pub fn spread(&self, from: i64, to: i64, columns: usize) -> Vec<f64> {
        let mut counts = vec![0.0; columns.max(1)];
        let step = (to - from).max(1) as f64 / counts.len() as f64;
        for (column, count) in &self.counts {
            let begin = (self.start + self.width * i64::from(*column)).clamp(from, to);
            let end = begin.saturating_add(self.width).clamp(from, to);
            let (first, last) = ((begin - from) as f64 / step, (end - from) as f64 / step);
            let length = last - first;
            let on = counts.len() - 1;
            if self.width >= to - from || length <= 1.0 && first.floor() == last.floor() {
                counts[(first as usize).min(on)] += *count as f64;
                continue;
            }
            for (at, own) in counts.iter_mut().enumerate().take(last.ceil() as usize).skip(first as usize) {
                let part = last.min(at as f64 + 1.0) - first.max(at as f64);
                *own += *count as f64 * part.max(0.0) / length;
            }
        }
        counts
    }

    /// The counts between two times, in so many columns.
    pub fn resampled(&self, from: i64, to: i64, columns: usize) -> Vec<u64> {
        let mut counts = vec![0; columns.max(1)];
        let span = (to - from).max(1);
        for (column, count) in &self.counts {
            let time = (self.start + self.width * i64::from(*column)).max(from) - from;
            let index = (i128::from(time) * counts.len() as i128 / i128::from(span)) as usize;
            let last = counts.len() - 1;
            counts[index.min(last)] += u64::from(*count);
        }
        counts
    }

    /// The time since when the rate differs most from the time before, and the rates per hour before and after.
    ///
    /// The log-likelihood of two Poisson rates against one is largest at the change; a gain below 10 (odds of 20,000
    /// to 1) is no change. `observed` is the whole time that the logs cover, as the group itself may begin late.
    pub fn change(&self, observed: (i64, i64)) -> Option<Change> {
        let (from, to) = observed;
        let total: u64 = self.counts.iter().map(|(_, count)| u64::from(*count)).sum();
        let span = (to - from) as f64;
        if total < 3 || span < 2.0 * self.width as f64 || self.width == 0 {
            return None;
        }
        let likelihood = |count: f64, time: f64| if count > 0.0 { count * (count / time).ln() } else { 0.0 };
        let whole = likelihood(total as f64, span);
        let mut before = 0;
        let mut best: Option<(f64, i64, u64)> = None;
        for (column, count) in &self.counts {
            let time = self.start + self.width * i64::from(*column);
            let (past, rest) = ((time - from) as f64, (to - time) as f64);
            if past >= self.width as f64 && rest >= self.width as f64 {
                let gain =
                    likelihood(before as f64, past) + likelihood((total - before) as f64, rest) - whole;
                if gain > 10.0 && best.is_none_or(|(most, _, _)| gain > most) {
                    best = Some((gain, time, before));
                }
            }
            before += u64::from(*count);
        }
        let (_, at, before) = best?;
        let hours = |micros: i64| (micros as f64 / 3.6e9).max(1e-9);
        Some(Change {
            at,
            before: before as f64 / hours(at - from),
            after: (total - before) as f64 / hours(to - at),
        })
    }
}

/// A count in a column: four billion are as many as there can be.
fn few(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Since when something happens more or less often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The moment, microseconds since 1970, as exact as the timeline's columns are.
    pub at: i64,
    /// Events per hour before; 0 means that this kind of refusal is new.
    pub before: f64,
    /// Events per hour after.
    pub after: f64,
}

#[cfg(test)]
mod tests {
    use super::Timeline;

    #[test]
    fn an_even_rate_is_drawn_even_in_any_number_of_columns() {
        let mut timeline = Timeline::default();
        (0..3600).for_each(|second| timeline.add(second * 10_000_000, 1));
        for columns in [1, 24, 48, 60, 120] {
            let counts = timeline.spread(0, 36_000_000_000, columns);
            let expected = 3600.0 / columns as f64;
            assert!((counts.iter().sum::<f64>() - 3600.0).abs() < 0.01);
            assert!(counts.iter().all(|count| (count / expected - 1.0).abs() < 0.2), "{columns}: {counts:?}");
        }
        let mut once = Timeline::default();
        once.add(7, 3);
        assert_eq!(once.spread(7, 7, 5).iter().sum::<f64>(), 3.0);
    }
}
