//! Samples: typed values, and how one type becomes another (`sample_casts` in HAProxy's `src/sample.c`).

use std::net::IpAddr;

use crate::walk::Needs;

/// A value that a fetch or a converter gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sample {
    Text(String),
    Number(i64),
    Flag(bool),
    Address(IpAddr),
    Method(String),
    /// A method that came as none of the known ones; `set-method` may have made it one since.
    OtherMethod(String),
}

/// What is missing to give a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// A count or rate of other requests.
    Counter(String),
    /// Anything else.
    Needs(String),
}

/// The values of an expression: one, several for a header that stands several times, or none.
pub(super) type Samples = Vec<Result<Sample, Stop>>;

impl Stop {
    pub(super) fn needs(&self) -> Needs {
        match self {
            Self::Counter(text) | Self::Needs(text) => Needs(text.clone()),
        }
    }
}

impl From<Needs> for Stop {
    fn from(Needs(text): Needs) -> Self {
        Self::Needs(text)
    }
}

impl Sample {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Method(text) | Self::OtherMethod(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => i64::from(*flag).to_string(),
            Self::Address(address) => address.to_string(),
        }
    }

    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Text(text) if text.is_empty() => None,
            Self::Text(text) => Some(leading_number(text)),
            Self::Number(number) => Some(*number),
            Self::Flag(flag) => Some(i64::from(*flag)),
            Self::Address(IpAddr::V4(address)) => Some(i64::from(address.to_bits())),
            Self::Address(IpAddr::V6(_)) | Self::Method(_) | Self::OtherMethod(_) => None,
        }
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Address(address) => Some(*address),
            Self::Number(number) => u32::try_from(*number).ok().map(|bits| IpAddr::V4(bits.into())),
            Self::Flag(_) | Self::Method(_) | Self::OtherMethod(_) => None,
        }
    }

    pub(super) fn flag(&self) -> Option<bool> {
        self.number().map(|number| number != 0)
    }
}

/// The number that a text begins with, 0 when it begins with none (`read_int64()`).
pub(super) fn leading_number(text: &str) -> i64 {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.bytes().take_while(u8::is_ascii_digit);
    digits
        .fold(0i64, |number, digit| number.saturating_mul(10).saturating_add(sign * i64::from(digit - b'0')))
}
