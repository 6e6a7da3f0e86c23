//! Transformations: what a rule does to a value before its operator sees it.
//!
//! Each follows mod_security2 2.9.7 (`re_tfns.c`, `msc_util.c`) byte for byte, and writes through
//! [`Rewrite`](crate::variables::arena::Rewrite), which keeps the origin of every byte when somebody asks for it.

mod bytes;
mod comments;
mod digests;
mod entities;
mod escapes;
mod paths;
mod unicode_map;
mod urls;

mod whitespace;

pub(crate) use urls::{hex_pair, is_hex};

use crate::variables::arena::{Arena, Rewrite, Text};
use crate::variables::byte_set::ByteSet;

/// Declares the transformations once: the name in rules, the function, and the bytes without which it does nothing.
macro_rules! transformations {
    ($($variant:ident $name:literal $function:path, $touched:expr;)*) => {
        /// A transformation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Transformation { $($variant),* }

        impl Transformation {
            /// How many there are.
            pub(crate) const COUNT: usize = [$(Transformation::$variant),*].len();

            /// The name in rules.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Transformation::$variant => $name),* }
            }

            fn all() -> [Transformation; Self::COUNT] {
                [$(Transformation::$variant),*]
            }

            /// The bytes of which a value must hold one for this transformation to change it.
            fn touched(self) -> ByteSet {
                const TOUCHED: [ByteSet; Transformation::COUNT] = [$($touched),*];
                TOUCHED[self as usize]
            }

            fn run(self, rewrite: &mut Rewrite<'_>) {
                match self { $(Transformation::$variant => $function(rewrite)),* }
            }
        }
    };
}

const UPPER: ByteSet = ByteSet::range(b'A', b'Z');
const LOWER: ByteSet = ByteSet::range(b'a', b'z');
const HIGH: ByteSet = ByteSet::range(0x80, 0xff);
const NUL: ByteSet = ByteSet::of(b"\0");
const WHITE: ByteSet = ByteSet::of(b" \t\n\x0b\x0c\r\xa0");
const COMMAND: ByteSet = UPPER.with(ByteSet::of(b"\0\"'\\^,;\t\r\n /("));

transformations! {
    Base64Decode "base64Decode" digests::base64_decode, ByteSet::ALL;
    Base64DecodeExt "base64DecodeExt" digests::base64_decode_lenient, ByteSet::ALL;
    Base64Encode "base64Encode" digests::base64_encode, ByteSet::ALL;
    CmdLine "cmdLine" whitespace::command_line, COMMAND;
    CompressWhitespace "compressWhitespace" whitespace::compress, WHITE;
    CssDecode "cssDecode" escapes::css_decode, ByteSet::of(b"\\");
    EscapeSeqDecode "escapeSeqDecode" escapes::ansi_c_decode, ByteSet::of(b"\\");
    HexDecode "hexDecode" digests::hex_decode, ByteSet::ALL;
    HexEncode "hexEncode" digests::hex_encode, ByteSet::ALL;
    HtmlEntityDecode "htmlEntityDecode" entities::decode, ByteSet::of(b"&");
    JsDecode "jsDecode" escapes::js_decode, ByteSet::of(b"\\");
    Length "length" digests::length, ByteSet::ALL;
    Lowercase "lowercase" bytes::lowercase, UPPER;
    Md5 "md5" digests::md5, ByteSet::ALL;
    NormalizePath "normalizePath" paths::normalize, ByteSet::of(b"/.");
    NormalizePathWin "normalizePathWin" paths::normalize_windows, ByteSet::of(b"/.\\");
    ParityEven7bit "parityEven7bit" bytes::parity_even, ByteSet::ALL;
    ParityOdd7bit "parityOdd7bit" bytes::parity_odd, ByteSet::ALL;
    ParityZero7bit "parityZero7bit" bytes::parity_zero, HIGH;
    RemoveComments "removeComments" comments::remove, ByteSet::of(b"/<-#");
    RemoveCommentsChar "removeCommentsChar" comments::remove_characters, ByteSet::of(b"/*<-#");
    RemoveNulls "removeNulls" bytes::remove_nulls, NUL;
    RemoveWhitespace "removeWhitespace" whitespace::remove, WHITE;
    ReplaceComments "replaceComments" comments::replace, ByteSet::of(b"/");
    ReplaceNulls "replaceNulls" bytes::replace_nulls, NUL;
    Sha1 "sha1" digests::sha1, ByteSet::ALL;
    SqlHexDecode "sqlHexDecode" digests::sql_hex_decode, ByteSet::of(b"0\0");
    Trim "trim" whitespace::trim, WHITE;
    TrimLeft "trimLeft" whitespace::trim_left, WHITE;
    TrimRight "trimRight" whitespace::trim_right, WHITE;
    Uppercase "uppercase" bytes::uppercase, LOWER;
    UrlDecode "urlDecode" urls::decode, ByteSet::of(b"%+");
    UrlDecodeUni "urlDecodeUni" urls::decode_unicode, ByteSet::of(b"%+");
    UrlEncode "urlEncode" urls::encode, ByteSet::ALL;
    Utf8ToUnicode "utf8toUnicode" urls::utf8_to_unicode, HIGH.with(NUL);
}

impl Transformation {
    /// The transformation of a name; case does not matter, and British spellings are known to the engines.
    pub(crate) fn named(name: &str) -> Option<Transformation> {
        let name = match name.to_ascii_lowercase().as_str() {
            "normalisepath" => "normalizePath".to_owned(),
            "normalisepathwin" => "normalizePathWin".to_owned(),
            _ => name.to_owned(),
        };
        Transformation::all().into_iter().find(|known| known.name().eq_ignore_ascii_case(&name))
    }

    /// Applies the transformation to a text; `None` when it changes nothing.
    pub(crate) fn apply(self, arena: &mut Arena, input: Text, present: &ByteSet) -> Option<Text> {
        if !present.meets(&self.touched()) && !matches!(self.touched(), ByteSet::ALL) {
            return None;
        }
        let mark = arena.mark();
        let mut rewrite = Rewrite::of(arena, input);
        self.run(&mut rewrite);
        let output = rewrite.done();
        if arena.get(output) == arena.get(input) {
            arena.truncate(mark);
            return None;
        }
        Some(output)
    }
}
