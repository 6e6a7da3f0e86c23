//! The fixes that people reach for and that open far more than the refused request: refused by name.

/// A change that grants more than any single refusal can justify.
#[derive(Debug, PartialEq, Eq)]
pub struct OverGrant {
    /// The change, as people write it.
    pub name: &'static str,
    /// Why it is refused, in one lower-case sentence without a full stop.
    pub because: &'static str,
    /// Words that must stand in the text in this order, with white space between them; `*` is any one word.
    words: &'static [&'static str],
}

/// All of them. A configuration's own scope (a `Require all granted` for one path) is judged by the product.
pub const OVER_GRANTS: &[OverGrant] = &[
    OverGrant {
        name: "chmod 777",
        because: "every account on the machine, a compromised one too, could then change the files",
        words: &["chmod", "777"],
    },
    OverGrant {
        name: "chmod -R 777",
        because: "every account on the machine, a compromised one too, could then change the whole tree",
        words: &["chmod", "-R", "777"],
    },
    OverGrant {
        name: "chmod a+rwx",
        because: "it is `chmod 777` in other letters",
        words: &["chmod", "a+rwx"],
    },
    OverGrant {
        name: "setenforce 0",
        because: "it takes SELinux away from every service, for one label or boolean that is missing",
        words: &["setenforce", "0"],
    },
    OverGrant {
        name: "SELINUX=disabled",
        because: "it takes SELinux away from every service, and files lose their labels",
        words: &["SELINUX=disabled"],
    },
    OverGrant {
        name: "aa-teardown",
        because: "it takes AppArmor away from every service",
        words: &["aa-teardown"],
    },
    OverGrant {
        name: "satisfy any",
        because: "one passed check, an address for instance, would then replace all others, the password too",
        words: &["satisfy", "any;"],
    },
    OverGrant {
        name: "Satisfy Any",
        because: "one passed check, an address for instance, would then replace all others, the password too",
        words: &["Satisfy", "Any"],
    },
    OverGrant {
        name: "allow all",
        because: "it cancels the whole list of addresses behind it",
        words: &["allow", "all;"],
    },
    OverGrant {
        name: "Require all granted",
        because: "it lets everyone in with every method, for one request that was refused",
        words: &["Require", "all", "granted"],
    },
    OverGrant {
        name: "Allow from all",
        because: "it lets everyone in with every method, for one request that was refused",
        words: &["Allow", "from", "all"],
    },
    OverGrant {
        name: "Options All",
        because: "programs may run and directories are listed, for one option that was missing",
        words: &["Options", "All"],
    },
    OverGrant {
        name: "LimitRequestBody 0",
        because: "it lifts the limit altogether: one client may then fill the disk",
        words: &["LimitRequestBody", "0"],
    },
    OverGrant {
        name: "client_max_body_size 0",
        because: "it lifts the limit altogether: one client may then fill the disk",
        words: &["client_max_body_size", "0;"],
    },
    OverGrant {
        name: "user root",
        because: "the server's workers would run with all rights over the machine",
        words: &["user", "root;"],
    },
    OverGrant {
        name: "SecRuleEngine Off",
        because: "it switches off every rule of the firewall, for one that misfired",
        words: &["SecRuleEngine", "Off"],
    },
    OverGrant {
        name: "Access-Control-Allow-Origin: *",
        because: "every site may then read the answers",
        words: &["Access-Control-Allow-Origin", "*;"],
    },
    OverGrant {
        name: "disable_symlinks off",
        because: "it lifts the protection for all links, for one that crosses an owner",
        words: &["disable_symlinks", "off;"],
    },
];

/// The over-granting changes that people reach for when a rule refuses them: by the rule's first words.
static TEMPTING: &[(&str, &[&str])] = &[
    ("deny", &["allow all", "satisfy any"]),
    ("allow", &["allow all", "satisfy any"]),
    ("limit_except", &["allow all"]),
    ("auth_basic", &["satisfy any"]),
    ("auth_request", &["satisfy any"]),
    ("client_max_body_size", &["client_max_body_size 0"]),
    ("index", &["chmod 777", "user root"]),
    ("root", &["chmod 777", "user root", "setenforce 0"]),
    ("Require", &["Satisfy Any"]),
    ("<RequireAll", &["Satisfy Any"]),
    ("Deny", &["Satisfy Any"]),
    ("Order", &["Satisfy Any"]),
    ("SecRule", &["SecRuleEngine Off"]),
];

/// The rules that say where files are. Only a 403 from there tempts anybody to touch the files' rights.
const WHERE_FILES_ARE: [&str; 2] = ["index", "root"];

/// The changes to be warned of where a rule refuses with a status.
pub fn tempting(rule: &str, status: Option<u16>) -> impl Iterator<Item = &'static OverGrant> {
    let rule = rule.trim_start().to_owned();
    let names = TEMPTING.iter().filter(move |(start, _)| {
        let is_whole = rule
            .strip_prefix(start)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
        is_whole && (status == Some(403) || !WHERE_FILES_ARE.contains(start))
    });
    let names = names.flat_map(|(_, names)| names.iter());
    names.filter_map(|name| OVER_GRANTS.iter().find(|grant| grant.name == *name))
}

/// The over-granting change that a line would make.
pub fn over_grant(line: &str) -> Option<&'static OverGrant> {
    let spaced = line.trim().replace(" ;", ";").replace('"', "");
    let words: Vec<&str> = spaced.split_whitespace().map(strip_octal).collect();
    OVER_GRANTS.iter().find(|grant| {
        words.windows(grant.words.len()).any(|window| {
            window.iter().zip(grant.words).all(|(word, wanted)| word.eq_ignore_ascii_case(wanted))
        })
    })
}

/// `0777` and `1777` are `777` to the reader of a mode.
fn strip_octal(word: &str) -> &str {
    if word.len() == 4 && word.ends_with("777") && word.starts_with(['0', '1', '2']) {
        &word[1..]
    } else {
        word
    }
}
