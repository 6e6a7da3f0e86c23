//! What recognising costs as the emitters grow: building the recogniser, and one verdict's pass, for the first 15, 50,
//! 100, 150 and all of them. `cargo run --release -p why403-testkit --example bench_emitters`

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use catalogue::{Recogniser, emitters};
use intake::Document;
use model::Emitter;

/// Passes that are measured for each size.
const PASSES: u32 = 200;

fn main() {
    let evidence = intake::read(documents());
    let all = emitters::all();
    println!("emitters  signatures  text bytes  start ms  pass ms");
    for count in [15, 50, 100, 150, all.len()] {
        let some = &all[..count];
        let begun = Instant::now();
        let recogniser = Recogniser::new(some);
        let start = begun.elapsed();
        black_box(recogniser.recognise(&evidence));
        let begun = Instant::now();
        for _ in 0..PASSES {
            black_box(recogniser.recognise(&evidence));
        }
        let pass = begun.elapsed() / PASSES;
        let signatures: usize = some.iter().map(|emitter| emitter.signatures.len()).sum();
        println!("{count:>8}  {signatures:>10}  {:>10}  {:>8.2}  {:>7.3}", bytes(some), ms(start), ms(pass));
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The bytes of all texts that the tables hold.
fn bytes(emitters: &[Emitter]) -> usize {
    let signature = |signature: &model::Signature| {
        let texts: usize = signature.texts.iter().map(|text| text.len()).sum();
        let own = [signature.id, signature.pattern, signature.meaning, signature.fix, signature.opens];
        texts
            + own.iter().map(|text| text.len()).sum::<usize>()
            + signature.source.len()
            + size_of_val(signature)
    };
    let emitter = |emitter: &Emitter| {
        emitter.about.len() + emitter.signatures.iter().map(signature).sum::<usize>() + size_of_val(emitter)
    };
    emitters.iter().map(emitter).sum()
}

/// 20 kB of documents: a page of nginx among filling, and a log.
fn documents() -> Vec<Document> {
    let filling = "<p>the quick brown fox requests a resource and is refused, token or not</p>\n".repeat(130);
    let page = format!(
        "HTTP/1.1 403 Forbidden\r\nServer: nginx\r\n\r\n{filling}<center><h1>403 Forbidden</h1></center><hr><center>nginx</center>"
    );
    let line = "2024/01/02 03:04:05 [error] 65#65: *8 access forbidden by rule, client: 192.0.2.10, server: a.example\n";
    let document = |name: &str, text: String| Document { name: name.to_owned(), bytes: text.into_bytes() };
    vec![
        document("request.curl", "curl -X POST https://a.example/orders -d a=b".to_owned()),
        document("response.http", page),
        document("error.log", line.repeat(95)),
    ]
}
