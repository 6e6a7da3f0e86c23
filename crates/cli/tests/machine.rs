//! Files that the system refused: from listings among the documents, and from a server's file tree with `--root`.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const REQUEST: &str = "curl http://shop.example/price-list.csv\n";
const RESPONSE: &str = "HTTP/1.1 403 Forbidden\r\nServer: nginx/1.22.1\r\nContent-Type: text/html\r\n\r\n<html><head><title>403 Forbidden</title></head></html>";
const LOG: &str = "2026/11/26 09:00:00 [error] 7#7: *1 open() \"/home/anna/site/price-list.csv\" failed (13: Permission denied), client: 192.0.2.7, server: shop.example, request: \"GET /price-list.csv HTTP/1.1\", host: \"shop.example\"\n";
const CONFIG: &str =
    "user www-data;\nevents {}\nhttp {\n  server {\n    listen 80;\n    root /home/anna/site;\n  }\n}\n";
const NAMEI: &str = "f: /home/anna/site/price-list.csv\ndrwxr-xr-x root root /\ndrwxr-xr-x root root home\ndrwx------ anna anna anna\ndrwxr-xr-x anna anna site\n-rw-r--r-- anna anna price-list.csv\n";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("why403-machine-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn put(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn inspect(arguments: &[&str]) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_why403"));
    let output = command.args(["--format", "json", "inspect"]).args(arguments).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The refused exchange and its log.
fn documents(folder: &Folder) -> Vec<String> {
    vec![
        folder.put("request.curl", REQUEST),
        folder.put("response.http", RESPONSE),
        folder.put("error.log", LOG),
    ]
}

fn answer(documents: &[String], more: &[&str]) -> serde_json::Value {
    let mut arguments: Vec<&str> = documents.iter().map(String::as_str).collect();
    arguments.extend(more);
    inspect(&arguments)
}

#[test]
fn a_refusal_in_the_log_and_the_walk_that_ends_at_a_component_prove_it() {
    let folder = Folder::new("pasted");
    let mut given = documents(&folder);
    given.push(folder.put("nginx.conf", CONFIG));
    given.push(folder.put("namei.txt", NAMEI));
    let found = answer(&given, &[]);
    assert_eq!(
        (&found["cause"], &found["confidence"]),
        (&"os.path-not-traversable".into(), &"proven".into())
    );
    assert_eq!(found["fixes"][0]["text"], "run as root: setfacl -m u:www-data:--x /home/anna", "{found:#}");
    assert_eq!(found["fixes"][0]["opens"], "`www-data` alone may pass, not list, /home/anna");
    let places = found["locations"].to_string();
    assert!(places.contains("drwx------ anna anna anna"), "{places}");
}

#[test]
fn the_walk_alone_proves_nothing() {
    let folder = Folder::new("alone");
    let given = [
        folder.put("request.curl", REQUEST),
        folder.put("response.http", RESPONSE),
        folder.put("nginx.conf", CONFIG),
        folder.put("namei.txt", NAMEI),
    ];
    let found = answer(&given, &[]);
    assert_eq!(
        (&found["cause"], &found["confidence"]),
        (&"os.path-not-traversable".into(), &"probable".into())
    );
}

#[test]
fn open_modes_point_at_mandatory_access_control() {
    let folder = Folder::new("open");
    let mut given = documents(&folder);
    given.push(folder.put("nginx.conf", CONFIG));
    given.push(folder.put("namei.txt", &NAMEI.replace("drwx------", "drwxr-xr-x")));
    let found = answer(&given, &[]);
    assert_ne!(found["confidence"], "proven");
    let hypotheses = found["hypotheses"].to_string();
    assert!(hypotheses.contains("os.mandatory-access-control"), "{found:#}");
}

#[test]
fn a_file_tree_is_described_where_the_log_points() {
    let folder = Folder::new("root");
    let given = documents(&folder);
    let config = folder.put("nginx.conf", CONFIG);
    folder.put("disk/etc/passwd", "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n");
    folder.put("disk/etc/group", "root:x:0:\nwww-data:x:33:\n");
    folder.put("disk/home/anna/site/price-list.csv", "sku,price\n");
    let disk = folder.0.join("disk");
    let close = |path: &str, mode: u32| mode_of(&disk.join(path), mode);
    close("home/anna/site/price-list.csv", 0o600);
    let root = disk.display().to_string();
    let found = answer(&given, &["--config", &config, "--root", &root]);
    assert_eq!(
        (&found["cause"], &found["confidence"]),
        (&"os.file-not-readable".into(), &"proven".into()),
        "{found:#}"
    );
    close("home/anna/site/price-list.csv", 0o644);
    close("home/anna", 0o700);
    let found = answer(&given, &["--config", &config, "--root", &root]);
    assert_eq!(
        (&found["cause"], &found["confidence"]),
        (&"os.path-not-traversable".into(), &"proven".into())
    );
}

fn mode_of(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_service_managers_sandbox_is_read_from_the_file_tree() {
    let folder = Folder::new("unit");
    let given = [
        folder.put("request.curl", "curl -X PUT http://shop.example/dav/a -d x\n"),
        folder.put("response.http", RESPONSE),
        folder.put(
            "error.log",
            &LOG.replace("13: Permission denied", "30: Read-only file system")
                .replace("open() \"/home/anna/site/price-list.csv\"", "mkdir() \"/srv/dav/a\"")
                .replace("GET /price-list.csv", "PUT /dav/a"),
        ),
    ];
    folder.put(
        "disk/usr/lib/systemd/system/nginx.service",
        "[Service]\nExecStart=/usr/sbin/nginx\nProtectSystem=strict\n",
    );
    folder.put(
        "disk/etc/systemd/system/nginx.service.d/upload.conf",
        "[Service]\nReadWritePaths=/srv/upload\n",
    );
    let root = folder.0.join("disk").display().to_string();
    let found = answer(&given, &["--root", &root]);
    assert_eq!(
        (&found["cause"], &found["confidence"]),
        (&"os.not-writable".into(), &"proven".into()),
        "{found:#}"
    );
    let fix = "add `ReadWritePaths=/srv/dav/a` below `[Service]` with `systemctl edit` for the unit, and restart it";
    assert_eq!(found["fixes"][0]["text"], fix, "{found:#}");
}

#[test]
fn a_denial_in_the_audit_log_brings_its_own_fix_and_a_permissive_one_proves_nothing() {
    let folder = Folder::new("avc");
    let avc = "type=AVC msg=audit(1764147600.000:42): avc:  denied  { read } for  pid=7 comm=\"nginx\" path=\"/srv/shop/a.html\" dev=\"vda1\" ino=9 scontext=system_u:system_r:httpd_t:s0 tcontext=unconfined_u:object_r:default_t:s0 tclass=file permissive=0\n";
    let mut given = documents(&folder);
    given.push(folder.put("audit.log", avc));
    let found = answer(&given, &[]);
    assert_eq!(
        (&found["cause"], &found["confidence"]),
        (&"os.mandatory-access-control".into(), &"proven".into())
    );
    let fix = "run as root: semanage fcontext -a -t httpd_sys_content_t '/srv/shop(/.*)?' && restorecon -Rv /srv/shop";
    assert_eq!(found["fixes"][0]["text"], fix, "{found:#}");
    given.pop();
    given.push(folder.put("audit.log", &avc.replace("permissive=0", "permissive=1")));
    let found = answer(&given, &[]);
    assert_ne!(
        (&found["cause"], &found["confidence"]),
        (&"os.mandatory-access-control".into(), &"proven".into())
    );
}
