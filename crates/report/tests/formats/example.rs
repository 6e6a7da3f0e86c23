//! A verdict made by hand: a proxy passes on the wrong Host, and Django refuses the Origin.

use model::{
    Cause, Confidence, Emitter, Evidence, Family, Finding, Fix, Hypothesis, Layer, LayerState, LayerVerdict,
    Next, Outcome, Prevalence, SentRequest, SourceKind, Span, Timing, Verdict, Weight,
};

/// The secret that stands in the request and must stand in no output.
pub(crate) const SECRET: &str = "s3cr3t/session\"value";

static ORIGIN: Cause = Cause {
    id: "csrf.origin-mismatch",
    layer: Layer::Application,
    prevalence: Prevalence::Common,
    indicators: &[],
    experiments: &[],
    roots: &[],
    fix: "name the site's origin among the trusted ones",
    opens: "pages of that origin may post",
    decided_by: "the response",
    page: "The Origin of the request is not one that the application trusts\n\n## Why the server refuses\n...",
};

static TOKEN: Cause = Cause { id: "csrf.token-missing", page: "The anti-forgery token is missing", ..ORIGIN };

static DJANGO: Emitter = Emitter {
    id: "django",
    name: "Django",
    layer: Layer::Application,
    family: Family::Framework,
    about: "",
    checks: &["origin", "referer", "cookie", "token"],
    reference: None,
    signatures: &[],
};

/// The evidence and the verdict. `hostile` is put wherever text comes from the other side.
pub(crate) fn example(hostile: &str) -> (Evidence, Verdict) {
    let mut evidence = Evidence::default();
    let answer = format!(
        "HTTP/1.1 403 Forbidden\r\nServer: nginx{hostile}\r\n\r\nOrigin checking failed - https://shop.example does not match any trusted origins.{hostile}"
    );
    let request =
        format!("POST /orders HTTP/1.1\r\nHost: backend:8000\r\nCookie: sessionid={SECRET}\r\n\r\n");
    let config = format!(
        "server {{\n    location / {{\n        proxy_set_header Host $proxy_host;{hostile}\n    }}\n}}\n"
    );
    let response = evidence.sources.add("response.http", SourceKind::Response, answer.clone());
    let sent = evidence.sources.add("request.http", SourceKind::Request, request.clone());
    let nginx = evidence.sources.add("nginx.conf", SourceKind::Config, config.clone());
    evidence.mark_secret(SECRET);
    evidence.warn(Some(("app.log", Some(7))), format!("is not UTF-8{hostile}"));
    evidence.refused.timing = Timing {
        dns: Some(1.5),
        connect: Some(12.0),
        tls: Some(31.0),
        send: Some(0.2),
        wait: Some(84.0),
        receive: Some(3.0),
    };
    let place = |source, text: &str, part: &str| {
        let start = text.find(part).unwrap();
        Span { source, start, end: start + part.len() }
    };
    let proof = Finding {
        weight: Weight::Proves,
        because: format!("Django names the Origin that it does not trust{hostile}"),
        span: place(response, &answer, "Origin checking failed - https://shop.example"),
    };
    let cookie = Finding {
        weight: Weight::Hints,
        because: "a session is at stake".into(),
        span: place(sent, &request, &format!("sessionid={SECRET}")),
    };
    let root = Finding {
        weight: Weight::Supports,
        because: "the proxy replaces Host by the name of its upstream".into(),
        span: place(nginx, &config, "proxy_set_header Host $proxy_host;"),
    };
    let verdict = verdict(proof, cookie, root);
    (evidence, verdict)
}

fn verdict(proof: Finding, cookie: Finding, root: Finding) -> Verdict {
    let against = Finding {
        weight: Weight::Excludes,
        because: "the Origin is checked before the token".into(),
        span: proof.span,
    };
    let layer = |layer, state, because: &str| LayerVerdict { layer, state, because: because.into() };
    Verdict {
        outcome: Outcome::Explained,
        hypotheses: vec![Hypothesis {
            cause: &ORIGIN,
            probability: 0.987_65,
            confidence: Confidence::Proven,
            findings: vec![proof, cookie],
        }],
        ruled_out: vec![Hypothesis {
            cause: &TOKEN,
            probability: 0.000_1,
            confidence: Confidence::Unexplained,
            findings: vec![against],
        }],
        root: Some(("gateway.header-rewritten", root)),
        emitter: Some(&DJANGO),
        wrappers: Vec::new(),
        witnesses: Vec::new(),
        reference: None,
        layers: vec![
            layer(Layer::Network, LayerState::Pass, "the server answered"),
            layer(Layer::Application, LayerState::Deny, "Django wrote the refusal"),
            layer(Layer::Data, LayerState::NotReached, "the application refused first"),
        ],
        fixes: vec![Fix {
            text: "pass on the Host that the client sent".into(),
            patch: Some("--- nginx.conf\n+++ nginx.conf\n@@ -3 +3 @@\n-        proxy_set_header Host $proxy_host;\n+        proxy_set_header Host $host;\n".into()),
            opens: "the application sees the Host that clients send".into(),
        }],
        summary: "Django refused the POST: it does not trust the Origin https://shop.example".into(),
        next: Some(Next { document: Some("settings.py".into()), experiment: None, because: "it lists the trusted origins".into() }),
        later_checks: vec!["cookie", "token"],
    }
}

/// The requests that were sent.
pub(crate) fn requests() -> Vec<SentRequest> {
    vec![SentRequest {
        method: "POST".into(),
        url: "https://shop.example/orders".into(),
        status: Some(403),
        purpose: "the request itself".into(),
        accepted: false,
        curl: format!("curl https://shop.example/orders -b 'sessionid={SECRET}'"),
    }]
}
