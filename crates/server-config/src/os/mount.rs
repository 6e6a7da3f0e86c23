//! Mounted file systems and the options that refuse: `ro` and `noexec`.

use super::Seen;

/// One mounted file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted.
    pub point: String,
    /// Its options, as `mount` shows them.
    pub options: Vec<String>,
    /// Where it was read.
    pub seen: Option<Seen>,
}

impl Mount {
    /// Reads a line of `mount` (`SOURCE on POINT type TYPE (OPTIONS)`), of `/proc/mounts` (`SOURCE POINT TYPE
    /// OPTIONS 0 0`), or of `findmnt` (`POINT SOURCE TYPE OPTIONS`).
    pub(super) fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (point, options) = match words.as_slice() {
            [_, "on", point, "type", _, options] => (*point, options.strip_prefix('(')?.strip_suffix(')')?),
            [_, point, _, options, dump, pass] if is_number(dump) && is_number(pass) => (*point, *options),
            [point, _, kind, options] => {
                let tree: &[char] = &['├', '└', '│', '─', '|', '`', '-', ' '];
                let plain = kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
                (point.trim_start_matches(tree), plain.then_some(*options)?)
            }
            _ => return None,
        };
        let options: Vec<String> = options.split(',').map(str::to_owned).collect();
        let has_mode = options.iter().any(|option| option == "rw" || option == "ro");
        (point.starts_with('/') && has_mode).then(|| Self { point: unescaped(point), options, seen: None })
    }

    pub(super) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|known| known == option)
    }

    /// Whether a path lies on this file system, unless another one is mounted further down.
    pub(super) fn covers(&self, path: &str) -> bool {
        let point = self.point.trim_end_matches('/');
        path.strip_prefix(point).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// `/proc/mounts` writes a blank as `\040`.
fn unescaped(point: &str) -> String {
    point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}
