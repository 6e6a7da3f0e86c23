//! Command-line arguments to operations, by curl's own rules of reading them.

use super::apply;
use super::operation::{Operation, UrlSlot};
use super::options::{self, Arity, CurlOption, Effect, Named};
use super::variable::Variables;
use super::{Error, Surroundings};

/// The most config files within config files, and the most operations.
const DEPTH: usize = 8;

/// What was read of a command line.
pub(crate) struct Arguments<'a> {
    pub(crate) surroundings: &'a Surroundings<'a>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) unsupported: Vec<String>,
    pub(crate) ignored: Vec<String>,
    pub(crate) variables: Variables,
    depth: usize,
}

impl<'a> Arguments<'a> {
    /// Reads all arguments, `~/.curlrc` first as curl does unless `-q` leads.
    pub(crate) fn read(args: &[String], surroundings: &'a Surroundings<'a>) -> Result<Self, Error> {
        let mut arguments = Arguments {
            surroundings,
            operations: vec![Operation::default()],
            unsupported: Vec::new(),
            ignored: Vec::new(),
            variables: Variables::default(),
            depth: 0,
        };
        let disabled = args.first().is_some_and(|first| first.starts_with("-q") || first == "--disable");
        if !disabled {
            arguments.read_default_config()?;
        }
        arguments.walk(args)?;
        Ok(arguments)
    }

    /// The operation that options apply to.
    pub(crate) fn current(&mut self) -> &mut Operation {
        if self.operations.is_empty() {
            self.operations.push(Operation::default());
        }
        let last = self.operations.len() - 1;
        &mut self.operations[last]
    }

    fn walk(&mut self, args: &[String]) -> Result<(), Error> {
        let mut args = args.iter();
        let mut options_over = false;
        while let Some(word) = args.next() {
            if options_over || !word.starts_with('-') {
                self.current().urls.push(UrlSlot { text: word.clone() });
            } else if word == "--" {
                options_over = true;
            } else if let Some(name) = word.strip_prefix("--") {
                self.long(name, &mut args)?;
            } else {
                self.letters(word, &mut args)?;
            }
        }
        Ok(())
    }

    /// Reads `--name` with its value from the words that follow.
    fn long(&mut self, name: &str, rest: &mut std::slice::Iter<'_, String>) -> Result<(), Error> {
        self.named(name, || rest.next().cloned())
    }

    /// Reads an option by its long name, `no-` and `expand-` before it allowed.
    pub(crate) fn named(
        &mut self,
        name: &str,
        mut value: impl FnMut() -> Option<String>,
    ) -> Result<(), Error> {
        let (expand, name) = match name.strip_prefix("expand-") {
            Some(name) => (true, name),
            None => (false, name),
        };
        let (on, bare) = match name.strip_prefix("no-") {
            Some(bare) => (false, bare),
            None => (true, name),
        };
        let option = match options::by_name(bare) {
            Named::One(option) => option,
            Named::Several => return Err(Error::Ambiguous(format!("--{name}"))),
            Named::Unknown => return Err(Error::Unknown(format!("--{name}"))),
        };
        if !on && option.arity != Arity::Switch {
            return Err(Error::Unknown(format!("--{name}")));
        }
        if option.arity != Arity::Value {
            return self.take(option, "", on);
        }
        let mut value = value().ok_or_else(|| Error::ValueMissing(format!("--{name}")))?;
        if expand {
            value = self.variables.expand(&value)?;
        }
        self.take(option, &value, on)
    }

    /// Reads `-abcVALUE`.
    fn letters(&mut self, word: &str, rest: &mut std::slice::Iter<'_, String>) -> Result<(), Error> {
        if word.len() == 1 {
            return Err(Error::Unknown("-".into()));
        }
        for (at, letter) in word.char_indices().skip(1) {
            let option = options::by_letter(letter).ok_or_else(|| Error::Unknown(format!("-{letter}")))?;
            if option.arity != Arity::Value {
                self.take(option, "", true)?;
                if option.name == "next" {
                    return Ok(());
                }
                continue;
            }
            let attached = &word[at + letter.len_utf8()..];
            let value = if attached.is_empty() { rest.next().cloned() } else { Some(attached.to_owned()) };
            let value = value.ok_or_else(|| Error::ValueMissing(format!("-{letter}")))?;
            return self.take(option, &value, true);
        }
        Ok(())
    }

    fn take(&mut self, option: &'static CurlOption, value: &str, on: bool) -> Result<(), Error> {
        let shown = if on { format!("--{}", option.name) } else { format!("--no-{}", option.name) };
        match option.effect {
            // `--no-negotiate` and the like ask for what is the case anyway.
            Effect::Unsupported if on => note(&mut self.unsupported, &shown),
            Effect::Unsupported | Effect::Harmless => note(&mut self.ignored, &shown),
            Effect::Shaping => match option.name {
                "next" => self.next_operation(),
                "config" => self.read_config(value)?,
                "variable" => {
                    let surroundings = self.surroundings;
                    self.variables.set(value, surroundings)?;
                }
                "disable" => {}
                // The name of an interface or a host would have to be looked up on this machine.
                "interface" if value.parse::<std::net::IpAddr>().is_err() => {
                    note(&mut self.unsupported, &shown);
                }
                // Otherwise the date is that of a file of this name.
                "time-cond" if !apply::is_date(value) => note(&mut self.unsupported, &shown),
                name => apply::apply(self, name, value, on)?,
            },
        }
        Ok(())
    }

    fn next_operation(&mut self) {
        if !self.current().urls.is_empty() {
            self.operations.push(Operation::default());
        }
    }

    /// Reads a config file (`-K`).
    pub(crate) fn read_config(&mut self, name: &str) -> Result<(), Error> {
        let text = self.surroundings.read(name)?;
        self.config_text(name, &String::from_utf8_lossy(&text))
    }

    fn config_text(&mut self, name: &str, text: &str) -> Result<(), Error> {
        if self.depth >= DEPTH {
            return Err(Error::Value(format!("config file {name}: more than {DEPTH} within each other")));
        }
        self.depth += 1;
        for (option, value) in super::config_file::lines(text) {
            let mut value = value;
            let bare = option.trim_start_matches('-');
            let result = if option.starts_with('-') && !option.starts_with("--") {
                let mut words = vec![option.clone()];
                words.extend(value);
                self.walk(&words)
            } else {
                self.named(bare, || value.take())
            };
            result.map_err(|error| Error::InConfig(name.to_owned(), Box::new(error)))?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// curl looks for `.curlrc` in CURL_HOME, XDG_CONFIG_HOME and HOME; the first that can be read counts.
    fn read_default_config(&mut self) -> Result<(), Error> {
        let folders = ["CURL_HOME", "XDG_CONFIG_HOME", "HOME"];
        for folder in folders.iter().filter_map(|name| (self.surroundings.environment)(name)) {
            let name = format!("{folder}/.curlrc");
            if let Ok(text) = (self.surroundings.files)(&name) {
                return self.config_text(&name, &String::from_utf8_lossy(&text));
            }
        }
        Ok(())
    }
}

/// Adds a name once.
pub(crate) fn note(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| known == name) {
        list.push(name.to_owned());
    }
}
