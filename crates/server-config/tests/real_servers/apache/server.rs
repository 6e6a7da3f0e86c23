//! A real Apache httpd with many random virtual hosts.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use server_config::Product;

use super::generate;
use crate::random::Random;
use crate::stand::{Folder, Server, Stand, drop_refused, free_port};
use crate::wire::{self, Connections};

const MODULES: &[&str] = &[
    "mpm_prefork",
    "access_compat",
    "alias",
    "allowmethods",
    "auth_basic",
    "authn_core",
    "authn_file",
    "authz_core",
    "authz_groupfile",
    "authz_host",
    "authz_user",
    "autoindex",
    "cgi",
    "dir",
    "env",
    "headers",
    "mime",
    "negotiation",
    "proxy",
    "proxy_http",
    "remoteip",
    "rewrite",
    "setenvif",
    "ssl",
    "status",
];

/// Where Debian and Red Hat keep the modules.
const MODULE_FOLDERS: &[&str] = &["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules"];

/// The server, and the names of the virtual hosts that it loaded.
pub(super) fn start(random: &mut Random, hosts: usize) -> (Stand, Vec<String>, u16) {
    let upstream = wire::echo(Connections::One);
    let port = free_port();
    let folder = folder(port);
    let at = folder.text();
    let mut names = Vec::new();
    for number in 0..hosts {
        let name = format!("s{number}.test");
        let text = generate::host(random, &name, port, &at, upstream);
        folder.write(&format!("hosts/{name}.conf"), text);
        names.push(name);
    }
    for directory in ["ht", "ht/in", "ht2", "a"] {
        let text = generate::htaccess(random, &at, upstream);
        folder.write(&format!("root/{directory}/.htaccess"), text);
    }
    let main = folder.join("apache.conf");
    let check = || {
        let mut command = program();
        command.args(["-t", "-f"]).arg(&main);
        command
    };
    let is_named = |message: &str, name: &str| message.contains(&format!("/{name}.conf"));
    drop_refused(check, &mut names, is_named, |name| folder.join(format!("hosts/{name}.conf")));
    let server = Server::start(&folder, vec![([127, 0, 0, 1], port).into()], move || {
        let mut command = program();
        command.args(["-X", "-f"]).arg(&main);
        command
    });
    (Stand::new(Product::Apache, "apache.conf", folder, server), names, port)
}

/// The program's name on Debian and elsewhere.
fn program() -> Command {
    let name = ["/usr/sbin/apache2", "/usr/sbin/httpd"].into_iter().find(|path| Path::new(path).exists());
    Command::new(name.unwrap_or("/usr/sbin/apache2"))
}

/// A fresh folder with files to serve and the main configuration.
fn folder(port: u16) -> Folder {
    let folder = Folder::new("apache");
    for directory in [
        "hosts",
        "cgi",
        "root/a/b",
        "root/dir",
        "root/img",
        "root/empty",
        "root/ht/in",
        "root/ht2",
        "root/run",
        "root/secret",
    ] {
        fs::create_dir_all(folder.join(directory)).expect("a folder");
    }
    for (file, text) in [
        ("root/index.html", "home"),
        ("root/x.txt", "x"),
        ("root/a/b/c.txt", "c"),
        ("root/a/x.html", "ax"),
        ("root/a/.hidden", "h"),
        ("root/dir/page.php", "php"),
        ("root/err.html", "err"),
        ("root/a/b/index.html", "b"),
        ("root/img/logo.png", "p"),
        ("root/ht/x.txt", "ht"),
        ("root/ht/in/x.txt", "in"),
        ("root/ht2/x.txt", "ht2"),
        ("root/ht2/x.html", "ht2"),
        ("root/secret/x.txt", "s"),
        ("root/run/plain.cgi", "plain"),
        // ann: apr1; bob: SHA-1; both have the password `secret`.
        ("passwords", "ann:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/\nbob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"),
        ("groups", "staff: ann cid\nadmin: bob\n"),
    ] {
        folder.write(file, text);
    }
    let script = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\nCGI'\n";
    for file in ["root/run/ok.cgi", "cgi/ok.cgi"] {
        folder.write(file, script);
        fs::set_permissions(folder.join(file), fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    symlink("x.txt", folder.join("root/link.txt")).expect("a link");
    symlink("ht2", folder.join("root/linked")).expect("a link");
    folder.write("apache.conf", main_text(&folder, port));
    folder
}

fn main_text(folder: &Path, port: u16) -> String {
    let at = folder.display();
    let modules = MODULE_FOLDERS.iter().find(|path| Path::new(path).is_dir()).expect("Apache's modules");
    let mut text = format!(
        "ServerRoot {at}\nPidFile {at}/pid\nErrorLog {at}/error.log\nLogLevel info authz_core:debug\n"
    );
    text.push_str(
        "ErrorLogFormat \"%M\"\nServerName main.test\nMutex fcntl:TEMP\nTimeout 20\nKeepAlive Off\n",
    );
    for module in MODULES {
        text.push_str(&format!("LoadModule {module}_module {modules}/mod_{module}.so\n"));
    }
    text.push_str("TypesConfig /dev/null\nUser www-data\nGroup www-data\nStartServers 1\n");
    text.push_str(&format!("Listen 127.0.0.1:{port}\nListen 127.0.0.2:{port}\nDocumentRoot {at}/root\n"));
    text.push_str(
        "<Directory />\nRequire all denied\n</Directory>\n<Files \".ht*\">\nRequire all denied\n</Files>\n",
    );
    text.push_str(&format!("IncludeOptional {at}/hosts/*.conf\n"));
    text.replace("TEMP", &at.to_string())
}
