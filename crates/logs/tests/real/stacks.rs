//! The join on real stacks: a thousand concurrent requests, with and without a common id, clocks up to five seconds apart.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use logs::join::CERTAIN;
use logs::{By, Format, Joined, Record, Traits};

use crate::server::{Folder, Server, records, send, start};

const REQUESTS: usize = 1000;

/// One log of a stack: its file, its format, and the same with the identifier passed over.
struct Log {
    file: &'static str,
    whole: Format,
    blind: Format,
    /// Another file that is read without the identifier, where no format can pass over it.
    masked: Option<&'static str>,
    /// What its clock is ahead of the first one's, in microseconds.
    ahead: i64,
}

impl Log {
    /// A log in a format that Apache's letters write; without its identifier, another field that nobody sends stands there.
    fn apache(file: &'static str, format: &str, seconds_ahead: i64) -> Log {
        Log {
            file,
            whole: Format::from_apache_log_format(format).unwrap(),
            blind: Format::from_apache_log_format(&format.replace("X-Request-ID", "Unknown")).unwrap(),
            masked: None,
            ahead: seconds_ahead * 1_000_000,
        }
    }

    /// The log of the nginx in front, by whose clock the others are ahead.
    fn nginx() -> Log {
        let format = |id: &str| Format::from_nginx_log_format(&NGINX.replace("$common_id", id)).unwrap();
        Log {
            file: "nginx.log",
            whole: format("$request_id"),
            blind: format("$unknown"),
            masked: None,
            ahead: 0,
        }
    }
}

#[test]
fn nginx_and_django() {
    let folder = Folder::new("django");
    let django = django(&folder);
    let nginx = nginx(&folder, django.port);
    ask(nginx.port);
    hold(&folder, &[Log::nginx(), Log::apache("gunicorn.log", GUNICORN, 5)]);
}

#[test]
fn haproxy_apache_with_modsecurity_and_express() {
    let folder = Folder::new("express");
    let express = express(&folder);
    let apache = apache(&folder, express.port);
    let haproxy = haproxy(&folder, apache.port);
    ask(haproxy.port);
    hold(
        &folder,
        &[
            Log {
                file: "haproxy.log",
                whole: Format::from_haproxy_log_format(HAPROXY).unwrap(),
                blind: Format::from_haproxy_log_format(&HAPROXY.replace("%ID", "%[unknown]")).unwrap(),
                masked: None,
                ahead: 0,
            },
            Log::apache("access.log", APACHE, -5),
            Log::apache("express.log", EXPRESS, 3),
        ],
    );
}

#[test]
fn nginx_with_modsecurity_and_flask() {
    let folder = Folder::new("flask");
    let flask = flask(&folder);
    let nginx = guarded_nginx(&folder, flask.port);
    ask(nginx.port);
    let audit = || {
        let first = r#"{"transaction":{"client_ip":"192.0.2.7","time_stamp":"Tue Nov 24 08:38:57 2026","request":{"method":"GET"}}}"#;
        logs::recognise(first.as_bytes()).unwrap()
    };
    hold(
        &folder,
        &[
            Log::nginx(),
            Log { file: "audit.json", whole: audit(), blind: audit(), masked: Some("masked.json"), ahead: 0 },
            Log::apache("gunicorn.log", GUNICORN, -5),
        ],
    );
}

