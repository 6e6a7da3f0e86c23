//! Nothing that a log may hold makes the reader panic, hang or lose its place.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod generator;

use generator::Random;

/// Lines of every format, to be damaged.
fn seeds() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats");
    let mut seeds = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        seeds.extend(
            text.split("<<<\n").skip(1).map(|part| part.split(">>>").next().unwrap().as_bytes().to_vec()),
        );
    }
    assert!(seeds.len() > 40);
    seeds
}

fn damage(text: &mut Vec<u8>, random: &mut Random) {
    const PIECES: [&[u8]; 12] = [
        b"\"",
        b"[",
        b"]",
        b"\\",
        b"\n",
        b"\xff",
        b"-A--",
        b"{",
        b", client: ",
        b":",
        b"\0",
        b"9999999999999999999999",
    ];
    for _ in 0..1 + random.below(4) {
        let at = random.below(text.len() as u64 + 1) as usize;
        match random.below(3) {
            0 if at < text.len() => {
                text.remove(at);
            }
            1 => text.truncate(at),
            _ => drop(text.splice(at..at, PIECES[random.below(12) as usize].iter().copied())),
        }
    }
}

#[test]
fn damaged_logs_are_read_without_panic_and_every_span_lies_inside() {
    let seeds = seeds();
    let formats: Vec<_> = seeds.iter().map(|seed| logs::recognise(seed).unwrap()).collect();
    let mut random = Random(99);
    for _ in 0..8_000 {
        let pick = random.below(seeds.len() as u64) as usize;
        let mut text = seeds[pick].clone();
        damage(&mut text, &mut random);
        let other = random.below(formats.len() as u64) as usize;
        let own = logs::recognise(&text);
        for format in [Some(&formats[pick]), Some(&formats[other]), own.as_ref()].into_iter().flatten() {
            for record in logs::read(&text, format).flatten() {
                let end = (record.place.offset + record.place.length) as usize;
                assert!(end <= text.len());
                for (_, span) in record.fields() {
                    assert!(span.start <= span.end && span.end <= record.text.len());
                }
                let _ = (record.time(), record.status(), record.target(), record.path(), record.rules());
                let _ = record.ids().count();
            }
        }
    }
}

#[test]
fn definitions_of_any_shape_are_compiled_or_refused() {
    let mut random = Random(5);
    let pieces = [
        "%",
        "$",
        "{",
        "}",
        "h",
        "status",
        "%{",
        "}i",
        "\"",
        "\\",
        " ",
        "log_format x",
        "'",
        ";",
        "[",
        "é",
        "(",
        "%%",
    ];
    for _ in 0..20_000 {
        let text: String = (0..random.below(9)).map(|_| pieces[random.below(18) as usize]).collect();
        for format in [
            logs::Format::from_nginx_log_format(&text),
            logs::Format::from_apache_log_format(&text),
            logs::Format::from_haproxy_log_format(&text),
            logs::Format::from_envoy_log_format(&text),
        ]
        .into_iter()
        .flatten()
        {
            let _ = format.parse("a é \"403\" [b] {c} $ %".as_bytes()).map(|record| record.status());
        }
    }
}

#[test]
fn a_line_that_nearly_fits_in_many_ways_is_given_up_quickly() {
    let definition = "$a $b $c $d $e $f $g $h $i $j|$status|";
    let format = logs::Format::from_nginx_log_format(definition).unwrap();
    let line = "x ".repeat(200_000);
    let start = std::time::Instant::now();
    assert!(format.parse(line.as_bytes()).is_none());
    // No timing of speed: without the limit on tries this would outlive the universe.
    assert!(start.elapsed().as_secs() < 60);
}
