//! Thrift's compact protocol, as far as a Parquet footer needs it.
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>

const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A struct under writing; fields come in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Struct {
    bytes: Vec<u8>,
    last: u8,
}

impl Struct {
    pub(super) fn new() -> Struct {
        Struct::default()
    }

    /// A field of 32 bits.
    pub(super) fn small(mut self, field: u8, value: i64) -> Struct {
        self.head(field, I32);
        varint(zigzag(value), &mut self.bytes);
        self
    }

    /// A field of 64 bits.
    pub(super) fn number(mut self, field: u8, value: i64) -> Struct {
        self.head(field, I64);
        varint(zigzag(value), &mut self.bytes);
        self
    }

    pub(super) fn text(mut self, field: u8, value: &str) -> Struct {
        self.head(field, BINARY);
        binary(value, &mut self.bytes);
        self
    }

    pub(super) fn inner(mut self, field: u8, value: Struct) -> Struct {
        self.head(field, STRUCT);
        self.bytes.extend(value.end());
        self
    }

    pub(super) fn structs(mut self, field: u8, values: &[Struct]) -> Struct {
        self.list(field, STRUCT, values.len());
        values.iter().for_each(|value| self.bytes.extend(value.clone().end()));
        self
    }

    pub(super) fn smalls(mut self, field: u8, values: &[i64]) -> Struct {
        self.list(field, I32, values.len());
        values.iter().for_each(|value| varint(zigzag(*value), &mut self.bytes));
        self
    }

    pub(super) fn texts(mut self, field: u8, values: &[&str]) -> Struct {
        self.list(field, BINARY, values.len());
        values.iter().for_each(|value| binary(value, &mut self.bytes));
        self
    }

    /// The bytes of the whole struct.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }

    fn head(&mut self, field: u8, kind: u8) {
        self.bytes.push((field - self.last) << 4 | kind);
        self.last = field;
    }

    fn list(&mut self, field: u8, kind: u8, length: usize) {
        self.head(field, LIST);
        match length {
            0..15 => self.bytes.push((length as u8) << 4 | kind),
            _ => {
                self.bytes.push(0xf0 | kind);
                varint(length as u64, &mut self.bytes);
            }
        }
    }
}

fn binary(value: &str, out: &mut Vec<u8>) {
    varint(value.len() as u64, out);
    out.extend_from_slice(value.as_bytes());
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

/// Seven bits a byte, the lowest first.
pub(super) fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
