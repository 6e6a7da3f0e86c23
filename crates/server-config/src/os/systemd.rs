//! The service manager's sandbox: what a unit's settings close whatever the modes say.
//!
//! systemd.exec(5): `ProtectSystem=`, `ProtectHome=`, `ReadWritePaths=`, `ReadOnlyPaths=`, `InaccessiblePaths=`,
//! `NoExecPaths=`, `ExecPaths=`, `PrivateTmp=`, `TemporaryFileSystem=`, `DynamicUser=`, `StateDirectory=` and its like.

use super::{Access, Seen};

/// One setting of a unit or a drop-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it stands.
    pub seen: Seen,
}

/// The `[Service]` settings of one unit, its drop-ins behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    settings: Vec<Setting>,
}

/// What a setting closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// The setting as it is written.
    pub setting: Setting,
    /// What it does to the path, in one lower-case sentence without a full stop.
    pub because: String,
    /// The system's error number that a program gets.
    pub errno: u32,
    /// The setting of a drop-in (`systemctl edit UNIT`, below `[Service]`) that would open it.
    pub drop_in: String,
    /// What that opens.
    pub opens: String,
}

impl Unit {
    /// Adds the settings of a unit file or a drop-in; `document` is what the caller calls it. An empty value takes back
    /// all earlier ones of that name (systemd.unit(5)).
    pub fn read(&mut self, document: u32, text: &str) {
        let (mut at, mut in_service) = (0, false);
        for line in text.split_inclusive('\n') {
            let start = at + line.len() - line.trim_start().len();
            let shown = line.trim();
            at += line.len();
            if shown.starts_with('[') {
                in_service = shown == "[Service]";
            }
            let Some((name, value)) =
                shown.split_once('=').filter(|_| in_service && !shown.starts_with(['#', ';']))
            else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            if value.is_empty() {
                self.settings.retain(|known| known.name != name);
                continue;
            }
            let seen = Seen { document, start, end: start + shown.len() };
            self.settings.push(Setting { name: name.to_owned(), value: value.to_owned(), seen });
        }
    }

    /// The last value of a setting.
    pub fn last(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().rev().find(|setting| setting.name == name)
    }

    /// Whether the unit starts this program.
    pub fn starts(&self, program: &str) -> bool {
        let command = self.last("ExecStart").map_or("", |setting| setting.value.as_str());
        let path =
            command.trim_start_matches(['@', '-', ':', '+', '!']).split_whitespace().next().unwrap_or("");
        path.rsplit('/').next().is_some_and(|name| name.starts_with(program))
    }

    /// The setting that closes a path to the service; `None` when none does.
    pub fn closes(&self, path: &str, access: Access) -> Option<Closure> {
        if let Some((setting, _)) = self.listed("InaccessiblePaths", path) {
            return Some(closure(
                setting,
                "makes it inaccessible to the service",
                13,
                "InaccessiblePaths=",
                "what that setting hides",
            ));
        }
        self.home(path, access).or_else(|| self.private_tmp(path)).or_else(|| match access {
            Access::Write => self.read_only(path),
            Access::Execute => self.no_exec(path),
            Access::Read | Access::Search => None,
        })
    }

    fn home(&self, path: &str, access: Access) -> Option<Closure> {
        let is_home = ["/home", "/root", "/run/user"].iter().any(|home| is_below(path, home));
        let value = |setting: &Setting| setting.value.to_ascii_lowercase();
        let setting = self.last("ProtectHome").filter(|_| is_home)?;
        let excepted =
            self.listed("BindPaths", path).or_else(|| self.listed("BindReadOnlyPaths", path)).is_some();
        match value(setting).as_str() {
            "yes" | "true" | "on" | "1" => {
                let because = "hides home directories from the service, whatever their modes";
                Some(closure(
                    setting,
                    because,
                    13,
                    "ProtectHome=read-only",
                    "reading all home directories that modes allow",
                ))
            }
            "tmpfs" if !excepted => {
                let drop_in = format!("BindReadOnlyPaths={path}");
                Some(closure(
                    setting,
                    "puts an empty directory over home directories",
                    2,
                    &drop_in,
                    "this one path",
                ))
            }
            "read-only" if access == Access::Write && self.listed("ReadWritePaths", path).is_none() => {
                let drop_in = format!("ReadWritePaths={path}");
                Some(closure(
                    setting,
                    "lets the service read home directories only",
                    30,
                    &drop_in,
                    "writing to this one path",
                ))
            }
            _ => None,
        }
    }

    /// With `PrivateTmp=` the service has directories of its own there: files of others are not seen.
    fn private_tmp(&self, path: &str) -> Option<Closure> {
        let is_tmp =
            (is_below(path, "/tmp") && path != "/tmp") || (is_below(path, "/var/tmp") && path != "/var/tmp");
        let setting =
            self.last("PrivateTmp").filter(|setting| is_on(setting)).or_else(|| self.dynamic_user());
        let because =
            "gives the service a temporary directory of its own: files that others put there are not in it";
        is_tmp.then_some(setting)?.map(|setting| {
            closure(
                setting,
                because,
                2,
                "PrivateTmp=no",
                "the temporary directories of all programs; a folder elsewhere opens less",
            )
        })
    }

    fn dynamic_user(&self) -> Option<&Setting> {
        self.last("DynamicUser").filter(|setting| is_on(setting))
    }

