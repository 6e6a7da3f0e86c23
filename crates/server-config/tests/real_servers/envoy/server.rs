//! A real Envoy with many random listeners.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;

use server_config::Product;

use super::generate;
use crate::random::Random;
use crate::stand::{Folder, Server, Stand, free_ports, lab_program};
use crate::wire::{self, Connections};

/// The server and its ports; it writes `access.log` in its folder.
pub(super) fn start(random: &mut Random, listeners: usize) -> (Stand, Vec<u16>) {
    let folder = Folder::new("envoy");
    let any: IpAddr = Ipv4Addr::UNSPECIFIED.into();
    let ports = free_ports(listeners, &[any]);
    let log = folder.join("access.log").display().to_string();
    let upstream = wire::echo(Connections::Many);
    folder.write("envoy.yaml", generate::bootstrap(random, &ports, upstream, &log));
    let main = folder.join("envoy.yaml");
    let program = program();
    let listens: Vec<SocketAddr> = ports.iter().map(|port| ([127, 0, 0, 1], *port).into()).collect();
    let server = Server::start(&folder, listens, move || {
        let _ = fs::remove_file(main.with_file_name("access.log"));
        let mut command = Command::new(&program);
        command.arg("-c").arg(&main).args(["--concurrency", "1", "--disable-hot-restart", "-l", "error"]);
        command.args(["--file-flush-interval-msec", "50"]);
        command
    });
    (Stand::new(Product::Envoy, "envoy.yaml", folder, server), ports)
}

/// The program: `WHY403_ENVOY`, or the one among the lab's Python packages.
fn program() -> PathBuf {
    std::env::var_os("WHY403_ENVOY").map_or_else(|| lab_program("envoy/_bin/envoy"), PathBuf::from)
}
