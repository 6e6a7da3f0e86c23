//! How many copies arrive, and how many are let through, for each kind of cause: what the model of
//! `crates/isolation/examples/simulate` promises, on a wire.

use std::fs;
use std::thread;

use super::*;

/// A request with 200 values in its body, one of them with this text.
fn body(place: usize, text: &str) -> String {
    let value = |leaf: usize| match leaf % 7 {
        _ if leaf == place => format!("please see {text} by the gate"),
        0 => format!("value {leaf}"),
        1 => format!("it's number {leaf} (a = b)"),
        2 => format!("2026-11-{:02}", leaf % 28 + 1),
        3 => format!("user{leaf}@shop.example"),
        4 => "green box, two small parts".to_owned(),
        5 => format!("https://shop.example/items?id={leaf}"),
        _ => format!("{:040x}", leaf * 7919),
    };
    let leaves: Vec<String> = (0..200).map(|leaf| format!("\"f{leaf}\": \"{}\"", value(leaf))).collect();
    format!("{{\"id\": 1742, {}}}", leaves.join(", "))
}

const TEXTS: [&str; 8] = [
    "1' or 1=1 --",
    "<script>alert(1)",
    "../../etc/passwd",
    "$(id)",
    "union select a from b",
    "O'Neill & sons",
    "{{7*7}}",
    "; cat /etc/shadow",
];