    /// The longest path that is named wins, as mounts do.
    fn read_only(&self, path: &str) -> Option<Closure> {
        let opened =
            self.listed("ReadWritePaths", path).map_or(0, |(_, length)| length).max(self.owned(path));
        let drop_in = format!("ReadWritePaths={path}");
        let opens = "writing to this one path, as far as modes allow";
        if let Some((setting, length)) = self.listed("ReadOnlyPaths", path)
            && length > opened
        {
            return Some(closure(setting, "makes it read-only for the service", 30, &drop_in, opens));
        }
        let setting = self.last("ProtectSystem").or_else(|| self.dynamic_user())?;
        let strict = setting.name == "DynamicUser";
        let closed = match setting.value.to_ascii_lowercase().as_str() {
            "strict" => true,
            "full" => ["/usr", "/boot", "/efi", "/etc"].iter().any(|top| is_below(path, top)),
            "yes" | "true" | "on" | "1" if strict => true,
            "yes" | "true" | "on" | "1" => ["/usr", "/boot", "/efi"].iter().any(|top| is_below(path, top)),
            _ => false,
        };
        let excepted = ["/dev", "/proc", "/sys"].iter().any(|top| is_below(path, top));
        // A private temporary directory is writable; whether it holds the path was asked before.
        let temporary = self.last("PrivateTmp").is_some_and(is_on)
            && (is_below(path, "/tmp") || is_below(path, "/var/tmp"));
        (closed && opened == 0 && !excepted && !temporary)
            .then(|| closure(setting, "makes it read-only for the service", 30, &drop_in, opens))
    }

    /// The directories that the manager makes for the service, relative to their own places.
    fn owned(&self, path: &str) -> usize {
        let places = [
            ("StateDirectory", "/var/lib"),
            ("CacheDirectory", "/var/cache"),
            ("LogsDirectory", "/var/log"),
            ("RuntimeDirectory", "/run"),
        ];
        let mut longest = 0;
        for (name, base) in places {
            for setting in self.settings.iter().filter(|setting| setting.name == name) {
                for word in setting.value.split_whitespace() {
                    let directory = format!("{base}/{}", word.split(':').next().unwrap_or(word));
                    if is_below(path, &directory) {
                        longest = longest.max(directory.len());
                    }
                }
            }
        }
        longest
    }

    fn no_exec(&self, path: &str) -> Option<Closure> {
        let (setting, length) = self.listed("NoExecPaths", path)?;
        let opened = self.listed("ExecPaths", path).map_or(0, |(_, length)| length);
        let drop_in = format!("ExecPaths={path}");
        (length > opened).then(|| {
            closure(
                setting,
                "lets the service run nothing there",
                13,
                &drop_in,
                "running this one file to the service",
            )
        })
    }

    /// The setting of a list of paths that names the longest directory above a path.
    fn listed(&self, name: &str, path: &str) -> Option<(&Setting, usize)> {
        let settings = self.settings.iter().filter(|setting| setting.name == name);
        let words =
            settings.flat_map(|setting| setting.value.split_whitespace().map(move |word| (setting, word)));
        let covering = words.filter_map(|(setting, word)| {
            let directory = word.trim_start_matches(['-', '+']).trim_matches('"').split(':').next_back()?;
            is_below(path, directory).then_some((setting, directory.trim_end_matches('/').len().max(1)))
        });
        covering.max_by_key(|(_, length)| *length)
    }
}

fn closure(setting: &Setting, because: &str, errno: u32, drop_in: &str, opens: &str) -> Closure {
    Closure {
        because: format!("`{}={}` {because}", setting.name, setting.value),
        setting: setting.clone(),
        errno,
        drop_in: drop_in.to_owned(),
        opens: opens.to_owned(),
    }
}

fn is_on(setting: &Setting) -> bool {
    matches!(setting.value.to_ascii_lowercase().as_str(), "yes" | "true" | "on" | "1" | "disconnected")
}

fn is_below(path: &str, directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> Unit {
        let mut unit = Unit::default();
        unit.read(0, &format!("[Unit]\nDescription=x\n[Service]\n{text}"));
        unit
    }

    fn because(unit: &Unit, path: &str, access: Access) -> Option<String> {
        unit.closes(path, access).map(|closure| closure.setting.name)
    }

    #[test]
    fn a_strict_system_is_read_only_but_for_what_is_excepted() {
        let unit = unit(
            "ExecStart=/usr/sbin/nginx -g 'daemon on;'\nProtectSystem=strict\nReadWritePaths=/srv/shop/upload -/var/log/nginx\nStateDirectory=nginx\n",
        );
        assert!(unit.starts("nginx"));
        assert_eq!(because(&unit, "/srv/shop/data/a", Access::Write).as_deref(), Some("ProtectSystem"));
        assert_eq!(because(&unit, "/srv/shop/upload/a", Access::Write), None);
        assert_eq!(because(&unit, "/var/lib/nginx/body/1", Access::Write), None);
        assert_eq!(because(&unit, "/srv/shop/data/a", Access::Read), None);
        assert_eq!(unit.closes("/srv/x", Access::Write).unwrap().drop_in, "ReadWritePaths=/srv/x");
    }

    #[test]
    fn homes_are_hidden_and_an_empty_value_takes_back() {
        let hidden = unit("ProtectHome=yes\n");
        assert_eq!(because(&hidden, "/home/ann/www/a", Access::Read).as_deref(), Some("ProtectHome"));
        let mut shown = hidden.clone();
        shown.read(1, "[Service]\nProtectHome=\n");
        assert_eq!(because(&shown, "/home/ann/www/a", Access::Read), None);
        assert_eq!(
            because(
                &unit("NoExecPaths=/\nExecPaths=/usr/sbin/nginx /usr/lib\n"),
                "/usr/lib/cgi-bin/a",
                Access::Execute
            ),
            None
        );
        assert_eq!(
            because(&unit("NoExecPaths=/\nExecPaths=/usr/bin\n"), "/srv/a.cgi", Access::Execute).as_deref(),
            Some("NoExecPaths")
        );
    }
}
