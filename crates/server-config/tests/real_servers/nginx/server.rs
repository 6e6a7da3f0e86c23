//! A real nginx with many random servers.

use std::process::Command;

use server_config::Product;

use super::generate;
use crate::random::Random;
use crate::stand::{Folder, Server, Stand, drop_refused, free_port};
use crate::wire::{self, Connections};

const MAIN: &str = "daemon off;\nmaster_process off;\nworker_processes 1;\npid PID;\nerror_log LOG;\n\
events { worker_connections 512; }\nhttp {\naccess_log off;\nlingering_timeout 50ms;\nclient_body_temp_path TEMP/b;\nproxy_temp_path TEMP/p;\n\
fastcgi_temp_path TEMP/f;\nuwsgi_temp_path TEMP/u;\nscgi_temp_path TEMP/s;\nlimit_req_zone $binary_remote_addr zone=z:1m rate=1000r/s;\n\
variables_hash_bucket_size 128;\nserver_names_hash_bucket_size 128;\n\
map $arg_q $mapped { default 0; bbb 1; ~^a$ 2; }\n\
geo $region { default none; 10.0.0.0/8 lab; 10.1.0.0/16 sub; }\n\
include DIR/servers/*.conf;\n}\n";

/// The server, and the names of the virtual ones that it loaded.
pub(super) fn start(random: &mut Random, servers: usize) -> (Stand, Vec<String>, u16) {
    let upstream = wire::echo(Connections::One);
    let port = free_port();
    let folder = folder();
    let root = folder.join("root").display().to_string();
    let mut names = Vec::new();
    for number in 0..servers {
        let name = format!("s{number}.test");
        let text = generate::server(random, &name, port, &root, upstream);
        folder.write(&format!("servers/{name}.conf"), text);
        names.push(name);
    }
    let main = folder.join("nginx.conf");
    let check = || {
        let mut command = Command::new("nginx");
        command.args(["-t", "-q", "-c"]).arg(&main);
        command
    };
    let is_named = |message: &str, name: &str| message.contains(&format!("/{name}.conf"));
    drop_refused(check, &mut names, is_named, |name| folder.join(format!("servers/{name}.conf")));
    let server = Server::start(&folder, vec![([127, 0, 0, 1], port).into()], move || {
        let mut command = Command::new("nginx");
        command.arg("-c").arg(&main);
        command
    });
    (Stand::new(Product::Nginx, "nginx.conf", folder, server), names, port)
}

/// A fresh folder with files to serve and the main configuration.
fn folder() -> Folder {
    let folder = Folder::new("nginx");
    for directory in ["temp", "root/a/b", "root/dir/b", "root/img", "root/empty"] {
        std::fs::create_dir_all(folder.join(directory)).expect("a folder");
    }
    for (file, text) in [
        ("index.html", "home"),
        ("x.txt", "x"),
        ("a/b/c.txt", "c"),
        ("a/x.txt", "ax"),
        ("dir/page.php", "php"),
        ("err.html", "err"),
        ("a/b/index.html", "b"),
        ("passwords", "ann:{PLAIN}secret\n"),
        ("img/logo.png", "p"),
    ] {
        folder.write(&format!("root/{file}"), text);
    }
    let at = folder.text();
    let main = MAIN
        .replace("PID", &format!("{at}/pid"))
        .replace("LOG", &format!("{at}/error.log"))
        .replace("TEMP", &format!("{at}/temp"))
        .replace("DIR", &at);
    folder.write("nginx.conf", main);
    folder
}