/// Rules for `--rules` that add up a score where they see these texts, as those of the Core Rule Set do, and refuse from
/// this score on, five for each.
fn rules(name: &str, texts: &[&str], least: usize) -> String {
    let path = std::env::temp_dir().join(format!("why403-isolate-{name}-{}.conf", std::process::id()));
    let rule = |(id, text): (usize, &&str)| {
        format!(
            "SecRule ARGS \"@contains {text}\" \"id:{},phase:2,pass,setvar:tx.inbound_anomaly_score_pl1=+5\"\n",
            id + 1
        )
    };
    let last =
        format!("SecRule TX:INBOUND_ANOMALY_SCORE_PL1 \"@ge {least}\" \"id:901,phase:2,deny,status:403\"\n");
    let json = "SecRule REQUEST_HEADERS:Content-Type \"@contains json\" \
                \"id:900,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON\"\n";
    let rules: String = texts.iter().enumerate().map(rule).collect();
    fs::write(&path, format!("SecRuleEngine On\nSecRequestBodyAccess On\n{json}{rules}{last}")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Searches for each of the texts; returns how many copies each took, in order of size.
fn copies_for_each(options: &[&str]) -> Vec<usize> {
    let mut counts: Vec<usize> = Vec::new();
    for (number, text) in TEXTS.into_iter().enumerate() {
        let (server, created) = server(move |request| holds(request, text));
        let place = number * 23 + 5;
        let verdict = isolate(&server, options, &["-d", &body(place, text)]);
        assert_eq!(verdict["isolated"]["part"], format!("body $.f{place}"), "{verdict}");
        assert_eq!(created.load(Ordering::SeqCst), 0);
        counts.push(posts(&server.take()));
    }
    counts.sort_unstable();
    counts
}

#[test]
fn with_rules_at_hand_few_copies_of_two_hundred_values_arrive() {
    let rules = rules("texts", &TEXTS, 5);
    let counts = copies_for_each(&["--rules", &rules]);
    fs::remove_file(rules).unwrap();
    assert!(counts[3] <= 4 && counts[7] <= 12, "the request and its copies: {counts:?}");
}

#[test]
fn with_nothing_known_about_the_rules_few_more_arrive() {
    let counts = copies_for_each(&[]);
    assert!(counts[3] <= 9 && counts[7] <= 16, "the request and its copies: {counts:?}");
}

#[test]
fn a_pair_that_rules_match_is_found_in_few_copies() {
    let rules = rules("pair", &["union select", "O'Neill & sons"], 10);
    let mut counts = Vec::new();
    for place in [11, 67, 131] {
        let (server, created) =
            server(|request| holds(request, "union select") && holds(request, "O'Neill & sons"));
        let body = body(place, "union select a").replace("value 42\"", "O'Neill & sons\"");
        let verdict = isolate(&server, &["--rules", &rules], &["-d", &body]);
        let mut parts: Vec<&str> = verdict["isolated"]["part"].as_str().unwrap().split(" + ").collect();
        parts.sort_unstable();
        let mut expected = ["body $.f42".to_owned(), format!("body $.f{place}")];
        expected.sort_unstable();
        assert_eq!(parts, expected, "{verdict}");
        assert_eq!(created.load(Ordering::SeqCst), 0);
        counts.push(posts(&server.take()) - 1);
    }
    fs::remove_file(rules).unwrap();
    counts.sort_unstable();
    // To the parts four: the control, both together, each alone. What makes sure of it, and whether there are others, comes on
    // top.
    assert!(counts[1] <= 7 && counts[2] <= 12, "{counts:?}");
}

#[test]
fn either_of_two_among_two_hundred_is_found_twice() {
    let (server, created) = server(|request| holds(request, "union select") || holds(request, "<script>"));
    let body = body(11, "union select a").replace("value 140\"", "<script>alert(1)\"");
    let verdict = isolate(&server, &[], &["-d", &body]);
    let part = verdict["isolated"]["part"].as_str().unwrap();
    assert!(part.contains(" or ") && part.contains("$.f11") && part.contains("$.f140"), "{verdict}");
    assert_eq!(created.load(Ordering::SeqCst), 0);
}

#[test]
fn a_missing_header_that_the_answer_names_takes_two_copies() {
    let server = RecordingServer::start(|request, _| match request.field("x-tenant-id") {
        None => answer("403 Forbidden", "<h1>Blocked</h1> X-Tenant-Id is required"),
        Some(_) => answer("401 Unauthorized", "please log in"),
    });
    let verdict = isolate(&server, &[], &["-d", &body(11, "nothing")]);
    assert_eq!(verdict["isolated"]["part"], "missing header X-Tenant-Id", "{verdict}");
    let arrived = server.take();
    let lifted = arrived.iter().filter(|request| request.field("x-tenant-id").is_some()).count();
    assert_eq!((posts(&arrived), lifted), (3, 1), "the request, the control, the header added");
}

#[test]
fn a_cause_outside_of_the_values_lets_no_copy_through() {
    let (server, created) = server(|request| request.method() == "POST");
    let verdict = isolate(&server, &[], &["-d", &body(11, "1' or 1=1")]);
    assert_eq!(verdict["isolated"]["part"], "none", "{verdict}");
    assert_eq!(created.load(Ordering::SeqCst), 0);
}

#[test]
fn other_checks_that_refuse_incomplete_copies_do_not_mislead() {
    // Each of them first, with another page, and the same one.
    let pages = ["<h1>Blocked by policy</h1>", "<h1>Not welcome</h1> the request is incomplete"];
    for (name, page) in [("user-agent", 1), ("x-csrf-token", 1), ("cookie", 1), ("accept", 1), ("cookie", 0)]
    {
        let text = TEXTS[0];
        let server = RecordingServer::start(move |request, _| {
            let value = request.field(name).unwrap_or("");
            let whole = match name {
                "cookie" => value.contains("8f2a91c4"),
                "x-csrf-token" => value == "77aa01bc",
                "accept" => value == "application/json",
                _ => value.starts_with("shop-client"),
            };
            match (whole, holds(request, text)) {
                (false, _) => answer("403 Forbidden", pages[page]),
                (_, true) => refusal(),
                _ => answer("422 Unprocessable Content", "a value is not valid"),
            }
        });
        let curl =
            ["-A", "shop-client/2.1", "-H", "X-CSRF-Token: 77aa01bc", "-H", "Accept: application/json"];
        let verdict = isolate(&server, &[], &[&curl[..], &["-d", &body(40, text)]].concat());
        assert_eq!(verdict["isolated"]["part"], "body $.f40", "{name}: {verdict}");
    }
}

#[test]
fn with_a_sentinel_nothing_is_created_whoever_asks() {
    // Nobody has to be signed in, and only the type of one value is looked at.
    for (number, text) in TEXTS.into_iter().enumerate() {
        let created = Arc::new(AtomicUsize::new(0));
        let count = created.clone();
        let server = RecordingServer::start(move |request, _| {
            let number = holds(request, "\"id\": \"") || request.method() != "POST";
            match (holds(request, text), number) {
                (true, _) => refusal(),
                (_, true) => answer("422 Unprocessable Content", "id must be a number"),
                _ => {
                    count.fetch_add(1, Ordering::SeqCst);
                    answer("201 Created", "created")
                }
            }
        });
        let body = format!("{{{}, \"id\": 1742}}", &body(number, text)[13..].trim_end_matches('}'));
        let verdict = isolate(&server, &["--max-requests", "60"], &["-d", &body]);
        assert_eq!(verdict["isolated"]["part"], format!("body $.f{number}"), "{verdict}");
        assert_eq!(created.load(Ordering::SeqCst), 0);
    }
}

/// Whether this answer is one of the wrong ones: 5 %, the same in every run (SplitMix64).
fn is_flipped(search: u64, turn: usize) -> bool {
    let mut z = (search << 32 | turn as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).is_multiple_of(20)
}

/// One search among answers of which 5 % are wrong, but for the first, which is what is to be explained. Returns whether the
/// part is right, how many answers came, and how many of them were wrong.
fn among_wrong_answers(search: u64, rules: &str) -> (bool, usize, usize) {
    let text = TEXTS[search as usize % TEXTS.len()];
    let turn = AtomicUsize::new(0);
    let server = RecordingServer::start(move |request, _| {
        let flipped = match request.method() {
            "POST" => match turn.fetch_add(1, Ordering::SeqCst) {
                0 => false,
                turn => is_flipped(search, turn),
            },
            _ => false,
        };
        if holds(request, text) == flipped { answer("401 Unauthorized", "please log in") } else { refusal() }
    });
    let place = search as usize * 13 % 200;
    let options = ["--rules", rules, "--max-requests", "60"];
    let verdict = isolate(&server, &options, &["-d", &body(place, text)]);
    let answers = posts(&server.take());
    let wrong = (1..answers).filter(|turn| is_flipped(search, *turn)).count();
    (verdict["isolated"]["part"] == format!("body $.f{place}"), answers, wrong)
}

#[test]
fn where_one_answer_in_twenty_is_wrong_the_part_is_right() {
    const SEARCHES: u64 = 100;
    let rules = rules("flips", &TEXTS, 5);
    let workers = [0, 1].map(|worker| {
        let rules = rules.clone();
        let own = (0..SEARCHES).filter(move |search| search % 2 == worker);
        thread::spawn(move || own.map(|search| among_wrong_answers(search, &rules)).collect::<Vec<_>>())
    });
    let found: Vec<_> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
    fs::remove_file(rules).unwrap();
    let right = found.iter().filter(|(right, ..)| *right).count();
    let answers: usize = found.iter().map(|(_, answers, _)| answers - 1).sum();
    let wrong: usize = found.iter().map(|(.., wrong)| wrong).sum();
    assert!(wrong >= 10, "{wrong} of {answers} answers were wrong");
    assert!(right >= 99, "{right} of {SEARCHES}, with {wrong} wrong answers among {answers}");
}
