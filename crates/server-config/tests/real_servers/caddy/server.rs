//! A real Caddy with many random sites.

use std::path::Path;
use std::process::Command;

use server_config::Product;

use super::generate;
use crate::random::Random;
use crate::stand::{Folder, Server, Stand, drop_refused, free_port, output};
use crate::wire::{self, Connections};

const GLOBAL: &str = "{\n\tadmin off\n\tauto_https off\n}\nimport sites/*\n";

/// The password `secret`, at the lowest cost that bcrypt knows.
const HASH: &str = "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

/// The server, and the names of the sites that it loaded. `adapted.json` in its folder is the same configuration, as
/// Caddy's own adapter makes it.
pub(super) fn start(random: &mut Random, sites: usize) -> (Stand, Vec<String>, u16) {
    let upstream = wire::echo(Connections::One);
    let port = free_port();
    let folder = folder();
    let root = folder.join("root").display().to_string();
    let mut names = Vec::new();
    for number in 0..sites {
        let name = format!("s{number}.test");
        let text = generate::site(random, &name, port, &root, upstream).replace("HASH", HASH);
        folder.write(&format!("sites/{name}"), text);
        names.push(name);
    }
    let main = folder.join("Caddyfile");
    let is_named = |message: &str, name: &str| message.contains(&format!("/sites/{name}:"));
    drop_refused(|| command("validate", &main), &mut names, is_named, |name| folder.join("sites").join(name));
    folder.write("adapted.json", output(command("adapt", &main)).stdout);
    let server = Server::start(&folder, vec![([127, 0, 0, 1], port).into()], move || command("run", &main));
    (Stand::new(Product::Caddy, "Caddyfile", folder, server), names, port)
}

fn command(subcommand: &str, main: &Path) -> Command {
    let mut command = Command::new("caddy");
    command.arg(subcommand).args(["--adapter", "caddyfile", "--config"]).arg(main);
    command.env("HOME", main.parent().unwrap_or(main));
    command
}

/// A fresh folder with files to serve and the main configuration.
fn folder() -> Folder {
    let folder = Folder::new("caddy");
    for directory in ["sites", "root/a/b", "root/dir", "root/img", "root/n"] {
        std::fs::create_dir_all(folder.join(directory)).expect("a folder");
    }
    for (file, text) in [
        ("index.html", "home"),
        ("x.txt", "x"),
        ("a/b/c.txt", "c"),
        ("a/x.txt", "ax"),
        ("a/b.html", "ab"),
        ("dir/page.php", "php"),
        ("a/b/index.html", "b"),
        ("img/logo.png", "p"),
    ] {
        folder.write(&format!("root/{file}"), text);
    }
    folder.write("Caddyfile", GLOBAL);
    folder
}
