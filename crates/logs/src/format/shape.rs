//! What values look like.

/// What a value must look like to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Anything, blanks included.
    Any,
    /// No blank.
    Word,
    /// A number, a list of numbers, or `-`.
    Number,
    /// Three digits, or `-`.
    Status,
    /// Begins like a time stamp.
    Time,
    /// `METHOD target PROTOCOL`, or whatever a client sent in its place.
    Request,
    /// An address with its port.
    Endpoint,
    /// No blank, and no fraction such as `0.2573`: other servers write how long it took in the same place.
    Identifier,
}

/// Whether a value has the shape.
#[inline]
pub(super) fn fits(shape: Shape, value: &[u8]) -> bool {
    match shape {
        Shape::Any | Shape::Request => true,
        Shape::Word | Shape::Endpoint => !value.is_empty() && memchr::memchr(b' ', value).is_none(),
        Shape::Number => {
            matches!(value, [b'-'])
                || value
                    .iter()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b',' | b' ' | b'-' | b'+' | b':'))
        }
        Shape::Identifier => {
            let fraction = || value.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.'));
            fits(Shape::Word, value) && !(value.contains(&b'.') && fraction())
        }
        Shape::Status => matches!(value, [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'] | b"-" | b"-1" | b"0"),
        Shape::Time => {
            value.first().is_some_and(u8::is_ascii_alphanumeric) && value.len() < 64 || value == b"-"
        }
    }
}

/// Whether neither a value nor anything longer that begins with it has the shape.
#[inline]
pub(super) fn is_hopeless(shape: Shape, value: &[u8]) -> bool {
    match shape {
        Shape::Any | Shape::Request => false,
        Shape::Word | Shape::Endpoint | Shape::Identifier => memchr::memchr(b' ', value).is_some(),
        Shape::Number => value.len() > 1 && !fits(shape, value),
        Shape::Status => value.len() > 3,
        Shape::Time => {
            value.len() >= 64 || value != b"-" && !value.first().is_none_or(u8::is_ascii_alphanumeric)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Shape, fits, is_hopeless};

    const SHAPES: [Shape; 8] = [
        Shape::Any,
        Shape::Word,
        Shape::Number,
        Shape::Status,
        Shape::Time,
        Shape::Request,
        Shape::Endpoint,
        Shape::Identifier,
    ];

    proptest! {
        #[test]
        fn what_is_hopeless_stays_so(value in "[a1 ./:-]{0,8}", more in "[a1 ./:-]{0,70}") {
            for shape in SHAPES {
                if is_hopeless(shape, value.as_bytes()) {
                    prop_assert!(!fits(shape, value.as_bytes()), "{shape:?}");
                    prop_assert!(!fits(shape, format!("{value}{more}").as_bytes()), "{shape:?}");
                }
            }
        }
    }
}
