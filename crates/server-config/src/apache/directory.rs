//! `ap_directory_walk()`: from the root down to the file, with `<Directory>`, `.htaccess` and symbolic links.

use std::rc::Rc;

use super::fnmatch::{self, Slash};
use super::head;
use super::htaccess::Htaccess;
use super::layers::Layer;
use super::options::{self, Options, Override};
use super::run::{End, Phase, Run};
use super::sections::{self, Target};
use super::tree::Directive;
use crate::source::{Entry, Link};
use crate::walk::{Needs, Verdict};

/// A `<Directory>` that is no regular expression, and how deep it is.
struct Plain<'a> {
    section: &'a Directive,
    path: String,
    is_pattern: bool,
    /// The number of slashes; 0 for the root.
    depth: usize,
}

/// The layers that a walk found, and for which directory (`AP_NOTE_DIRECTORY_WALK`).
#[derive(Debug, Clone)]
pub(super) struct Walked<'a> {
    directory: String,
    layers: Vec<Rc<Layer<'a>>>,
}

/// The settings that the walk itself needs, as they are at a level.
struct Level {
    options: Options,
    overrides: Override,
}

impl<'a> Run<'a> {
    pub(super) fn directory_walk(&mut self) -> Phase<'a> {
        let Some(filename) = self.filename.clone() else { return Ok(()) };
        let (plain, regexes) = self.directory_sections();
        let whole = self.entry_of(&filename);
        if self.take_walk(&filename, whole)? {
            return Ok(());
        }
        let from = self.scope.layers.len();
        let mut level = Level {
            options: Options::of(&self.scope),
            overrides: self.scope.layers.iter().fold(Override::default(), |all, layer| all.under(layer)),
        };
        let mut path = String::new();
        let mut rest = filename.trim_start_matches('/');
        let mut depth = 1;
        loop {
            self.level(&plain, &path, depth, &mut level)?;
            let (part, after) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            if part.is_empty() {
                self.entry = if whole == Entry::Unknown { whole } else { Entry::Directory };
                self.filename = Some(format!("{path}/"));
                self.path_info.clear();
                if rest.is_empty() && !filename.ends_with('/') {
                    self.filename = Some(path.clone());
                }
                break;
            }
            path = format!("{path}/{part}");
            rest = after.trim_start_matches('/');
            // A file that exists is not looked at again where links are followed anyway, and the sections for
            // its own name with a slash behind it are tried like those of a directory.
            let is_trusted = matches!(whole, Entry::File | Entry::Directory | Entry::Special)
                && level.options.has(options::SYM_LINKS)
                && !level.options.has(options::SYM_OWNER);
            let here =
                if is_trusted && !after.is_empty() { Entry::Directory } else { self.look(&path, &level)? };
            // What was not given is taken to be there; the outcome says so.
            let here = match here {
                Entry::Unknown => {
                    self.assume(sections::whether_exists(&filename));
                    if after.is_empty() { here } else { Entry::Directory }
                }
                here => here,
            };
            if here != Entry::Directory {
                if is_trusted {
                    self.level(&plain, &path, depth + 1, &mut level)?;
                }
                self.arrive(path, after, here)?;
                break;
            }
            if after.is_empty() {
                self.level(&plain, &path, depth + 1, &mut level)?;
                self.arrive(path, "", here)?;
                break;
            }
            depth += 1;
        }
        self.directory_regexes(regexes)?;
        let layers = self.scope.layers[from..].to_vec();
        let filename = self.filename.clone().unwrap_or_default();
        let is_directory = self.entry == Entry::Directory;
        let directory = if is_directory { filename } else { parent(&filename).to_owned() };
        self.walked = Some(Walked { directory, layers });
        Ok(())
    }

    /// A subrequest or redirect inside the same directory keeps the layers of the walk before it.
    fn take_walk(&mut self, filename: &str, whole: Entry) -> Phase<'a, bool> {
        let directory = match whole {
            Entry::File => parent(filename).to_owned(),
            Entry::Directory if self.path_info.is_empty() => format!("{}/", filename.trim_end_matches('/')),
            _ => return Ok(false),
        };
        let Some(walked) = self.walked.clone().filter(|walked| walked.directory == directory) else {
            return Ok(false);
        };
        self.scope.layers.extend(walked.layers);
        let level = Level { options: Options::of(&self.scope), overrides: Override::default() };
        self.entry = self.look(filename, &level)?;
        Ok(true)
    }

    /// The walk ended at a file, or at a name that does not exist; what is left of the path is its path info.
    fn arrive(&mut self, path: String, after: &str, here: Entry) -> Phase<'a> {
        self.entry = here;
        self.path_info = format!("{after}{}", self.path_info);
        self.filename = Some(path);
        Ok(())
    }

    /// The sections by path: the plain ones by depth, and the regular expressions behind them
    /// (`reorder_sorter()` in `server/core.c`).
    fn directory_sections(&self) -> (Vec<Plain<'a>>, Vec<(&'a Directive, &'a str)>) {
        let mut plain = Vec::new();
        let mut regexes = Vec::new();
        for section in head::sections(&self.chosen, &["Directory", "DirectoryMatch"]) {
            match sections::target(section) {
                Target::Regex(regex) => regexes.push((section, regex)),
                Target::Pattern(text) | Target::Plain(text) => {
                    let path = if text.ends_with('/') { text.to_owned() } else { format!("{text}/") };
                    let depth = if path == "/" { 0 } else { path.matches('/').count() };
                    plain.push(Plain { section, is_pattern: fnmatch::is_pattern(text), path, depth });
                }
            }
        }
        plain.sort_by_key(|section| section.depth);
        (plain, regexes)
    }

    /// One directory on the way: its sections, then its `.htaccess`.
    fn level(&mut self, plain: &[Plain<'a>], path: &str, depth: usize, level: &mut Level) -> Phase<'a> {
        let own = format!("{path}/");
        for section in plain {
            let matched = match section.depth {
                0 => depth == 1,
                deep if deep != depth => false,
                _ if section.is_pattern => fnmatch::matches(&section.path, &own, Slash::Separates),
                _ => section.path == own,
            };
            if matched {
                let because = format!("`{own}` is on the way to the file");
                self.step("directory", Some(section.section), Verdict::Hit, because);
                let layer =
                    Layer::new(Some(section.section), section.section.children(), Some(&section.path));
                level.options = level.options.under(&layer);
                level.overrides = level.overrides.under(&layer);
                self.scope.layers.push(layer);
            }
        }
        if let Some(htaccess) = self.config.htaccess.as_ref().filter(|htaccess| htaccess.directory == path) {
            let layer = Layer::new(None, &self.config.directives, Some(&own));
            level.options = level.options.under(&layer);
            let because = format!("the `.htaccess` is taken to stand in `{}/`", htaccess.directory);
            self.step("directory", self.config.directives.first(), Verdict::Hit, because);
            self.scope.layers.push(layer);
            return Ok(());
        }
        if level.overrides.is_none() || self.config.htaccess.is_some() {
            return Ok(());
        }
        if let Some(layer) = Htaccess::new(self, &level.overrides).find(path)? {
            level.options = level.options.under(&layer);
            self.scope.layers.push(layer);
        }
        Ok(())
    }

    /// What is at a path, links judged.
    fn look(&mut self, path: &str, level: &Level) -> Phase<'a, Entry> {
        if let Some(link) = self.files.link(path)
            && !level.options.has(options::SYM_LINKS)
        {
            let names: &[&str] = &["FollowSymLinks", "SymLinksIfOwnerMatch", "All", "None"];
            let rule = options::decider(&self.scope, names);
            let by_owner = level.options.has(options::SYM_OWNER);
            let because = match link {
                Link::SameOwner if by_owner => None,
                Link::Unseen if by_owner => {
                    let needs = Needs(format!("the owners of the link `{path}` and of its target"));
                    return match rule {
                        Some(rule) => self.unknown(rule, needs),
                        None => Err(End::Unknown(needs, None)),
                    };
                }
                _ if by_owner => Some(format!("`{path}` is a link to a file of another owner")),
                _ => Some(format!("`{path}` is a symbolic link, and `FollowSymLinks` is off")),
            };
            if let Some(because) = because {
                return self.refuse("directory", rule, 403, because);
            }
        }
        match self.entry_of(path) {
            Entry::Special => {
                self.refuse("directory", None, 403, format!("`{path}` is neither a file nor a directory"))
            }
            entry => Ok(entry),
        }
    }

    /// The files around a `.htaccess` whose directory nobody named cannot be seen.
    fn entry_of(&self, path: &str) -> Entry {
        match &self.config.htaccess {
            Some(htaccess) if !htaccess.is_placed => Entry::Unknown,
            _ => self.files.entry(path),
        }
    }

    fn directory_regexes(&mut self, regexes: Vec<(&'a Directive, &'a str)>) -> Phase<'a> {
        let path = self.filename.clone().unwrap_or_default();
        for (section, regex) in regexes {
            if self.section_regex(section, regex, &path)? {
                self.step("directory", Some(section), Verdict::Hit, format!("it matches `{path}`"));
                let layer = Layer::new(Some(section), section.children(), Some(section.arg(0)));
                self.scope.layers.push(layer);
            }
        }
        Ok(())
    }
}

/// The directory of a file, with its slash.
fn parent(path: &str) -> &str {
    &path[..path.rfind('/').map_or(0, |slash| slash + 1)]
}
