//! The simulator against the real Apache httpd: status, the rule that the error log names, the file, what the upstream
//! received.

mod generate;
mod requests;
mod rules;
mod server;
mod shipped;

use std::fs;
use std::io::{Read, Seek, SeekFrom};

use server_config::Request;
use server_config::walk::{Answer, Walk};

use crate::agreement::{Pair, Subject, Tally, compare, numbered};
use crate::diffs;
use crate::random::Random;
use crate::stand::Stand;
use crate::wire;

/// Apache with a virtual host for each name.
struct Apache {
    stand: Stand,
    names: Vec<String>,
    port: u16,
    /// How much of the error log was read.
    read: u64,
}

impl Apache {
    /// What was added to the error log since the last call.
    fn log(&mut self) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = fs::File::open(self.stand.folder.join("error.log")) {
            let _ = file.seek(SeekFrom::Start(self.read));
            let _ = file.read_to_end(&mut text);
        }
        self.read += text.len() as u64;
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Subject for Apache {
    const SITES: usize = 40;
    const REQUESTS: usize = 25;

    fn start(random: &mut Random, sites: usize) -> Self {
        let (stand, names, port) = server::start(random, sites);
        Self { stand, names, port, read: 0 }
    }

    fn stand(&self) -> &Stand {
        &self.stand
    }

    fn stand_mut(&mut self) -> &mut Stand {
        &mut self.stand
    }

    fn sites(&self) -> usize {
        self.names.len()
    }

    fn request(&self, random: &mut Random, site: usize) -> Request {
        requests::random(random, &self.names[site], self.port)
    }

    fn pair(&mut self, request: Request, _number: u64) -> Pair {
        let walk = self.stand.simulate(&request);
        self.log();
        let observed = wire::send(&request);
        Pair { request, walk, observed, logged: Some(self.log()) }
    }

    fn agrees(&self, pair: &Pair, tally: &mut Tally) -> Result<(), String> {
        let Pair { walk, request, observed, logged } = pair;
        decided(walk, logged.as_deref().unwrap_or(""), tally)?;
        if request.method == "HEAD" {
            return Ok(());
        }
        match &walk.outcome.answer {
            Answer::Upstream(forwarded) if forwarded.destination.starts_with("http") => {
                tally.compared("upstream");
                wire::received(forwarded, &observed.body, |_| false)
            }
            Answer::Upstream(_) if !observed.body.contains("CGI") => {
                Err("the program's answer expected".to_owned())
            }
            Answer::File(path) => pair.is_file(path),
            _ => Ok(()),
        }
    }

    fn excerpt(&self, pair: &Pair) -> String {
        let mut text = String::new();
        let chosen = pair.walk.steps.iter().find(|step| step.phase == "server");
        if let Some(place) = chosen.and_then(|step| step.place.as_ref()) {
            text.push_str(&numbered(place.file.as_ref().as_ref()));
        }
        for directory in ["ht", "ht/in", "ht2", "a"] {
            if pair.request.target.contains(directory) || pair.request.target.contains("link") {
                let file = self.stand.folder.join(format!("root/{directory}/.htaccess"));
                text.push_str(&format!("\n-- {directory}/.htaccess\n{}", numbered(&file)));
            }
        }
        text
    }
}

#[test]
fn the_simulator_agrees_with_apache() {
    compare::<Apache>(2000, 0.05);
}

#[test]
fn every_diff_applied_to_apache_lets_the_request_pass() {
    diffs::every_diff_lets_the_request_pass::<Apache>(30, 30, 7);
}

/// What a message of the error log says about the directive that decided, and the status it goes with.
const CODES: &[(&str, u16, &[&str])] = &[
    ("AH01630", 403, &["require", "<require"]),
    ("AH01631", 401, &["require", "<require"]),
    ("AH01631", 403, &["require", "<require"]),
    ("AH01588", 413, &["limitrequestbody"]),
    ("AH01797", 403, &["order", "allow", "deny"]),
    ("AH01623", 405, &["allowmethods"]),
    ("AH01276", 403, &["options"]),
    ("AH00037", 403, &["options"]),
    ("AH00670", 403, &["options", "rewriteengine"]),
    ("AH02809", 403, &["options", "sethandler", "addhandler", "scriptalias"]),
    ("AH01617", 401, &["authuserfile"]),
    ("AH01618", 401, &["authuserfile"]),
    ("AH01614", 401, &["authtype"]),
    ("AH01627", 500, &["authtype"]),
    ("AH10508", 403, &["rewriterule"]),
];

/// The rule that the simulator names is of the kind that the error log names, and for `Require` the very one.
fn decided(walk: &Walk, log: &str, tally: &mut Tally) -> Result<(), String> {
    let Answer::Status(status @ 400..) = walk.outcome.answer else { return Ok(()) };
    let codes = CODES.iter().filter(|(_, own, _)| *own == status);
    let last = codes.filter_map(|(code, _, kinds)| Some((log.rfind(code)?, code, kinds))).max();
    let Some((at, code, kinds)) = last else { return Ok(()) };
    let place = walk.outcome.decided_by.as_ref();
    let step = walk.steps.iter().rfind(|step| step.place.is_some() && step.place.as_ref() == place);
    let Some(step) = step else {
        // `Satisfy Any` passed over it, and the method was no good for a file.
        if log[at..].contains("granted") && walk.steps.last().is_some_and(|step| step.phase == "content") {
            return Ok(());
        }
        // Without a directive there is none to name: `Options` as it is by default.
        let is_default = matches!(*code, "AH01276" | "AH02809");
        return if is_default && place.is_none() { Ok(()) } else { Err(format!("{code}: no rule is named")) };
    };
    let text = step.text.to_ascii_lowercase();
    // These log nothing; what the log says is about a check that `Satisfy Any` passed over.
    if ["rewriterule", "redirect"].iter().any(|name| text.starts_with(name))
        && !kinds.contains(&"rewriterule")
    {
        return Ok(());
    }
    if !kinds.iter().any(|kind| text.starts_with(kind)) {
        return Err(format!("{code}: `{}` is named", step.text));
    }
    tally.compared(code);
    let is_require = text.starts_with("require") && *code == "AH01630";
    if is_require
        && !log.replace("\\\\", "\\").contains(&format!("authorization result of {}", step.text.trim()))
    {
        return Err(format!("{code}: `{}` is named, and it was not asked", step.text));
    }
    Ok(())
}
