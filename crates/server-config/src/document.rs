//! YAML and JSON as a tree that knows its lines: for the gateways whose configuration is data.

use std::fmt;
use std::sync::Arc;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::source::{Place, Warning};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Node {
    pub(crate) shape: Shape,
    /// The line, from 1; 0 for a value that is not written.
    pub(crate) line: u32,
    /// The column, from 1.
    pub(crate) column: u32,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Shape {
    /// Nothing, or `null`.
    #[default]
    Null,
    /// A text, a number or a truth value, as it is written.
    Scalar(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in its order.
    Map(Vec<(Key, Node)>),
}

/// The key of an entry, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Reads a document; the error is a warning with its place.
pub(crate) fn parse(text: &str, file: &Arc<str>) -> Result<Node, Warning> {
    let budget = serde_saphyr::budget!(max_depth: 128, max_nodes: 2_000_000, max_events: 6_000_000);
    let options = serde_saphyr::options! { budget: budget, };
    let read: Result<Spanned<Shape>, _> = serde_saphyr::from_str_with_options(text, options);
    read.map(node).map_err(|error| {
        let place = error.location().map(|location| {
            let (line, column) = position(location);
            Place { file: file.clone(), line, column }
        });
        let text = error.to_string();
        let first = text.lines().next().unwrap_or("").trim();
        Warning { place, text: format!("it cannot be read: {first}") }
    })
}

impl Node {
    /// The value of an entry.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().find(|(known, _)| known.text == key).map(|(_, node)| node)
    }

    /// The value of a Protocol Buffers field, under its own name or its JSON name (`route_config`, `routeConfig`).
    pub(crate) fn field(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// The entry of a Protocol Buffers field.
    pub(crate) fn entry(&self, name: &str) -> Option<(&Key, &Node)> {
        self.entries().find(|(known, _)| known.text == name || is_json_name(&known.text, name))
    }

    /// The field at the end of a chain of names.
    pub(crate) fn path(&self, names: &[&str]) -> Option<&Node> {
        names.iter().try_fold(self, |node, name| node.field(name))
    }

    /// The entries of a mapping.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Key, &Node)> {
        let entries: &[(Key, Node)] = if let Shape::Map(entries) = &self.shape { entries } else { &[] };
        entries.iter().map(|(key, node)| (key, node))
    }

    /// The items of a sequence.
    pub(crate) fn items(&self) -> &[Node] {
        if let Shape::List(items) = &self.shape { items } else { &[] }
    }

    /// The items of a sequence in a field; none where it is not set.
    pub(crate) fn list(&self, name: &str) -> &[Node] {
        self.field(name).map_or(&[], Node::items)
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Shape::Scalar(text) = &self.shape { Some(text) } else { None }
    }

    /// The text of a scalar in a field.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.field(name)?.text()
    }

    /// The number in a field.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text_of(name)?.parse().ok()
    }

    /// Whether a field is set to `true`.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.text_of(name) == Some("true")
    }

    /// Where it stands, in a file.
    pub(crate) fn place(&self, file: &Arc<str>) -> Place {
        Place { file: file.clone(), line: self.line.max(1), column: self.column.max(1) }
    }
}

impl Key {
    /// Where it stands, in a file.
    pub(crate) fn place(&self, file: &Arc<str>) -> Place {
        Place { file: file.clone(), line: self.line.max(1), column: self.column.max(1) }
    }
}

/// Reads a TOML document into the same tree.
pub(crate) fn parse_toml(text: &str, file: &Arc<str>) -> Result<Node, Warning> {
    let lines = Lines::new(text);
    match toml::de::DeTable::parse(text) {
        Ok(table) => Ok(toml_table(table.get_ref(), &lines)),
        Err(error) => {
            let place = error.span().map(|span| {
                let (line, column) = lines.position(span.start);
                Place { file: file.clone(), line, column }
            });
            Err(Warning { place, text: format!("it cannot be read: {}", error.message()) })
        }
    }
}

fn toml_table(table: &toml::de::DeTable<'_>, lines: &Lines) -> Node {
    let mut entries: Vec<(usize, Key, Node)> = Vec::new();
    for (key, value) in table {
        let start = key.span().start;
        let (line, column) = lines.position(start);
        let mut node = toml_value(value.get_ref(), lines);
        if node.line == 0 {
            (node.line, node.column) = (line, column);
        }
        entries.push((start, Key { text: key.get_ref().to_string(), line, column }, node));
    }
    entries.sort_by_key(|(start, ..)| *start);
    let (line, column) = entries.first().map_or((0, 0), |(_, key, _)| (key.line, key.column));
    Node { shape: Shape::Map(entries.into_iter().map(|(_, key, node)| (key, node)).collect()), line, column }
}

