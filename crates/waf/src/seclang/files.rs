//! From a path to directives: which files make up a rule set, and what they include.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lexer::{LogicalLine, logical_lines, words};
use super::report::{LoadReport, UnloadedLine};
use super::{Directive, base};
use crate::{Error, Like};

/// Includes may include; a loop must end.
const MAX_DEPTH: usize = 16;

/// Directives of a whole rule set in the order in which the engine would read them.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) directives: Vec<Directive>,
    pub(crate) report: LoadReport,
    /// Index in `directives` before which settings of the caller belong: after the set-up, before the rules.
    pub(crate) rules_start: usize,
}

/// Reads a rule set: a folder (a checkout of the CRS, the distribution's package) or a configuration file.
pub(crate) fn read(path: &Path, like: Like) -> Result<Source, Error> {
    let mut reader = Reader { like, source: Source::default() };
    let metadata = fs::metadata(path).map_err(|error| Error::Unreadable { path: path.to_owned(), error })?;
    if metadata.is_dir() {
        reader.folder(path)?;
    } else {
        reader.configuration(path)?;
    }
    if reader.source.directives.is_empty() {
        return Err(Error::NoRules { path: path.to_owned() });
    }
    Ok(reader.source)
}

/// Reads a text as if it were a configuration file.
pub(crate) fn read_text(text: &str, like: Like) -> Result<Source, Error> {
    let mut reader = Reader { like, source: Source::default() };
    let name = Path::new("<text>");
    reader.text(text, &Arc::from(name), 0)?;
    reader.complete();
    if reader.source.directives.is_empty() {
        return Err(Error::NoRules { path: name.to_owned() });
    }
    Ok(reader.source)
}

/// Reads a file that rules name. What is no plain file, or larger than any list, is an error: a device may have no end.
pub(crate) fn named(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let metadata = fs::metadata(path).map_err(|error| failed(&error))?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(failed(&"no plain file of a size that is read"));
    }
    fs::read(path).map_err(|error| failed(&error))
}

/// A file of rules or of phrases is not larger than this.
const LARGEST: u64 = 64 << 20;

struct Reader {
    like: Like,
    source: Source,
}

impl Reader {
    fn folder(&mut self, folder: &Path) -> Result<(), Error> {
        self.base();
        let loader = folder.join("owasp-crs.load");
        let rules = folder.join("rules");
        if loader.is_file() {
            self.file(&loader, 0)?;
            self.source.rules_start = self.start_of_rules();
            return Ok(());
        }
        self.set_up(folder)?;
        let rules = if rules.is_dir() { rules } else { folder.to_owned() };
        let plugins = folder.join("plugins");
        for pattern in ["*-config.conf", "*-before.conf"] {
            self.matching(&plugins.join(pattern), 0)?;
        }
        self.source.rules_start = self.source.directives.len();
        self.matching(&rules.join("*.conf"), 0)?;
        self.matching(&plugins.join("*-after.conf"), 0)
    }

    /// A configuration file is complete where it switches the engine; a file of rules alone gets the base.
    fn configuration(&mut self, path: &Path) -> Result<(), Error> {
        self.file(path, 0)?;
        self.complete();
        Ok(())
    }

    /// Adds what a configuration lacks: the base, and where the rules begin.
    fn complete(&mut self) {
        let complete = self
            .source
            .directives
            .iter()
            .any(|directive| directive.is("SecRuleEngine") || directive.is("SecRequestBodyAccess"));
        if !complete {
            let own = std::mem::take(&mut self.source.directives);
            self.base();
            self.source.directives.extend(own);
        }
        self.source.rules_start = self.start_of_rules();
    }

    /// Rules begin where the CRS begins to initialise, else at the first rule.
    fn start_of_rules(&self) -> usize {
        let directives = &self.source.directives;
        let initialises = |directive: &Directive| {
            directive.file.file_name().is_some_and(|name| name == "REQUEST-901-INITIALIZATION.conf")
        };
        let first = directives.iter().position(initialises);
        first.or_else(|| directives.iter().position(|directive| directive.is("SecRule"))).unwrap_or(0)
    }

    fn set_up(&mut self, folder: &Path) -> Result<(), Error> {
        for name in ["crs-setup.conf", "crs-setup.conf.example"] {
            for candidate in [folder.join(name), folder.join("..").join(name)] {
                if candidate.is_file() {
                    return self.file(&candidate, 0);
                }
            }
        }
        self.text(base::SETUP, &built_in("setup"), 0)
    }

    fn base(&mut self) {
        let unmatched = match self.like {
            Like::ModSecurity2 => base::UNMATCHED_BOUNDARY_2,
            Like::ModSecurity3 | Like::Coraza => base::UNMATCHED_BOUNDARY_3,
        };
        let text = [base::RECOMMENDED, unmatched, base::INTERNAL_ERRORS].concat();
        // The text is ours and includes nothing: reading it cannot fail.
        let _ = self.text(&text, &built_in("base"), 0);
    }

