//! Texts as numbers, each kept once.

use std::collections::HashMap;
use std::sync::Arc;

/// Texts in the order in which they were first met; number 0 is "none".
#[derive(Clone, Debug, Default)]
pub struct Names {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Names {
    /// The number of a text, a new one if it was not met before.
    pub fn number(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text else { return 0 };
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text, number);
        number
    }

    /// The number of a text that was met before.
    pub fn known(&self, text: Option<&str>) -> Option<u32> {
        text.map_or(Some(0), |text| self.numbers.get(text).copied())
    }

    /// The text of a number, to be kept.
    pub fn shared(&self, number: u32) -> Option<Arc<str>> {
        self.texts.get((number as usize).checked_sub(1)?).cloned()
    }

    /// The text of a number.
    pub fn get(&self, number: u32) -> Option<&str> {
        self.texts.get((number as usize).checked_sub(1)?).map(|text| &**text)
    }
}