fn toml_value(value: &toml::de::DeValue<'_>, lines: &Lines) -> Node {
    use toml::de::DeValue;
    let shape = match value {
        DeValue::String(text) => Shape::Scalar(text.to_string()),
        DeValue::Integer(number) => Shape::Scalar(number.as_str().to_owned()),
        DeValue::Float(number) => Shape::Scalar(number.as_str().to_owned()),
        DeValue::Boolean(value) => Shape::Scalar(value.to_string()),
        DeValue::Datetime(time) => Shape::Scalar(time.to_string()),
        DeValue::Array(items) => {
            let item = |item: &toml::Spanned<DeValue<'_>>| {
                let mut node = toml_value(item.get_ref(), lines);
                (node.line, node.column) = lines.position(item.span().start);
                node
            };
            Shape::List(items.iter().map(item).collect())
        }
        DeValue::Table(table) => return toml_table(table, lines),
    };
    Node { shape, line: 0, column: 0 }
}

/// Where each line begins.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn position(&self, at: usize) -> (u32, u32) {
        let line = self.0.partition_point(|start| *start <= at);
        let start = self.0.get(line.saturating_sub(1)).copied().unwrap_or(0);
        (line as u32, (at - start) as u32 + 1)
    }
}

/// `routeConfig` for `route_config` (protobuf.dev, "JSON mapping").
fn is_json_name(written: &str, name: &str) -> bool {
    if !name.contains('_') || written.contains('_') {
        return false;
    }
    let mut written = written.chars();
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
            continue;
        }
        let wanted = if upper { c.to_ascii_uppercase() } else { c };
        upper = false;
        if written.next() != Some(wanted) {
            return false;
        }
    }
    written.next().is_none()
}

fn position(location: Location) -> (u32, u32) {
    let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    (number(location.line()), number(location.column()))
}

fn node(read: Spanned<Shape>) -> Node {
    let (line, column) = position(read.defined);
    Node { shape: read.value, line, column }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Shape, E> {
        Ok(Shape::Scalar(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Shape, E> {
        Ok(Shape::Scalar(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Shape, E> {
        Ok(Shape::Scalar(value.to_string()))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Shape, E> {
        Ok(Shape::Scalar(value.to_string()))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Shape, E> {
        Ok(Shape::Scalar(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Shape, E> {
        Ok(Shape::Scalar(value.to_string()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Shape, E> {
        Ok(Shape::Scalar(value.to_owned()))
    }

    fn visit_none<E: de::Error>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Shape>>()? {
            list.push(node(item));
        }
        Ok(Shape::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Shape, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Spanned<String>, Spanned<Shape>>()? {
            let (line, column) = position(key.defined);
            map.push((Key { text: key.value, line, column }, node(value)));
        }
        Ok(Shape::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, Warning> {
        parse(text, &Arc::from("envoy.yaml"))
    }

    #[test]
    fn values_know_their_lines_in_yaml_and_json() {
        let tree =
            read("a: 1\nroute_config:\n  - name: \"x\"\n    on: true\n  - {b: &x [1, 2]}\n  - *x\n").unwrap();
        let items = tree.list("route_config");
        assert_eq!((items[0].line, items[0].text_of("name"), items[0].is_on("on")), (3, Some("x"), true));
        assert_eq!(
            (items[1].field("b").unwrap().line, items[2].items().len(), tree.number("a")),
            (5, 2, Some(1))
        );
        let tree = read("{\n\t\"routeConfig\": {\n\t\t\"name\": null, \"n\": -1.5}}\n").unwrap();
        let (key, route) = tree.entry("route_config").unwrap();
        assert_eq!(
            (key.line, route.field("name").unwrap().shape.clone(), route.text_of("n")),
            (2, Shape::Null, Some("-1.5"))
        );
    }

    #[test]
    fn what_is_no_document_is_a_warning_with_its_place() {
        let warning = read("a: b\n  c: [\n").unwrap_err();
        assert!(warning.place.is_some_and(|place| place.line > 0), "{}", warning.text);
        let bomb = format!(
            "a: &a [x]\n{}",
            (0..40).map(|n| format!("b{n}: &b{n} [*a, *a, *a, *a]\n")).collect::<String>()
        );
        assert!(read(&bomb).is_ok());
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read("\0\u{1}").is_err());
    }
}
