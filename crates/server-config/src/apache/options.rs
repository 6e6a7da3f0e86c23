//! `Options` and `AllowOverride`, merged over the layers (`set_options()`, `merge_core_dir_configs()` and
//! `core_opts_merge()` in `server/core.c` and `server/request.c`).

use super::layers::{Layer, Scope};
use super::tree::Directive;

/// One option's bit.
pub(super) const INDEXES: u16 = 1;
pub(super) const INCLUDES: u16 = 2;
pub(super) const SYM_LINKS: u16 = 4;
pub(super) const EXEC_CGI: u16 = 8;
pub(super) const SYM_OWNER: u16 = 64;
pub(super) const MULTI_VIEWS: u16 = 128;
const ALL: u16 = INDEXES | INCLUDES | SYM_LINKS | EXEC_CGI;

fn bit(name: &str) -> Option<u16> {
    let known = [
        ("indexes", INDEXES),
        ("includes", INCLUDES),
        ("includesnoexec", INCLUDES),
        ("followsymlinks", SYM_LINKS),
        ("symlinksifownermatch", SYM_OWNER),
        ("execcgi", EXEC_CGI),
        ("multiviews", MULTI_VIEWS),
        ("all", ALL),
        ("none", 0),
    ];
    known.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, bit)| *bit)
}

/// The options that hold, and how they came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Options {
    bits: u16,
    add: u16,
    remove: u16,
    /// No directive without `+` or `-` set them as a whole.
    is_relative: bool,
}

impl Options {
    pub(super) const NONE: Self = Self { bits: 0, add: 0, remove: 0, is_relative: true };
    /// `FollowSymLinks` holds where nothing is said (2.4).
    const DEFAULT: Self = Self { bits: SYM_LINKS, ..Self::NONE };

    pub(super) fn has(self, bit: u16) -> bool {
        self.bits & bit == bit
    }

    /// `Options` of one section, one directive after the other.
    fn directive(&mut self, rule: &Directive) {
        for (index, word) in rule.words.iter().enumerate() {
            let (sign, name) = match word.split_at_checked(1) {
                Some((sign @ ("+" | "-"), name)) => (sign, name),
                _ => ("", &**word),
            };
            if index == 0 && sign.is_empty() {
                (self.bits, self.is_relative) = (0, false);
            }
            let Some(bit) = bit(name) else { continue };
            match sign {
                "-" => {
                    self.remove |= bit;
                    self.add &= !bit;
                    self.bits &= !bit;
                }
                "+" => {
                    self.add |= bit;
                    self.remove &= !bit;
                    self.bits |= bit;
                }
                _ => self.bits |= bit,
            }
        }
    }

    /// An inner section over these.
    fn merge(self, inner: Self) -> Self {
        if !inner.is_relative {
            return inner;
        }
        let add = (self.add & !inner.remove) | inner.add;
        let remove = (self.remove & !inner.add) | inner.remove;
        Self { bits: (self.bits & !remove) | add, add, remove, is_relative: self.is_relative }
    }

    /// The options after one more layer.
    pub(super) fn under(self, layer: &Layer<'_>) -> Self {
        let mut inner = Self::NONE;
        layer.named("Options").for_each(|rule| inner.directive(rule));
        self.merge(inner)
    }

    pub(super) fn of(scope: &Scope<'_>) -> Self {
        let mut layers = scope.layers.iter();
        let mut options = Self::DEFAULT;
        if let Some(main) = layers.next() {
            main.named("Options").for_each(|rule| options.directive(rule));
        }
        layers.fold(options, |options, layer| options.under(layer))
    }
}

/// The directive of the layers that gives or takes an option, the innermost.
pub(super) fn decider<'a>(scope: &Scope<'a>, names: &[&str]) -> Option<&'a Directive> {
    let decides = |rule: &&'a Directive| {
        rule.words.iter().any(|word| {
            let name = word.trim_start_matches(['+', '-']);
            !word.starts_with(['+', '-']) || names.iter().any(|own| own.eq_ignore_ascii_case(name))
        })
    };
    scope.layers.iter().rev().find_map(|layer| {
        let rules: Vec<&'a Directive> = layer.named("Options").collect();
        rules.into_iter().rfind(decides)
    })
}

/// What `.htaccess` may hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Override {
    /// No `AllowOverride` was met: the files are read then, and may hold nothing (`OR_UNSET` is a bit of its own).
    is_set: bool,
    classes: Vec<String>,
    /// `AllowOverrideList`.
    directives: Vec<String>,
    /// `Options=Indexes,...`: the only options allowed; empty for all.
    options: Option<Vec<String>>,
    /// `Nonfatal=Override` or `Nonfatal=All`: what is not allowed is passed over.
    pub(super) is_lenient: bool,
}

impl Override {
    /// The setting after one more layer; without one there it stays.
    pub(super) fn under(&self, layer: &Layer<'_>) -> Self {
        let mut own = self.clone();
        if let Some(rule) = layer.last("AllowOverride") {
            (own.is_set, own.classes, own.options, own.is_lenient) = (true, Vec::new(), None, false);
            for word in &rule.words {
                own.word(&word.to_ascii_lowercase());
            }
        }
        if let Some(rule) = layer.last("AllowOverrideList") {
            let names = rule.words.iter().map(|word| word.to_ascii_lowercase());
            own.directives = names.filter(|name| name != "none").collect();
        }
        own
    }

    fn word(&mut self, word: &str) {
        match word.split_once('=') {
            Some(("nonfatal", what)) => self.is_lenient |= matches!(what, "override" | "all"),
            Some(("options", list)) => {
                self.classes.push("options".to_owned());
                self.options = Some(list.split(',').map(str::to_owned).collect());
            }
            _ if word == "none" => {}
            _ => self.classes.push(word.to_owned()),
        }
    }

    /// Whether any `.htaccess` is read at all.
    pub(super) fn is_none(&self) -> bool {
        self.is_set && self.classes.is_empty() && self.directives.is_empty()
    }

    /// Whether a directive of one of these classes (`FileInfo`, `AuthConfig,Limit`, `All`, `-`) is allowed.
    pub(super) fn allows(&self, rule: &Directive, class: &str) -> bool {
        if self.directives.iter().any(|name| rule.is(name)) {
            return true;
        }
        let has =
            |class: &str| self.classes.iter().any(|own| own.eq_ignore_ascii_case(class) || own == "all");
        match class {
            "-" => false,
            "All" => !self.classes.is_empty(),
            _ => class.split(',').any(has) && self.allows_options(rule),
        }
    }

    fn allows_options(&self, rule: &Directive) -> bool {
        let Some(allowed) = self.options.as_ref().filter(|_| rule.is("Options")) else { return true };
        rule.words.iter().all(|word| {
            let name = word.trim_start_matches(['+', '-']).to_ascii_lowercase();
            name == "none" || allowed.contains(&name)
        })
    }
}
