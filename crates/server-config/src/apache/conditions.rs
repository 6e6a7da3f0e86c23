//! The sections that are judged while the configuration is read: `<IfModule>`, `<IfDefine>`, `<IfVersion>`,
//! `<IfFile>`, `<IfDirective>`, `<IfSection>` (`server/core.c`, `modules/metadata/mod_version.c`).

use std::collections::{HashMap, HashSet};

use super::directives;
use super::tree::Directive;
use crate::pattern::{Case, Pattern};
use crate::source::{Entry, FileTree};

/// Modules that are part of the program on the usual distributions, so that no `LoadModule` names them.
const BUILT_IN: &[&str] =
    &["core", "so", "http", "watchdog", "log_config", "logio", "version", "unixd", "mpm", "systemd"];

/// The version whose rules are simulated, for `<IfVersion>`.
const VERSION: [u32; 3] = [2, 4, 62];

/// What conditions are judged by; it grows while the configuration is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// The modules loaded so far, by the part of their name between `mod_` and `.c`.
    pub(super) modules: HashSet<String>,
    /// A part of a configuration that loads no module at all: every module is taken as loaded.
    pub(super) assume_modules: bool,
    /// What `Define` and the environment hold.
    pub(super) variables: HashMap<String, String>,
    /// The names that `Define` and `-D` made, for `<IfDefine>`.
    pub(super) defined: HashSet<String>,
}

impl Known {
    /// Whether a module is loaded, by its identifier (`rewrite_module`) or its file (`mod_rewrite.c`).
    pub(super) fn has_module(&self, name: &str) -> bool {
        let stem = stem(name);
        self.assume_modules || BUILT_IN.contains(&stem) || self.modules.contains(stem)
    }

    /// `LoadModule`: the identifier counts, and so does the file's name.
    pub(super) fn load_module(&mut self, directive: &Directive) {
        self.modules.insert(stem(directive.arg(0)).to_owned());
        let file = directive.arg(1).rsplit('/').next().unwrap_or("");
        self.modules.insert(stem(file.trim_end_matches(".so")).to_owned());
    }

    /// `None` for a section that is not a condition of this kind.
    pub(super) fn judge(&self, section: &Directive, files: &FileTree) -> Option<bool> {
        let argument = section.arg(0);
        let (negated, name) = match argument.strip_prefix('!') {
            Some(name) => (true, name),
            None => (false, argument),
        };
        let holds = match section.name.to_ascii_lowercase().as_str() {
            "ifmodule" => self.has_module(name),
            "ifdefine" => self.defined.contains(name),
            "iffile" => !matches!(files.entry(name), Entry::Absent | Entry::Unknown),
            "ifdirective" => directives::lookup(name).is_some_and(|known| self.has_module(known.module)),
            "ifsection" => {
                let name = name.trim_start_matches('<').trim_end_matches('>');
                directives::lookup(&format!("<{name}>")).is_some_and(|known| self.has_module(known.module))
            }
            "ifversion" => return Some(version(section)),
            _ => return None,
        };
        Some(holds != negated)
    }
}

/// `rewrite` for `mod_rewrite.c`, `rewrite_module`, `mod_rewrite`; `php` for `libphp8.1` and `php_module`.
fn stem(name: &str) -> &str {
    let name = name.strip_suffix(".c").or_else(|| name.strip_suffix("_module")).unwrap_or(name);
    let name = name.strip_prefix("mod_").or_else(|| name.strip_prefix("lib")).unwrap_or(name);
    match name.strip_prefix("php") {
        Some(version) if version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => "php",
        _ => name,
    }
}

/// `<IfVersion >= 2.4>`, `<IfVersion ~ ^2\.4\.>`, `<IfVersion 2.4.6>`; a `!` in front negates.
fn version(section: &Directive) -> bool {
    let (operator, value) = match section.arg(1) {
        "" => ("=", section.arg(0)),
        value => (section.arg(0), value),
    };
    let (negated, operator) = match operator.strip_prefix('!') {
        Some(operator) => (true, if operator.is_empty() { "=" } else { operator }),
        None => (false, operator),
    };
    let regex = value.strip_prefix('/').and_then(|text| text.strip_suffix('/'));
    let holds = match (operator, regex) {
        ("~", _) | ("=" | "==", Some(_)) => {
            let own = VERSION.map(|part| part.to_string()).join(".");
            Pattern::new(regex.unwrap_or(value), Case::Sensitive)
                .is_ok_and(|pattern| pattern.find(&own).is_ok_and(|found| found.is_some()))
        }
        _ => {
            let wanted: Vec<u32> = value.split('.').map(|part| part.parse().unwrap_or(0)).collect();
            let part = |index: usize| wanted.get(index).copied().unwrap_or(0);
            let own = VERSION;
            let order = own.cmp(&[part(0), part(1), part(2)]);
            match operator {
                ">" => order.is_gt(),
                ">=" => order.is_ge(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                _ => order.is_eq(),
            }
        }
    };
    holds != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_go_by_several_names() {
        for name in ["mod_rewrite.c", "rewrite_module", "mod_rewrite"] {
            assert_eq!(stem(name), "rewrite");
        }
        assert_eq!(stem("libphp8.1"), "php");
        assert_eq!(stem("php7_module"), "php");
    }
}