    fn file(&mut self, path: &Path, depth: usize) -> Result<(), Error> {
        let metadata = fs::metadata(path);
        let unreadable = |error| Error::Unreadable { path: path.to_owned(), error };
        if metadata.as_ref().is_ok_and(|metadata| !metadata.is_file() || metadata.len() > LARGEST) {
            return Err(unreadable(std::io::Error::other("it is no plain file of a size that is read")));
        }
        let bytes = fs::read(path).map_err(unreadable)?;
        let text = String::from_utf8_lossy(&bytes);
        let name: Arc<Path> = Arc::from(path);
        self.source.report.files.push(Arc::clone(&name));
        self.text(&text, &name, depth)
    }

    fn text(&mut self, text: &str, file: &Arc<Path>, depth: usize) -> Result<(), Error> {
        let mut skipped_section: Option<String> = None;
        for line in logical_lines(text) {
            if let Some(section) = line.text.strip_prefix('<') {
                self.section(section, &line, file, &mut skipped_section);
            } else if skipped_section.is_none() {
                self.directive(&line, file, depth)?;
            }
        }
        Ok(())
    }

    /// Sections that hold on every request are entered; what holds for some requests only is left out, and said.
    fn section(&mut self, section: &str, line: &LogicalLine, file: &Arc<Path>, skipped: &mut Option<String>) {
        let name: String =
            section.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        if section.starts_with('/') {
            if skipped.as_deref().is_some_and(|open| open.eq_ignore_ascii_case(&name)) {
                *skipped = None;
            }
            return;
        }
        let transparent = ["IfModule", "IfDefine", "IfVersion", "VirtualHost"];
        let negated = section.split_whitespace().nth(1).is_some_and(|word| word.starts_with('!'));
        let entered = transparent.iter().any(|known| known.eq_ignore_ascii_case(&name)) && !negated;
        if entered || skipped.is_some() {
            return;
        }
        self.unloaded(
            file,
            line.first,
            format!("the section <{name}> is not simulated; its lines are left out"),
        );
        *skipped = Some(name);
    }

    fn directive(&mut self, line: &LogicalLine, file: &Arc<Path>, depth: usize) -> Result<(), Error> {
        let mut arguments = words(&line.text, self.like);
        if arguments.is_empty() {
            return Ok(());
        }
        let name = arguments.remove(0);
        let optional = name.eq_ignore_ascii_case("IncludeOptional");
        if optional || name.eq_ignore_ascii_case("Include") {
            let Some(pattern) = arguments.first() else {
                self.unloaded(file, line.first, format!("{name} names no file"));
                return Ok(());
            };
            return self.include(pattern, optional, (file, line.first), depth);
        }
        self.source.directives.push(Directive {
            name,
            arguments,
            file: Arc::clone(file),
            first_line: line.first,
            last_line: line.last,
        });
        Ok(())
    }

    fn include(
        &mut self,
        pattern: &str,
        optional: bool,
        at: (&Arc<Path>, u32),
        depth: usize,
    ) -> Result<(), Error> {
        let (file, line) = at;
        if depth >= MAX_DEPTH {
            self.unloaded(file, line, format!("includes are nested more than {MAX_DEPTH} deep"));
            return Ok(());
        }
        let written = Path::new(pattern);
        let path = match file.parent() {
            Some(parent) if written.is_relative() => parent.join(written),
            _ => written.to_owned(),
        };
        let before = self.source.report.files.len();
        self.matching(&path, depth + 1)?;
        if self.source.report.files.len() == before && !optional && !pattern.contains(['*', '?']) {
            self.unloaded(file, line, format!("the included file {pattern} cannot be read"));
        }
        Ok(())
    }

    /// Reads the files that a path with `*` and `?` in its last part names, in order of their names.
    fn matching(&mut self, pattern: &Path, depth: usize) -> Result<(), Error> {
        let name = name_of(pattern);
        if !name.contains(['*', '?']) {
            return if pattern.is_file() { self.file(pattern, depth) } else { Ok(()) };
        }
        let folder = pattern.parent().unwrap_or(Path::new("."));
        let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.is_file() && glob(name.as_bytes(), name_of(path).as_bytes()));
        paths.sort();
        for path in paths {
            self.file(&path, depth)?;
        }
        Ok(())
    }

    fn unloaded(&mut self, file: &Arc<Path>, line: u32, reason: String) {
        self.source.report.unloaded.push(UnloadedLine { file: Arc::clone(file), line, rule: None, reason });
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The name under which lines of the built-in configuration are reported.
fn built_in(part: &str) -> Arc<Path> {
    Arc::from(Path::new("<built-in>").join(part))
}

/// Shell patterns with `*` and `?`.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => glob(rest, name) || (!name.is_empty() && glob(pattern, &name[1..])),
        (Some((b'?', rest)), Some((_, name))) => glob(rest, name),
        (Some((expected, rest)), Some((found, name))) => expected == found && glob(rest, name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        assert!(glob(b"*.conf", b"REQUEST-901.conf"));
        assert!(!glob(b"*.conf", b"a.conf.example"));
        assert!(glob(b"a?c*", b"abcde"));
    }
}
