//! Requests as the model has them: 6 query parameters, 29 header lines, 12 cookies, a JSON tree with so many leaves; values of mixed
//! kinds, 1 to 5 long texts. Triggers of 8 to 40 bytes stand in some of the values.

use isolation::{Parts, Region, Request, Role, Suspicion};

use crate::random::Random;

/// A request with its triggers.
pub(crate) struct Case {
    pub(crate) parts: Parts,
    /// The parts that hold triggers, and the triggers as they are written there.
    pub(crate) triggers: Vec<(usize, String)>,
    /// Parts without which the application rejects a request: each of them with whether it notices a neutral value.
    pub(crate) required: Vec<(usize, bool)>,
}

/// What rules at hand tell: the chance that the true part is flagged, and that any other is.
pub(crate) const RULES: (f64, f64) = (0.85, 0.005);

const WORDS: [&str; 24] = [
    "order", "the", "delivery", "please", "to", "gate", "number", "and", "call", "when", "you", "arrive",
    "we", "need", "invoice", "for", "company", "in", "green", "box", "with", "two", "small", "parts",
];

/// Values that are no attack and look like one here and there.
const ODD: [&str; 10] = [
    "it's",
    "O'Brien",
    "(see note)",
    "a = b",
    "50% off",
    "5 < 7",
    "\\\"quoted\\\"",
    "C#/C++",
    "Q&A; later",
    "<b>new</b>",
];

/// What triggers are made of.
const ATTACKS: [&str; 12] = [
    "' or 1=1 -- ",
    "<script>alert(",
    "../../../etc/passwd",
    "union select a, b from ",
    "${jndi:ldap:",
    "; cat /etc/shadow ",
    "$(id)",
    "{{7*7}}",
    "' and sleep(5)#",
    "<img src=x onerror=",
    "/bin/sh -c ",
    "<?php system(",
];

impl Case {
    /// A request whose body has so many leaves, with this number of triggers.
    pub(crate) fn new(leaves: usize, triggers: usize, random: &mut Random) -> Case {
        let mut request = request(leaves, random);
        let parts = Parts::of(request.clone());
        let mut chosen = Vec::new();
        while chosen.len() < triggers {
            let part = place(&parts, random);
            if !chosen.iter().any(|(other, _)| *other == part) {
                chosen.push((part, trigger(&parts, part, random)));
            }
        }
        chosen.sort_by_key(|(part, _)| {
            std::cmp::Reverse((parts.list()[*part].place.region, parts.list()[*part].place.range.start))
        });
        for (part, trigger) in &chosen {
            plant(&mut request, &parts, *part, trigger, random);
        }
        let length = request.body.len();
        for line in request.lines.iter_mut().filter(|line| line.starts_with("Content-Length")) {
            *line = format!("Content-Length: {length}");
        }
        let parts = Parts::of(request);
        let required = required(&parts, random);
        Case { parts, triggers: chosen, required }
    }

    /// The prior: characters, and rules at hand with these chances if there are any.
    pub(crate) fn suspicion(&self, rules: Option<(f64, f64)>, random: &mut Random) -> Suspicion {
        let mut suspicion = Suspicion::of(&self.parts);
        if let Some((hit, miss)) = rules {
            let guilty = |part: &usize| self.triggers.iter().any(|(own, _)| own == part);
            let flagged: Vec<_> = (0..self.parts.list().len())
                .filter(|part| random.chance(if guilty(part) { hit } else { miss }))
                .map(|part| (part, None))
                .collect();
            suspicion.add_rules(&flagged);
        }
        suspicion
    }

    pub(crate) fn guilty(&self) -> Vec<usize> {
        let mut parts: Vec<usize> = self.triggers.iter().map(|(part, _)| *part).collect();
        parts.sort_unstable();
        parts
    }

    /// The value of a part that holds a trigger, and where in it the trigger stands.
    pub(crate) fn value(&self) -> (usize, std::ops::Range<usize>) {
        let (part, trigger) = &self.triggers[0];
        let raw = String::from_utf8_lossy(self.parts.raw(*part)).into_owned();
        let at = raw.find(trigger.as_str()).unwrap_or(0);
        (raw.len(), at..at + trigger.len())
    }
}