/// With ids every request is joined; without, what is called certain is right.
fn hold(folder: &Folder, logs: &[Log]) {
    let read = |file: &str, format: &Format| -> Vec<Record<'static>> {
        records(&folder.path().join(file), Some(format), REQUESTS, |record| record.status() == Some(403))
    };
    let whole: Vec<Vec<Record<'static>>> = logs.iter().map(|log| read(log.file, &log.whole)).collect();
    for log in logs {
        if let Some(masked) = log.masked {
            let text = std::fs::read_to_string(folder.path().join(log.file)).unwrap();
            let hidden = text.split("\"unique_id\":\"").map(|part| match part.split_once('"') {
                Some((id, rest)) if id.len() > 8 && !id.contains('{') => format!("-\"{rest}"),
                _ => part.to_owned(),
            });
            folder.write(masked, &hidden.collect::<Vec<_>>().join("\"unique_id\":\""));
        }
    }
    let ids: Vec<Vec<String>> = whole
        .iter()
        .map(|log| log.iter().map(|record| record.ids().next().unwrap().into_owned()).collect())
        .collect();
    let joined = logs::join(&whole);
    let right = |story: &&logs::Story| {
        let own: Vec<&String> = story.lines.iter().map(|(log, line)| &ids[*log][*line]).collect();
        own.len() == logs.len() && own.windows(2).all(|pair| pair[0] == pair[1])
    };
    assert_eq!(joined.stories.iter().filter(right).filter(|story| story.by == By::Id).count(), REQUESTS);
    let blind: Vec<Vec<Traits>> = logs
        .iter()
        .map(|log| {
            let shifted = |record: &Record<'_>| {
                assert!(record.ids().all(|id| id == "-"));
                let mut traits = Traits::of(record);
                traits.time = traits.time.map(|time| time + log.ahead);
                traits
            };
            read(log.masked.unwrap_or(log.file), &log.blind).iter().map(shifted).collect()
        })
        .collect();
    judge(&logs::join_traits(&blind), logs, &ids);
}

fn judge(joined: &Joined, logs: &[Log], ids: &[Vec<String>]) {
    let mut counts: HashMap<(bool, bool), usize> = HashMap::new();
    for story in &joined.stories {
        let own: Vec<&String> = story.lines.iter().map(|(log, line)| &ids[*log][*line]).collect();
        let right = own.len() == logs.len() && own.windows(2).all(|pair| pair[0] == pair[1]);
        let certain = story.by != By::Alone && story.probability >= CERTAIN;
        *counts.entry((certain, right)).or_default() += 1;
    }
    let count = |certain, right| counts.get(&(certain, right)).copied().unwrap_or(0);
    println!(
        "certain: {} right, {} wrong; uncertain: {} right, {} wrong; clocks: {:?}",
        count(true, true),
        count(true, false),
        count(false, true),
        count(false, false),
        joined.offsets
    );
    assert!(count(true, false) * 100 <= count(true, true) + count(true, false), "{counts:?}");
    assert!(count(true, true) * 2 > REQUESTS, "most are certain: {counts:?}");
    for (log, offset) in logs.iter().zip(&joined.offsets) {
        let found = offset.unwrap().micros;
        assert!((found + log.ahead).abs() < 1_000_000, "{}: {found}", log.file);
    }
}

/// A thousand requests from twenty threads, to a few hundred paths, by a dozen programs.
fn ask(port: u16) {
    std::thread::scope(|scope| {
        for thread in 0..20_usize {
            scope.spawn(move || {
                for number in 0..REQUESTS / 20 {
                    let dice = (thread * 7919 + number * 104_729) % 1009;
                    let (item, agent, size) = (dice % 300, dice % 12, (dice * 37) % 700);
                    let method = if dice % 2 == 0 { "POST" } else { "DELETE" };
                    let request = format!(
                        "{method} /items/{item}?size={size} HTTP/1.1\r\nHost: a.example\r\nUser-Agent: program/{agent}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    );
                    let answer = send(port, request.as_bytes());
                    assert!(answer.starts_with("HTTP/1.1 403"), "{answer:?}");
                }
            });
        }
    });
}

/// The folder of the lab's packages, see `lab/install.sh`.
fn lab() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.lab");
    std::env::var_os("WHY403_LAB_HOME").map_or_else(|| PathBuf::from(own), PathBuf::from)
}

const NGINX: &str = r#"log_format common_id '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent "$http_user_agent" $common_id';"#;

fn nginx(folder: &Folder, upstream: u16) -> Server {
    nginx_with(folder, upstream, "", "")
}

