//! Which sections hold for a request: `<Directory>` with `.htaccess`, `<Files>`, `<Location>`, `<If>`, `<Proxy>`
//! (`ap_directory_walk()` and its relatives in `server/request.c`).

use super::expr::{self, Matched};
use super::fnmatch::{self, Slash};
use super::head;
use super::layers::Layer;
use super::run::{Phase, Run};
use super::tree::Directive;
use crate::pattern::{Captures, Case, Pattern};
use crate::walk::{Needs, Verdict};

/// Ifs in ifs.
const MAX_IFS: usize = 20;

/// What a section's argument says.
pub(super) enum Target<'a> {
    Regex(&'a str),
    Pattern(&'a str),
    Plain(&'a str),
}

/// `<XMatch regex>` and `<X ~ regex>`; else a pattern or a plain text.
pub(super) fn target(section: &Directive) -> Target<'_> {
    let is_match =
        section.name.len() > 5 && section.name[section.name.len() - 5..].eq_ignore_ascii_case("match");
    match section.arg(0) {
        "~" => Target::Regex(section.arg(1)),
        text if is_match => Target::Regex(text),
        text if fnmatch::is_pattern(text) => Target::Pattern(text),
        text => Target::Plain(text),
    }
}

impl<'a> Run<'a> {
    /// `<Location>` in the order of the configuration, the main server's first, then every `<If>`.
    pub(super) fn locations_and_ifs(&mut self, is_told: bool) -> Phase<'a> {
        // Slashes count once here, whatever `MergeSlashes` says, except for regular expressions.
        let (raw, path) = (self.uri.clone(), merged(&self.uri));
        let mut losers = Vec::new();
        for section in head::sections(&self.chosen, &["Location", "LocationMatch"]) {
            let matched = match target(section) {
                Target::Regex(regex) => self.section_regex(section, regex, &raw)?,
                Target::Pattern(pattern) => fnmatch::matches(pattern, &path, Slash::Separates),
                Target::Plain(prefix) => path.strip_prefix(prefix).is_some_and(|rest| {
                    prefix.ends_with('/') || prefix.is_empty() || rest.is_empty() || rest.starts_with('/')
                }),
            };
            if !matched {
                losers.push((section, format!("it does not match `{path}`")));
                continue;
            }
            if is_told {
                self.step("location", Some(section), Verdict::Hit, format!("it matches `{path}`"));
            }
            let layer = Layer::new(Some(section), section.children(), Some(section.arg(0)));
            self.scope.layers.push(layer);
        }
        if is_told && !losers.is_empty() {
            let because = "the other sections by URL path do not hold".to_owned();
            self.step("location", None, Verdict::Miss, because);
            self.losers(losers);
        }
        let ifs = self.ifs_of(0);
        self.ifs(ifs, is_told, 0)
    }

    /// The `<If>`, `<ElseIf>` and `<Else>` sections directly in the layers from one on.
    fn ifs_of(&self, from: usize) -> Vec<&'a Directive> {
        let layers = self.scope.layers.iter().skip(from);
        let sections = layers.flat_map(|layer| layer.sections.iter().copied());
        sections.filter(|section| section.is_any(&["If", "ElseIf", "Else"])).collect()
    }

    /// `ap_if_walk_sub()`: one after the other, and then those inside the ones that hold.
    fn ifs(&mut self, ifs: Vec<&'a Directive>, is_told: bool, depth: usize) -> Phase<'a> {
        if ifs.is_empty() || depth > MAX_IFS {
            return Ok(());
        }
        let from = self.scope.layers.len();
        let mut has_held = None;
        for section in ifs {
            if !section.is("If") && has_held == Some(true) {
                continue;
            }
            let (holds, because) = if section.is("Else") {
                has_held = None;
                (true, "no condition before it holds".to_owned())
            } else {
                let holds = self.condition(section)?;
                has_held = Some(holds);
                (holds, if holds { "the condition holds" } else { "the condition does not hold" }.to_owned())
            };
            if is_told {
                self.step("if", Some(section), if holds { Verdict::Hit } else { Verdict::Miss }, because);
            }
            if holds {
                // `*If` stands where a directory would (`ifsection()` in `server/core.c`).
                self.scope.layers.push(Layer::new(Some(section), section.children(), Some("*If")));
            }
        }
        let inner = self.ifs_of(from);
        self.ifs(inner, is_told, depth + 1)
    }

    fn condition(&mut self, section: &'a Directive) -> Phase<'a, bool> {
        let text = section.arg(0);
        let text = if section.words.len() == 1 { text } else { section.args() };
        match expr::holds(text, self, &mut Matched::default()) {
            Ok(holds) => Ok(holds),
            Err(needs) => self.unknown(section, needs),
        }
    }

    /// A section's regular expression; its named groups become variables `MATCH_NAME`.
    pub(super) fn section_regex(
        &mut self,
        section: &'a Directive,
        regex: &str,
        text: &str,
    ) -> Phase<'a, bool> {
        match Pattern::new(regex, Case::Sensitive).and_then(|pattern| pattern.find(text)) {
            Ok(None) => Ok(false),
            Ok(Some(captures)) => {
                self.named_groups(&captures);
                Ok(true)
            }
            Err(needs) => self.unknown(section, needs),
        }
    }

    fn named_groups(&mut self, captures: &Captures) {
        for (name, value) in &captures.named {
            self.env.set(&format!("MATCH_{}", name.to_ascii_uppercase()), value.clone());
        }
    }

    /// `ap_file_walk()`: the last part of the file's name against every `<Files>` of the layers.
    pub(super) fn file_walk(&mut self) -> Phase<'a> {
        let Some(filename) = self.filename.clone() else { return Ok(()) };
        let name = filename.rsplit('/').next().unwrap_or("").to_owned();
        let all = self.scope.layers.iter().flat_map(|layer| layer.sections.iter().copied());
        let sections: Vec<&'a Directive> =
            all.filter(|section| section.is_any(&["Files", "FilesMatch"])).collect();
        for section in sections {
            let matched = match target(section) {
                Target::Regex(regex) => self.section_regex(section, regex, &name)?,
                Target::Pattern(pattern) => fnmatch::matches(pattern, &name, Slash::Separates),
                Target::Plain(plain) => plain == name,
            };
            let (verdict, because) = match matched {
                true => (Verdict::Hit, format!("it matches the file name `{name}`")),
                false => (Verdict::Miss, format!("it does not match the file name `{name}`")),
            };
            self.step("files", Some(section), verdict, because);
            if matched {
                // Its name stands where a directory would (`filesection()` in `server/core.c`).
                self.scope.layers.push(Layer::new(Some(section), section.children(), Some(section.arg(0))));
            }
        }
        Ok(())
    }

    /// `proxy_walk()`: the URL of the next hop against every `<Proxy>`.
    pub(super) fn proxy_sections(&mut self) -> Phase<'a> {
        let Some((url, _)) = self.proxy.clone() else { return Ok(()) };
        for section in head::sections(&self.chosen, &["Proxy", "ProxyMatch"]) {
            let matched = match target(section) {
                Target::Regex(regex) => self.section_regex(section, regex, &url)?,
                Target::Pattern(pattern) => fnmatch::matches(pattern, &url, Slash::Letter),
                Target::Plain(prefix) => url.starts_with(prefix),
            };
            if matched {
                self.step("proxy", Some(section), Verdict::Hit, format!("it matches `{url}`"));
                let path = section.arg(0).to_owned();
                self.scope.layers.push(Layer::new(Some(section), section.children(), Some(&path)));
            }
        }
        Ok(())
    }
}

/// What would have to be known about a file.
pub(super) fn whether_exists(path: &str) -> Needs {
    Needs::file(path)
}

/// One slash for several (`ap_no2slash()`).
fn merged(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !out.ends_with('/') {
            out.push(c);
        }
    }
    out
}
