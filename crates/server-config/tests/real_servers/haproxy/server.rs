//! A real HAProxy with many random frontends.

use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;

use server_config::Product;

use super::generate::Text;
use crate::random::Random;
use crate::stand::{Folder, Server, Stand, free_ports, output};
use crate::wire::{self, Connections};

const BACKENDS: usize = 12;

const GLOBAL: &str = "global\n    nbthread 1\n    log 127.0.0.1:LOG len 4096 format raw local0 info\n\
userlist users\n    user ann insecure-password secret\n\
defaults base\n    mode http\n    log global\n    timeout connect 2s\n    timeout client 5s\n    timeout server 5s\n    timeout tarpit 1ms\n\
    log-format \"%[capture.req.hdr(0)] %[last_rule_file]:%[last_rule_line]\"\n";

/// The address of a frontend; each has one of its own.
pub(super) fn address(frontend: usize) -> IpAddr {
    [127, 0, 1, frontend as u8 + 1].into()
}

/// The server, the socket that its log comes to, and the port of all frontends.
pub(super) fn start(random: &mut Random, frontends: usize) -> (Stand, UdpSocket, u16) {
    let log = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let log_port = log.local_addr().expect("an address").port();
    let folder = folder();
    let addresses: Vec<IpAddr> = (0..frontends).map(address).collect();
    let port = free_ports(1, &addresses)[0];
    let write = |name: &str, lines: &[String]| {
        let at = folder.text();
        let text = lines.join("\n").replace("DIR", &at).replace("PORT", &port.to_string());
        folder.write(&format!("conf/{name}"), format!("{text}\n"));
    };
    write("a.cfg", &[GLOBAL.replace("LOG", &log_port.to_string())]);
    // Defaults with rules hold either for frontends or for backends.
    for (file, name) in [("b1.cfg", "fronts"), ("b2.cfg", "backs")] {
        let mut rules = Text::new(random, format!("defaults {name} from base"));
        rules.acls();
        rules.rules(4);
        write(file, &rules.lines);
    }
    let upstream = wire::echo(Connections::One);
    for number in 0..BACKENDS {
        let from = *random.pick(&["base", "base", "backs"]);
        let mut text = Text::new(random, format!("backend b{number} from {from}"));
        text.acls();
        text.rules(3);
        text.settings();
        text.lines.push(format!("    http-response set-header X-Block {number}"));
        if text.random.chance(90) {
            text.lines.push(format!("    server s1 127.0.0.1:{upstream}"));
        }
        write(&format!("c{number:02}.cfg"), &text.lines);
    }
    for number in 0..frontends {
        let from = *random.pick(&["base", "base", "fronts"]);
        let mut text = Text::new(random, format!("frontend f{number} from {from}"));
        text.lines.push(format!("    bind 127.0.1.{}:PORT", number + 1));
        text.lines.push("    capture request header X-Id len 12".to_owned());
        text.acls();
        text.rules(7);
        text.settings();
        text.frontend(BACKENDS);
        write(&format!("d{number:02}.cfg"), &text.lines);
    }
    drop_refused(&folder.join("conf"));
    let conf = folder.join("conf");
    // It binds in the order of its frontends, so the last one is waited for.
    let last = vec![SocketAddr::new(address(frontends - 1), port)];
    let server = Server::start(&folder, last, move || {
        let mut command = command(&conf);
        command.arg("-db");
        command
    });
    (Stand::new(Product::HaProxy, "conf", folder, server), log, port)
}

fn command(conf: &Path) -> Command {
    let mut command = Command::new("haproxy");
    command.arg("-f").arg(conf);
    command
}

/// A fresh folder with the files that rules read.
fn folder() -> Folder {
    let folder = Folder::new("haproxy");
    for (file, text) in [
        ("map", "# a comment\n/a x\n/api  4\n/a/b y\n\n  /x.txt 9\n"),
        ("numbers", "/a 1\n/api  4\n/x.txt 9\n"),
        ("list", "/a/b\n# no\n/api/v1\n/x.txt\n"),
        ("hosts", "shop.test shop\nexample other\n"),
        ("nets", "10.0.0.0/8 middle\n127.0.0.0/8 near\n127.0.0.1 nearest\n"),
        ("backends", "a b1\napi b2\n"),
        ("403.http", "HTTP/1.0 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
    ] {
        folder.write(file, text);
    }
    folder
}

/// Takes away the lines that HAProxy refuses to load, as its messages name them.
fn drop_refused(folder: &Path) {
    for _ in 0..200 {
        let mut check = command(folder);
        check.arg("-c");
        let output = output(check);
        if output.status.success() {
            return;
        }
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let alerts = message.lines().filter(|line| line.contains("[ALERT]"));
        let named = alerts.filter_map(|line| line.split_once("parsing [").map(|(_, rest)| rest));
        let mut refused: Vec<(String, usize)> = named
            .filter_map(|rest| rest.split_once(']')?.0.rsplit_once(':'))
            .filter_map(|(file, line)| Some((file.to_owned(), line.parse().ok()?)))
            .collect();
        assert!(!refused.is_empty(), "haproxy -c: {message}");
        refused.sort();
        refused.dedup();
        for (file, line) in refused {
            assert!(line > 1, "haproxy -c: {message}");
            let text = fs::read_to_string(&file).expect("the file");
            let kept = text.lines().enumerate().map(|(at, text)| if at + 1 == line { "" } else { text });
            fs::write(&file, kept.collect::<Vec<_>>().join("\n") + "\n").expect("the file");
        }
    }
    panic!("haproxy refuses the configuration");
}
