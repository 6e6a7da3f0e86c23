//! Sets of bytes.

/// A set of byte values, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(crate) const EMPTY: ByteSet = ByteSet([0; 4]);
    pub(crate) const ALL: ByteSet = ByteSet([u64::MAX; 4]);

    /// The set of these bytes.
    pub(crate) const fn of(bytes: &[u8]) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        let mut index = 0;
        while index < bytes.len() {
            set.0[(bytes[index] >> 6) as usize] |= 1 << (bytes[index] & 63);
            index += 1;
        }
        set
    }

    /// The set of a range, both ends included.
    pub(crate) const fn range(first: u8, last: u8) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        let mut byte = first as usize;
        while byte <= last as usize {
            set.0[byte >> 6] |= 1 << (byte & 63);
            byte += 1;
        }
        set
    }

    /// The union.
    pub(crate) const fn with(self, other: ByteSet) -> ByteSet {
        let (a, b) = (self.0, other.0);
        ByteSet([a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]])
    }

    /// All other bytes.
    pub(crate) fn complement(self) -> ByteSet {
        ByteSet(self.0.map(|word| !word))
    }

    /// The set with both cases of each letter in it.
    pub(crate) fn with_either_case(self) -> ByteSet {
        let upper = ((1 << 26) - 1) << 1;
        let letters = (self.0[1] | self.0[1] >> 32) & upper;
        ByteSet([self.0[0], self.0[1] | letters | letters << 32, self.0[2], self.0[3]])
    }

    /// Adds a byte.
    #[inline]
    pub(crate) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    /// Whether a byte is in the set.
    #[inline]
    pub(crate) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }

    /// Whether the sets share a byte.
    #[inline]
    pub(crate) fn meets(&self, other: &ByteSet) -> bool {
        (0..4).any(|word| self.0[word] & other.0[word] != 0)
    }

    /// Whether all bytes of this set are in the other.
    pub(crate) fn within(&self, other: &ByteSet) -> bool {
        (0..4).all(|word| self.0[word] & !other.0[word] == 0)
    }

    /// Number of bytes in the set.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The bytes of the set in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = u8> {
        (0..=255).filter(move |byte| self.contains(*byte))
    }

    /// The set of all bytes in a text.
    pub(crate) fn present(text: &[u8]) -> ByteSet {
        let mut set = ByteSet::EMPTY;
        for byte in text {
            set.insert(*byte);
        }
        set
    }
}
