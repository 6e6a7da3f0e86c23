//! A real Squid with many ports.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use server_config::Product;

use super::generate;
use crate::random::Random;
use crate::stand::{Folder, Server, Stand, free_ports, output};
use crate::wire::{self, Connections};

const MAIN: &str = "pid_filename DIR/pid\ncache_log /dev/null\naccess_log none\ncoredump_dir DIR\nhosts_file DIR/hosts\n\
shutdown_lifetime 0 seconds\ncache deny all\nvisible_hostname proxy.test\ndns_nameservers 127.0.0.1\nserver_persistent_connections off\n\
auth_param basic program /usr/lib/squid/basic_fake_auth\nauth_param basic realm lab\nicp_port 0\nmax_filedescriptors 1024\n\
forward_max_tries 1\nconnect_timeout 3 seconds\n";

/// The server, its ports, and the upstream's.
pub(super) fn start(random: &mut Random, count: usize) -> (Stand, Vec<SocketAddr>, u16) {
    let upstream = wire::echo(Connections::One);
    let folder = folder();
    let ports = free_ports(count, &[[127, 0, 0, 1].into()]);
    let listen = |(number, port): (usize, &u16)| format!("http_port 127.0.0.1:{port} name=p{number}\n");
    let listens: String = ports.iter().enumerate().map(listen).collect();
    let at = folder.text();
    let rules = generate::rules(random, count).replace("DIR", &at);
    folder.write("squid.conf", format!("{MAIN}{listens}include DIR/rules.conf\n").replace("DIR", &at));
    folder.write("rules.conf", format!("{rules}\n"));
    let main = folder.join("squid.conf");
    let mut check = command(&main);
    check.args(["-k", "parse"]);
    let check = output(check);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let addresses: Vec<SocketAddr> = ports.iter().map(|port| ([127, 0, 0, 1], *port).into()).collect();
    let pid = folder.join("pid");
    let last = addresses.last().copied().into_iter().collect();
    let server = Server::start(&folder, last, move || {
        // One that was killed leaves its number behind, and the next does not start.
        let _ = fs::remove_file(&pid);
        command(&main)
    });
    (Stand::new(Product::Squid, "squid.conf", folder, server), addresses, upstream)
}

fn command(main: &Path) -> Command {
    let mut command = Command::new("squid");
    command.args(["-N", "-f"]).arg(main);
    command
}

/// A fresh folder with the files that Squid reads. Squid gives up the superuser's rights.
fn folder() -> Folder {
    let folder = Folder::new("squid");
    let hosts = "127.0.0.1 localhost shop.test www.shop.test other.test help.test\n";
    folder.write("hosts", hosts);
    folder.write("list", "# a comment\n/api\n\n/secret\n");
    folder
}