/// nginx in front of a port, with directives before all others and with some of its own within `http`.
fn nginx_with(folder: &Folder, upstream: u16, first: &str, within: &str) -> Server {
    let at = folder.path().display();
    let definition = NGINX.replace("$common_id", "$request_id");
    start(folder, |port| {
        let config = format!(
            "{first} daemon off; pid {at}/nginx.pid; error_log {at}/nginx_error.log; events {{ worker_connections 512; }}\n\
             http {{ {definition} access_log {at}/nginx.log common_id;\n\
             client_body_temp_path {at}/b; proxy_temp_path {at}/p; fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n\
             {within}\n\
             server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{upstream}; proxy_set_header X-Request-ID $request_id; }} }} }}\n"
        );
        let file = folder.write("nginx.conf", &config);
        let mut command = Command::new("nginx");
        command.args(["-c", &file, "-p", &at.to_string()]);
        command
    })
}

/// nginx whose ModSecurity 3 writes an audit entry for each refused request, under nginx's own id.
fn guarded_nginx(folder: &Folder, upstream: u16) -> Server {
    let at = folder.path().display();
    let rules = folder.write(
        "modsecurity.conf",
        &format!(
            "SecRuleEngine On\nSecAuditEngine RelevantOnly\nSecAuditLogRelevantStatus \"^403$\"\nSecAuditLogParts ABHZ\n\
             SecAuditLogFormat JSON\nSecAuditLogType Serial\nSecAuditLog {at}/audit.json\n\
             SecRule REQUEST_METHOD \"@streq DELETE\" \"id:1000,phase:1,pass,log,auditlog,msg:'A method to watch'\"\n"
        ),
    );
    // nginx' workers give up root, and must be able to write the log.
    folder.write("audit.json", "");
    open_to_all(&folder.path().join("audit.json"));
    nginx_with(
        folder,
        upstream,
        "load_module /usr/lib/nginx/modules/ngx_http_modsecurity_module.so;",
        &format!("modsecurity on; modsecurity_transaction_id $request_id; modsecurity_rules_file {rules};"),
    )
}

fn open_to_all(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o666)).unwrap();
}

fn flask(folder: &Folder) -> Server {
    folder.write(
        "app.py",
        "from flask import Flask, request\n\
         application = Flask('app')\n\
         @application.route('/', defaults={'path': ''}, methods=['GET', 'POST', 'DELETE'])\n\
         @application.route('/<path:path>', methods=['GET', 'POST', 'DELETE'])\n\
         def refuse(path):\n    return 'x' * int(request.args.get('size', 0)), 403\n",
    );
    gunicorn(folder)
}

/// gunicorn's atoms are its own; this is what the line looks like to Apache's letters.
const GUNICORN: &str = r#"%h %l %u %t "%r" %>s %b "%{User-Agent}i" %{X-Request-ID}i"#;

fn django(folder: &Folder) -> Server {
    folder.write(
        "app.py",
        "from django.conf import settings\n\
         settings.configure(DEBUG=False, ALLOWED_HOSTS=['*'], ROOT_URLCONF='app', SECRET_KEY='x', MIDDLEWARE=[])\n\
         from django.core.wsgi import get_wsgi_application\n\
         from django.http import HttpResponseForbidden\n\
         from django.urls import re_path\n\
         def view(request):\n    return HttpResponseForbidden('x' * int(request.GET.get('size', 0)))\n\
         urlpatterns = [re_path('', view)]\n\
         application = get_wsgi_application()\n",
    );
    gunicorn(folder)
}

/// Serves `app.py` of the folder.
fn gunicorn(folder: &Folder) -> Server {
    let gunicorn = lab().join("venv/bin/gunicorn");
    start(folder, |port| {
        let mut command = Command::new(&gunicorn);
        let format = r#"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(a)s" %({x-request-id}i)s"#;
        let log = folder.path().join("gunicorn.log");
        command.current_dir(folder.path()).args(["--bind", &format!("127.0.0.1:{port}"), "--threads", "8"]);
        command.args(["--access-logfile", log.to_str().unwrap(), "--access-logformat", format, "app"]);
        command
    })
}

