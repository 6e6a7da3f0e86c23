//! The lines of one request find each other: with ids always, without ids almost always, and doubt is said.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod generator;

use generator::Random;
use logs::join::CERTAIN;
use logs::{By, Format, Joined, Record};

const FRONT: &str = r#"$remote_addr - $remote_user [$time_iso8601] "$request" $status $body_bytes_sent "$http_user_agent" $request_id"#;
const BACK: &str = r#"%h %l %u %t "%r" %>s %b "%{User-Agent}i" %{X-Request-ID}i"#;

/// Which identifiers the logs hold.
#[derive(Clone, Copy, PartialEq)]
enum Ids {
    Shared,
    Missing,
    Repeated,
}

/// A thousand requests within five seconds, as two access logs and an error log with clocks seconds apart. Line `n` of
/// each file tells of the request whose number is returned.
fn stack(ids: Ids) -> (Vec<String>, Vec<Vec<usize>>) {
    let mut random = Random(7);
    let mut lines: [Vec<(u64, usize, String)>; 3] = [const { Vec::new() }; 3];
    for number in 0..1000 {
        let start = random.below(5_000);
        let (item, size) = (random.below(400), 100 + random.below(900));
        let method = if random.below(2) == 0 { "POST" } else { "GET" };
        let request = format!("{method} /api/items/{item} HTTP/1.1");
        let id = match ids {
            Ids::Shared => format!("{number:08x}cafe{number:08x}"),
            Ids::Missing => "-".into(),
            Ids::Repeated => "1610449440".into(),
        };
        let stamp = |millis: u64| format!("{:02}.{:03}", millis / 1000, millis % 1000);
        let (front, back) = (10_000 + start + random.below(20), 10_000 + start + 4_200);
        lines[0].push((
            front,
            number,
            format!(
                "192.0.2.{} - - [2026-11-24T08:38:{}+00:00] \"{request}\" 403 {size} \"curl\" {id}\n",
                number % 200,
                stamp(front)
            ),
        ));
        lines[1].push((
            back,
            number,
            format!(
                "127.0.0.1 - - [24/Nov/2026:08:38:{:02} +0000] \"{request}\" 403 {size} \"curl\" {id}\n",
                back / 1000
            ),
        ));
        let error = 10_000 + start - 3_000;
        lines[2].push((
            error,
            number,
            format!("2026/11/24 10:38:{:02} [error] 7#7: *{number} access forbidden by rule, client: 192.0.2.{}, server: a, request: \"{request}\", host: \"a\"\n", error / 1000, number % 200),
        ));
    }
    let sorted = lines.map(|mut file| {
        file.sort();
        file
    });
    let texts = sorted.iter().map(|file| file.iter().map(|(_, _, line)| line.as_str()).collect()).collect();
    let numbers = sorted.iter().map(|file| file.iter().map(|(_, number, _)| *number).collect()).collect();
    (texts, numbers)
}

fn joined(texts: &[String]) -> Joined {
    let formats = [
        Format::from_nginx_log_format(FRONT).unwrap(),
        Format::from_apache_log_format(BACK).unwrap(),
        logs::recognise(texts[2].as_bytes()).unwrap(),
    ];
    let read = |(text, format): (&String, &Format)| -> Vec<Record<'static>> {
        let records: Vec<_> =
            logs::read(text.as_bytes(), format).map(|record| record.unwrap().into_owned()).collect();
        assert_eq!(records.len(), 1000);
        records
    };
    logs::join(&texts.iter().zip(&formats).map(read).collect::<Vec<_>>())
}

/// Of the stories that join the two access logs: how many are right, wrong and certain, right and uncertain, wrong and
/// uncertain.
fn judge(joined: &Joined, numbers: &[Vec<usize>]) -> [usize; 4] {
    let mut counts = [0; 4];
    for story in &joined.stories {
        let own: Vec<usize> = story
            .lines
            .iter()
            .filter(|(file, _)| *file < 2)
            .map(|(file, line)| numbers[*file][*line])
            .collect();
        let right = own.len() == 2 && own[0] == own[1];
        let certain = story.probability >= CERTAIN;
        counts[usize::from(!right) + if certain { 0 } else { 2 }] += 1;
    }
    counts
}

#[test]
fn with_ids_every_request_is_joined_and_the_clocks_are_found() {
    let (texts, numbers) = stack(Ids::Shared);
    let joined = joined(&texts);
    let right = joined.stories.iter().filter(|story| {
        let own: Vec<usize> = story
            .lines
            .iter()
            .filter(|(file, _)| *file < 2)
            .map(|(file, line)| numbers[*file][*line])
            .collect();
        own.len() == 2 && own[0] == own[1]
    });
    assert_eq!(right.count(), 1000);
    let offset = joined.offsets[1].unwrap();
    assert!((offset.micros + 3_700_000).abs() < 300_000, "{offset:?}");
    // The error log's stamp is local time without a zone, two hours ahead, and the clock three seconds behind.
    let offset = joined.offsets[2].unwrap();
    assert!((offset.micros + 7_200_000_000 - 3_500_000).abs() < 600_000, "{offset:?}");
}

#[test]
fn without_ids_certain_joins_are_right_and_the_rest_is_called_uncertain() {
    for ids in [Ids::Missing, Ids::Repeated] {
        let (texts, numbers) = stack(ids);
        let joined = joined(&texts);
        assert_eq!(joined.repeated_ids, usize::from(ids == Ids::Repeated));
        assert!(joined.stories.iter().all(|story| story.by != By::Id));
        let [right, wrong, unsure_right, unsure_wrong] = judge(&joined, &numbers);
        println!(
            "certain: {right} right, {wrong} wrong; uncertain: {unsure_right} right, {unsure_wrong} wrong"
        );
        assert!(wrong * 100 <= right + wrong, "{wrong} of {} certain joins are wrong", right + wrong);
        assert!(right + unsure_right >= 900, "{right} + {unsure_right}");
    }
}
