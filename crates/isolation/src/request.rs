//! A request as it goes on the wire.

/// An HTTP request, each part as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Scheme and authority of the server: `https://shop.example`.
    pub origin: String,
    /// The method.
    pub method: String,
    /// The request target: `/orders?page=2`.
    pub target: String,
    /// The header lines in order, without line ends.
    pub lines: Vec<String>,
    /// The body, without transfer coding.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of the first header line of that name, whatever its case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let (_, value) = self.fields().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// Names and values of the header lines, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|line| name_and_value(line))
    }

    /// The media type of `Content-Type` in lower case, without parameters; empty without one.
    #[must_use]
    pub fn media_type(&self) -> String {
        let value = self.field("content-type").unwrap_or("");
        value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
    }
}

/// A header line's name and value, without the blanks around them.
pub(crate) fn name_and_value(line: &str) -> (&str, &str) {
    line.split_once(':').map_or((line.trim(), ""), |(name, value)| (name.trim(), value.trim()))
}
