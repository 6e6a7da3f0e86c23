//! Traits as bytes, for lines that wait in a file.

use std::num::NonZeroU64;

use super::traits::{Traits, Word};

impl Traits {
    /// Appends what [`Traits::restore`] reads.
    pub fn store(&self, out: &mut Vec<u8>) {
        let flags = u8::from(self.time.is_some())
            | u8::from(self.zoned) << 1
            | u8::from(self.size.is_some()) << 2
            | u8::from(self.answer) << 3;
        out.push(flags);
        out.extend_from_slice(&self.time.unwrap_or(0).to_le_bytes());
        out.extend_from_slice(&self.step.to_le_bytes());
        for word in [self.method, self.path, self.query, self.client, self.agent] {
            out.extend_from_slice(&word.map_or(0, u64::from).to_le_bytes());
        }
        out.extend_from_slice(&self.status.unwrap_or(0).to_le_bytes());
        out.extend_from_slice(&self.size.unwrap_or(0).to_le_bytes());
        let ids = &self.ids[..self.ids.len().min(usize::from(u8::MAX))];
        out.push(ids.len() as u8);
        ids.iter().for_each(|id| out.extend_from_slice(&id.to_le_bytes()));
    }

    /// What was stored at the beginning of some bytes, which then begin behind it.
    pub fn restore(bytes: &mut &[u8]) -> Option<Traits> {
        let [flags] = take(bytes)?;
        let time = i64::from_le_bytes(take(bytes)?);
        let step = u32::from_le_bytes(take(bytes)?);
        let mut word = || Some(NonZeroU64::new(u64::from_le_bytes(take(bytes)?)));
        let [method, path, query, client, agent]: [Word; 5] = [word()?, word()?, word()?, word()?, word()?];
        let status = u16::from_le_bytes(take(bytes)?);
        let size = u64::from_le_bytes(take(bytes)?);
        let [count] = take(bytes)?;
        let ids = (0..count).map(|_| take(bytes).map(u64::from_le_bytes)).collect::<Option<_>>()?;
        Some(Traits {
            time: (flags & 1 != 0).then_some(time),
            step,
            zoned: flags & 2 != 0,
            method,
            path,
            query,
            client,
            agent,
            status: (status > 0).then_some(status),
            size: (flags & 4 != 0).then_some(size),
            answer: flags & 8 != 0,
            ids,
        })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::super::{Said, Traits};
    use crate::time::{Time, Zone};

    #[test]
    fn what_is_stored_is_restored() {
        let time = Time { micros: -7, zone: Zone::Known, step: 1000 };
        let full = Said {
            time: Some(time),
            method: Some("GET"),
            target: Some("/a?b"),
            status: Some(403),
            size: Some(0),
            ids: vec!["0123456789abcdef", "fedcba9876543210"],
            ..Said::default()
        };
        let mut bytes = Vec::new();
        let all = [Traits::from(full), Traits::from(Said::default())];
        all.iter().for_each(|traits| traits.store(&mut bytes));
        let mut rest = bytes.as_slice();
        let restored = [Traits::restore(&mut rest), Traits::restore(&mut rest)];
        assert_eq!(restored, all.map(Some));
        assert!(rest.is_empty());
        let mut cut = &bytes[..40];
        assert_eq!(Traits::restore(&mut cut), None);
    }
}
