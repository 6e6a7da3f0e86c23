//! `.htaccess`: where it is read, and what it may hold (`ap_parse_htaccess()` in `server/config.c`).

use std::rc::Rc;

use super::directives;
use super::layers::Layer;
use super::options::Override;
use super::parse::{self, Parsed};
use super::run::{End, Phase, Run};
use super::tree::Directive;
use crate::source::{Entry, ReadError};
use crate::walk::{Needs, Verdict};

/// The search for the file of one directory.
pub(super) struct Htaccess<'r, 'a> {
    run: &'r mut Run<'a>,
    overrides: &'r Override,
}

impl<'r, 'a> Htaccess<'r, 'a> {
    pub(super) fn new(run: &'r mut Run<'a>, overrides: &'r Override) -> Self {
        Self { run, overrides }
    }

    /// The first file of `AccessFileName` that is there; a fault in it is a 500.
    pub(super) fn find(self, directory: &str) -> Phase<'a, Option<Rc<Layer<'a>>>> {
        let names = match self.run.defaults.last("AccessFileName") {
            Some(rule) => rule.words.iter().map(|word| word.to_string()).collect(),
            None => vec![".htaccess".to_owned()],
        };
        for name in names {
            let path = format!("{directory}/{name}");
            let run = &mut *self.run;
            let reads = match run.files.read(&path) {
                Ok(_) => true,
                Err(ReadError::Absent) => false,
                Err(ReadError::NotGiven) if run.files.entry(&format!("{directory}/")) == Entry::Directory => {
                    false
                }
                // The files of the directory were not given at all, so nobody knows whether there is one.
                Err(ReadError::NotGiven) => {
                    let needs = Needs(format!("whether there is a `{path}`, and what it says"));
                    run.assume(needs);
                    false
                }
                Err(error) => {
                    let because = format!("`{path}`: {error}");
                    return run.refuse("directory", None, 403, because);
                }
            };
            if !reads {
                continue;
            }
            let (config, files) = (run.config, run.files);
            let shelf = run.shelf;
            let read = || Some(parse::parse(files, &path, config.known.clone(), &config.server_root));
            let Some(parsed) = shelf.keep(&path, read) else { continue };
            return self.checked(parsed, directory).map(Some);
        }
        Ok(None)
    }

    fn checked(self, parsed: &'a Parsed, directory: &str) -> Phase<'a, Rc<Layer<'a>>> {
        if let Some(warning) = parsed.warnings.first() {
            let because = format!("`.htaccess` has a fault: {}", warning.text);
            self.run.step("directory", parsed.directives.first(), Verdict::Hit, because);
            return Err(End::Status(500, warning.place.clone()));
        }
        if let Some((rule, because)) = self.first_fault(&parsed.directives) {
            return self.run.refuse("directory", Some(rule), 500, because.to_owned());
        }
        let because = format!("it holds for all below `{directory}/`");
        let place = parsed.sources.iter().next().map(|source| source.name.to_string()).unwrap_or_default();
        self.run.step("directory", None, Verdict::Hit, format!("`{place}` is read: {because}"));
        Ok(Layer::new(None, &parsed.directives, Some(directory)))
    }

    /// A directive that does not exist, or that `AllowOverride` does not allow.
    fn first_fault(&self, directives: &'a [Directive]) -> Option<(&'a Directive, &'static str)> {
        directives.iter().filter(|rule| rule.is_active).find_map(|rule| {
            let name = if rule.is_section() { format!("<{}>", rule.name) } else { rule.name.to_string() };
            let known =
                directives::lookup(&name).filter(|known| self.run.config.known.has_module(known.module));
            match known {
                None => Some((rule, "no loaded module has this directive")),
                Some(known) if !self.overrides.allows(rule, known.class) && !self.overrides.is_lenient => {
                    Some((rule, "`AllowOverride` does not allow it here"))
                }
                Some(_) => self.first_fault(rule.children()),
            }
        })
    }
}

impl Run<'_> {
    /// The outcome rests on this.
    pub(super) fn assume(&mut self, needs: Needs) {
        if !self.assuming.contains(&needs) {
            let because = format!("{needs} would have to be known");
            self.step("directory", None, Verdict::Unknown(needs.clone()), because);
            self.assuming.push(needs);
        }
    }
}
