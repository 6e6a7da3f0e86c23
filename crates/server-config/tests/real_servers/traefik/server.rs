//! A real Traefik with many random routers, from a file provider. It comes from the lab's Python packages
//! (`lab/install.sh`), or from `WHY403_TRAEFIK`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use server_config::{Product, Request};

use super::generate;
use crate::random::Random;
use crate::stand::{Folder, Server, Stand, free_ports, lab_program};
use crate::wire::{self, Connections};

/// Entry points: what each believes of `X-Forwarded-*`, and the settings that all of its routers get.
const ENTRIES: [&str; 3] = [
    "",
    "\n    forwardedHeaders: {insecure: true}",
    "\n    forwardedHeaders: {trustedIPs: [127.0.0.0/8]}\n    http: {middlewares: [all@file]}",
];

/// Nothing is asked of other machines, and every request is logged at once.
const MAIN: &str = "global: {checkNewVersion: false, sendAnonymousUsage: false}\nlog: {level: ERROR}\n\
providers: {file: {filename: DIR/dynamic.yml, watch: false}}\n\
accessLog: {filePath: DIR/access.log, format: json, fields: {headers: {names: {X-Number: keep}}}}\nentryPoints:\n";

/// The server and the addresses of its entry points.
pub(super) fn start(random: &mut Random, sites: usize) -> (Stand, Vec<SocketAddr>) {
    let folder = Folder::new("traefik");
    let ports = free_ports(ENTRIES.len(), &[[127, 0, 0, 1].into()]);
    let addresses: Vec<SocketAddr> = ports.iter().map(|port| ([127, 0, 0, 1], *port).into()).collect();
    let mut text = MAIN.replace("DIR", &folder.text());
    for ((number, address), settings) in addresses.iter().enumerate().zip(ENTRIES) {
        text.push_str(&format!("  e{number}:\n    address: '{address}'{settings}\n"));
    }
    folder.write("traefik.yml", text);
    folder.write("dynamic.yml", generate::dynamic(random, sites, wire::echo(Connections::Many)));
    let main = folder.join("traefik.yml");
    let program = program();
    let server = Server::start(&folder, addresses.clone(), move || {
        let mut command = Command::new(&program);
        command.arg("--configFile").arg(&main);
        command
    });
    // It listens before it has read its routers.
    let ready =
        Request::new("GET", "/").with_header("Host", generate::READY).with_header("Connection", "close");
    let ready = ready.to_listener(addresses[0]);
    let is_ready = (0..1000).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        wire::send(&ready).status == 200
    });
    assert!(is_ready, "{}", std::fs::read_to_string(folder.join("dynamic.yml")).unwrap_or_default());
    (Stand::new(Product::Traefik, "traefik.yml", folder, server), addresses)
}

fn program() -> PathBuf {
    std::env::var_os("WHY403_TRAEFIK").map_or_else(|| lab_program("bin/traefik"), PathBuf::from)
}