const HAPROXY: &str =
    r#"log-format "%ci:%cp [%tr] %ft %b/%s %ST %B %tsc %ID %{+Q}[capture.req.hdr(0)] %{+Q}r""#;

fn haproxy(folder: &Folder, upstream: u16) -> Server {
    // One thread: when two of them write a line at once, HAProxy drops one.
    start(folder, |port| {
        let config = format!(
            "global\n nbthread 1\n log stdout format raw local0\ndefaults\n mode http\n timeout connect 60s\n timeout client 60s\n timeout server 60s\n\
             frontend f\n bind 127.0.0.1:{port}\n log global\n {HAPROXY}\n unique-id-format %[uuid()]\n unique-id-header X-Request-ID\n \
             capture request header User-Agent len 64\n default_backend b\nbackend b\n server s 127.0.0.1:{upstream}\n"
        );
        let file = folder.write("haproxy.cfg", &config);
        let mut command = Command::new("haproxy");
        command.args(["-db", "-f", &file]);
        command.stdout(std::fs::File::create(folder.path().join("haproxy.log")).unwrap());
        command
    })
}

const APACHE: &str = r#"LogFormat "%h %l %u %t \"%r\" %>s %B \"%{User-Agent}i\" %{X-Request-ID}i" common_id"#;

fn apache(folder: &Folder, upstream: u16) -> Server {
    let at = folder.path().display();
    let modules = "/usr/lib/apache2/modules";
    let load = |name: &str| format!("LoadModule {name}_module {modules}/mod_{name}.so\n");
    let loaded: String = ["mpm_event", "authz_core", "unique_id", "proxy", "proxy_http"].map(load).concat();
    start(folder, |port| {
        let config = format!(
            "ServerRoot {at}\nPidFile {at}/pid\nServerName a.example\nListen 127.0.0.1:{port}\n{loaded}\
             LoadModule security2_module {modules}/mod_security2.so\nSecRuleEngine On\nSecDataDir {at}\nSecTmpDir {at}\n\
             SecRule REQUEST_METHOD \"@streq DELETE\" \"id:1000,phase:1,pass,log,msg:'A method to watch'\"\n\
             {APACHE}\nCustomLog {at}/access.log common_id\nErrorLog {at}/error.log\n\
             ProxyPass / http://127.0.0.1:{upstream}/\n<Location />\nRequire all granted\n</Location>\n"
        );
        let file = folder.write("apache.conf", &config);
        let mut command = Command::new("apache2");
        command.args(["-X", "-f", &file]);
        command
    })
}

/// morgan's tokens in the order of the Combined Log Format.
const EXPRESS: &str = r#"%h %l %u %t "%r" %>s %b "%{User-Agent}i" %{X-Request-ID}i"#;

fn express(folder: &Folder) -> Server {
    let program = folder.write(
        "app.js",
        "const express = require('express'), fs = require('fs');\n\
         const log = fs.createWriteStream(process.argv[3], { flags: 'a' });\n\
         const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' '), two = n => String(n).padStart(2, '0');\n\
         const stamp = d => `${two(d.getUTCDate())}/${months[d.getUTCMonth()]}/${d.getUTCFullYear()}:${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} +0000`;\n\
         const app = express();\n\
         app.use((q, a) => {\n  const body = 'x'.repeat(Number(q.query.size || 0));\n\
         \x20 log.write(`127.0.0.1 - - [${stamp(new Date())}] \"${q.method} ${q.originalUrl} HTTP/1.1\" 403 ${body.length} \"${q.get('user-agent')}\" ${q.get('x-request-id')}\\n`);\n\
         \x20 a.status(403).send(body);\n});\n\
         app.listen(Number(process.argv[2]), '127.0.0.1');\n",
    );
    start(folder, |port| {
        let mut command = Command::new("node");
        command.env("NODE_PATH", lab().join("node/node_modules")).args([&program, &port.to_string()]);
        command.arg(folder.path().join("express.log"));
        command
    })
}
