//! A frontend, backend or listen section with the `defaults` that stand behind it.

use super::Config;
use super::tree::{Line, Section};

/// A proxy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proxy<'a> {
    pub(super) section: &'a Section,
    /// The `defaults` section that it takes its settings and first rules from.
    pub(super) defaults: Option<&'a Section>,
    config: &'a Config,
}

/// What a setting of the two says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Tcp,
    Http,
    Other,
}

/// All proxies in order, those of the kind and name first found.
pub(super) fn proxies(config: &Config) -> Vec<Proxy<'_>> {
    let mut last_defaults = None;
    let mut found = Vec::new();
    for section in &config.sections {
        match section.kind() {
            "defaults" => last_defaults = Some(section),
            "frontend" | "backend" | "listen" => {
                let defaults = named_defaults(config, section).or(last_defaults);
                found.push(Proxy { section, defaults, config });
            }
            _ => {}
        }
    }
    found
}

/// The section that `from NAME` names (<https://docs.haproxy.org/2.6/configuration.html#4>).
fn named_defaults<'a>(config: &'a Config, section: &Section) -> Option<&'a Section> {
    let words = &section.header.words;
    let at = words.iter().position(|word| &**word == "from")?;
    let name = words.get(at + 1)?;
    config.sections.iter().rev().find(|other| other.kind() == "defaults" && other.name() == &**name)
}

impl<'a> Proxy<'a> {
    pub(super) fn is_frontend(&self) -> bool {
        matches!(self.section.kind(), "frontend" | "listen")
    }

    pub(super) fn is_backend(&self) -> bool {
        matches!(self.section.kind(), "backend" | "listen")
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        std::ptr::eq(self.section, other.section)
    }

    pub(super) fn is_disabled(&self) -> bool {
        self.setting("disabled").is_some_and(|line| line.word(0) == "disabled")
    }

    /// `frontend NAME`
    pub(super) fn text(&self) -> String {
        format!("{} {}", self.section.kind(), self.section.name())
    }

    pub(super) fn mode(&self) -> Mode {
        match self.setting("mode").map_or("tcp", |line| line.word(1)) {
            "http" => Mode::Http,
            "tcp" => Mode::Tcp,
            _ => Mode::Other,
        }
    }

    /// The section itself, then its defaults and theirs.
    fn levels(&self) -> Vec<&'a Section> {
        let mut levels = vec![self.section];
        let mut next = self.defaults;
        while let Some(section) = next.filter(|_| levels.len() < 8) {
            levels.push(section);
            next = named_defaults(self.config, section);
        }
        levels
    }

    /// The last line of that keyword in the innermost section that has one.
    pub(super) fn setting(&self, keyword: &str) -> Option<&'a Line> {
        let is_disabling = |line: &Line| keyword == "disabled" && line.word(0) == "enabled";
        self.levels().into_iter().find_map(|section| {
            section.active().rev().find(|line| line.word(0) == keyword || is_disabling(line))
        })
    }

    /// `option NAME`, unless a later `no option NAME` takes it back.
    pub(super) fn option(&self, name: &str) -> Option<&'a Line> {
        for section in self.levels() {
            for line in section.active().rev() {
                let (sign, rest) = match line.word(0) {
                    "no" | "default" => (false, 1),
                    _ => (true, 0),
                };
                if line.word(rest) == "option" && line.word(rest + 1) == name {
                    return sign.then_some(line);
                }
            }
        }
        None
    }

    /// The rules of that keyword: those of the defaults go first, and are marked so.
    pub(super) fn rules(&self, keyword: &'static str) -> impl Iterator<Item = (&'a Line, bool)> + use<'a> {
        let defaults = self.defaults.into_iter().flat_map(move |section| section.all(keyword));
        defaults.map(|line| (line, true)).chain(self.own(keyword).map(|line| (line, false)))
    }

    /// The lines of that keyword in the section itself.
    pub(super) fn own(&self, keyword: &'static str) -> impl Iterator<Item = &'a Line> + use<'a> {
        self.section.active().filter(move |line| line.word(0) == keyword)
    }
}