fn request(leaves: usize, random: &mut Random) -> Request {
    let query: Vec<String> = (0..6)
        .map(|i| format!("p{i}={}", random.pick(&["1", "asc", "2026-01-02", "red", "a+b", "x%20y"])))
        .collect();
    let mut body = String::from("{");
    let long = random.range(1, 5);
    for leaf in 0..leaves {
        // A tree three levels deep: sections of 20, groups of 5.
        if leaf % 20 == 0 {
            body.push_str(&format!("{}\"s{}\":{{", if leaf > 0 { "}}," } else { "" }, leaf / 20));
        }
        if leaf % 5 == 0 {
            body.push_str(&format!("{}\"g{}\":{{", if leaf % 20 > 0 { "}," } else { "" }, leaf / 5));
        }
        let comma = if leaf % 5 > 0 { "," } else { "" };
        let value = if leaf < long { text(random.range(1_000, 10_000), random) } else { value(random) };
        body.push_str(&format!("{comma}\"f{leaf}\":{value}"));
    }
    body.push_str("}}}");
    let mut cookies: Vec<String> = (0..11).map(|i| format!("c{i}={}", random.letters(8))).collect();
    cookies.push(format!("session={}", random.hex(32)));
    let mut lines: Vec<String> = [
        "Host: shop.example",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0",
        "Accept: application/json, text/plain",
        "Accept-Language: de-DE,de;q=0.9",
        "Accept-Encoding: gzip, br",
        "Content-Type: application/json",
        "Content-Length: 0",
        "Origin: https://shop.example",
        "Referer: https://shop.example/cart",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Mode: cors",
        "Sec-Fetch-Dest: empty",
        "Cache-Control: no-store",
        "Pragma: x",
        "DNT: 0",
        "Connection: keep-alive",
        "X-Requested-With: fetch",
    ]
    .iter()
    .map(|line| (*line).to_owned())
    .collect();
    lines.push(format!("X-CSRF-Token: {}", random.hex(32)));
    lines
        .extend((0..10).map(|i| format!("X-App-{i}: {}", value(random).trim_matches('"').replace('\\', ""))));
    lines.push(format!("Cookie: {}", cookies.join("; ")));
    Request {
        origin: "https://shop.example".into(),
        method: "POST".into(),
        target: format!("/api/orders?{}", query.join("&")),
        lines,
        body: body.into_bytes(),
    }
}

fn value(random: &mut Random) -> String {
    match random.below(14) {
        0 | 1 => random.below(100_000).to_string(),
        2 => format!("{}.{:02}", random.below(1000), random.below(100)),
        3 => random.pick(&["true", "false", "null"]).to_owned(),
        4 => format!(
            "\"{}-{}-4{}-8{}-{}\"",
            random.hex(8),
            random.hex(4),
            random.hex(3),
            random.hex(3),
            random.hex(12)
        ),
        5 => format!("\"2026-{:02}-{:02}\"", random.range(1, 12), random.range(1, 28)),
        6 => format!("\"{}@{}.example\"", random.letters(6), random.letters(5)),
        7 => {
            format!("\"https://{}.example/{}?id={}\"", random.letters(6), random.letters(5), random.below(99))
        }
        8 => format!("\"{}\"", random.hex(40)),
        9..=11 => format!("\"{}\"", random.letters(8)),
        _ => text(random.range(20, 90), random),
    }
}

/// Free text.
fn text(length: usize, random: &mut Random) -> String {
    let mut text = String::from("\"");
    while text.len() < length {
        let word = if random.chance(0.05) { random.pick(&ODD) } else { random.pick(&WORDS) };
        text.push_str(word);
        text.push(' ');
    }
    text.push('"');
    text
}

/// Where a trigger stands: in three of four cases in the body, there mostly in free text.
fn place(parts: &Parts, random: &mut Random) -> usize {
    let in_body = random.chance(0.75);
    let free = random.chance(0.7);
    loop {
        let part = random.below(parts.list().len());
        let own = &parts.list()[part];
        let raw = parts.raw(part);
        let body = own.place.region == Region::Body;
        let text = raw.contains(&b' ');
        let holds_text = raw.first().is_some_and(u8::is_ascii_alphabetic)
            && ![&b"true"[..], b"false", b"null"].contains(&raw);
        if own.role == Role::Value && body == in_body && (!body || (holds_text && text == free)) {
            return part;
        }
        // A tree of few leaves may hold no such value.
        if body && own.role == Role::Value && holds_text && random.chance(0.02) && in_body {
            return part;
        }
    }
}

fn trigger(parts: &Parts, part: usize, random: &mut Random) -> String {
    let attack = random.pick(&ATTACKS);
    let tail = random.range(8, 40).saturating_sub(attack.len()).max(4);
    let text = format!("{attack}{}", random.letters(tail));
    match parts.list()[part].place.region {
        Region::Target => text
            .bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect(),
        Region::Line(_) if parts.list()[part].label.starts_with("cookie") => text.replace([' ', ';'], "_"),
        _ => text,
    }
}

/// Writes a trigger into a value.
fn plant(request: &mut Request, parts: &Parts, part: usize, trigger: &str, random: &mut Random) {
    let place = &parts.list()[part].place;
    let atoms = parts.atoms(part);
    let at = place.range.start + if atoms.is_empty() { 0 } else { atoms[random.below(atoms.len())].start };
    match place.region {
        Region::Target => request.target.insert_str(at, trigger),
        Region::Line(index) => request.lines[index].insert_str(at, trigger),
        Region::Body => drop(request.body.splice(at..at, trigger.bytes())),
    }
}

fn required(parts: &Parts, random: &mut Random) -> Vec<(usize, bool)> {
    let needed = |part: usize, random: &mut Random| match parts.list()[part].role {
        Role::Credential => Some((part, true)),
        Role::Value if parts.list()[part].place.region == Region::Body => {
            random.chance(0.2).then(|| (part, random.chance(0.5)))
        }
        _ => None,
    };
    (0..parts.list().len()).filter_map(|part| needed(part, random)).collect()
}
