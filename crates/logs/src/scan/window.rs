//! The part of a stream that is in memory: what is left of the last block, and the next one right behind it.

use std::io::{self, Read};

use super::input::{self, BLOCK, PAGE};

/// Room for the end of the last block, which is part of a line.
const LEFT: usize = 64 * 1024;

/// Blocks are read to a page's begin: the kernel copies whole pages a fifth faster.
#[derive(Default)]
pub(super) struct Window {
    memory: Vec<u8>,
    /// Where blocks are read to.
    base: usize,
    start: usize,
    end: usize,
}

impl Window {
    /// What was read and not dropped.
    pub(super) fn filled(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        (self.start, self.end) = (self.base, self.base);
    }

    /// Drops the first bytes.
    pub(super) fn drop_first(&mut self, count: usize) {
        self.start += count;
    }

    /// Reads on: a block, but not much more than what is `left` to read. Says how many bytes came, and what went wrong.
    pub(super) fn read(&mut self, stream: &mut dyn Read, left: u64) -> (usize, Option<io::Error>) {
        let page = PAGE as usize;
        let wanted = (left.max(PAGE).min(BLOCK as u64) as usize).next_multiple_of(page);
        if self.memory.is_empty() {
            self.memory = vec![0; LEFT + BLOCK + page];
            self.base = LEFT + self.memory[LEFT..].as_ptr().align_offset(page).min(page);
            self.clear();
        }
        let rest = self.end - self.start;
        let to = if rest <= self.base { self.base } else { rest };
        self.memory.copy_within(self.start..self.end, to - rest);
        (self.start, self.end) = (to - rest, to);
        if self.memory.len() < to + wanted {
            self.memory.resize((to + wanted).max(self.memory.len() * 2), 0);
        }
        let (count, error) = input::fill(stream, &mut self.memory[to..to + wanted]);
        self.end += count;
        (count, error)
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn nothing_is_lost_whatever_is_left_over() {
        let text: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
        let mut stream = text.as_slice();
        let mut window = Window::default();
        let mut seen = Vec::new();
        for round in 0.. {
            let (count, error) = window.read(&mut stream, u64::MAX);
            assert!(error.is_none());
            let filled = window.filled().len();
            let kept = if count == 0 { 0 } else { [0, 5, 70_000, 400_000][round % 4].min(filled) };
            seen.extend_from_slice(&window.filled()[..filled - kept]);
            window.drop_first(filled - kept);
            if count == 0 {
                break;
            }
        }
        assert!(seen == text);
    }
}
