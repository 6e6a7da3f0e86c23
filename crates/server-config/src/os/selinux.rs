//! SELinux: denials in the audit log, and the change of a label, a boolean or a port's type that mends each.
//!
//! httpd_selinux(8) and semanage-fcontext(8) (policy of Fedora and RHEL); Linux, `security/selinux/avc.c`
//! (`avc_audit_post_callback`) for the form of the line.

use super::Remedy;
use super::quoted;

/// A denial by the access vector cache, as `ausearch -m AVC` and `audit.log` show it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Avc {
    /// The permissions that were refused: `read`, `name_connect`.
    pub permissions: Vec<String>,
    /// The program's name.
    pub program: Option<String>,
    /// The path, or only the last name of it.
    pub name: Option<String>,
    /// The port, for connections.
    pub port: Option<u16>,
    /// The program's domain: `httpd_t`.
    pub source: String,
    /// The type of what it wanted: `user_home_t`.
    pub target: String,
    /// The class: `file`, `dir`, `tcp_socket`.
    pub class: String,
    /// Whether the domain or the machine is permissive: then it was noted and not refused.
    pub permissive: bool,
}

/// Reads a line; `None` when it is no denial.
pub fn avc(line: &str) -> Option<Avc> {
    let rest = &line[line.find("avc:")? + 4..];
    let rest = rest.trim_start().strip_prefix("denied")?;
    let (permissions, rest) = rest.split_once('{')?.1.split_once('}')?;
    let context_type =
        |key: &str| value(rest, key).and_then(|context| context.split(':').nth(2).map(str::to_owned));
    Some(Avc {
        permissions: permissions.split_whitespace().map(str::to_owned).collect(),
        program: value(rest, "comm=").map(unquoted),
        name: value(rest, "path=").or_else(|| value(rest, "name=")).map(unquoted),
        port: value(rest, "dest=").or_else(|| value(rest, "src=")).and_then(|port| port.parse().ok()),
        source: context_type("scontext=")?,
        target: context_type("tcontext=")?,
        class: value(rest, "tclass=")?.to_owned(),
        permissive: value(rest, "permissive=") == Some("1"),
    })
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at =
        text.match_indices(key).map(|(at, _)| at).find(|at| *at == 0 || text.as_bytes()[at - 1] == b' ')?;
    let rest = &text[at + key.len()..];
    let end = match rest.strip_prefix('"') {
        Some(inner) => inner.find('"')? + 2,
        None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
    };
    Some(&rest[..end])
}

/// The audit log writes names that hold blanks or quotes as hexadecimal digits (auditd, "encoded" values).
fn unquoted(text: &str) -> String {
    if let Some(inner) = text.strip_prefix('"') {
        return inner.trim_end_matches('"').to_owned();
    }
    let pairs: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2))
        .collect();
    pairs.map_or_else(|| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Types of files outside a web server's folders, and the boolean that covers them, if the policy has one.
const FOREIGN: &[(&str, Option<&str>)] = &[
    ("user_home_t", Some("httpd_read_user_content")),
    ("user_home_dir_t", Some("httpd_enable_homedirs")),
    ("nfs_t", Some("httpd_use_nfs")),
    ("cifs_t", Some("httpd_use_cifs")),
    ("fusefs_t", Some("httpd_use_fusefs")),
    ("admin_home_t", None),
    ("tmp_t", None),
    ("user_tmp_t", None),
    ("default_t", None),
    ("unlabeled_t", None),
    ("mnt_t", None),
    ("container_file_t", None),
    ("samba_share_t", None),
];

/// Types of ports, and the boolean that lets a web server connect to them.
const PORTS: &[(&str, &str)] = &[
    ("mysqld_port_t", "httpd_can_network_connect_db"),
    ("postgresql_port_t", "httpd_can_network_connect_db"),
    ("mssql_port_t", "httpd_can_network_connect_db"),
    ("mongod_port_t", "httpd_can_network_connect_db"),
    ("smtp_port_t", "httpd_can_sendmail"),
    ("ldap_port_t", "httpd_can_connect_ldap"),
    ("memcache_port_t", "httpd_can_network_memcache"),
    ("ftp_port_t", "httpd_can_connect_ftp"),
    ("http_port_t", "httpd_can_network_relay"),
    ("http_cache_port_t", "httpd_can_network_relay"),
    ("squid_port_t", "httpd_can_network_relay"),
];

/// Whether a web server's domain may read files of this type nowhere but by a boolean or a new label.
pub fn is_foreign(kind: &str) -> bool {
    FOREIGN.iter().any(|(foreign, _)| *foreign == kind)
}

/// The smallest change of the policy's settings for a denial; none where only a look at the policy can tell.
pub fn remedies(denial: &Avc) -> Vec<Remedy> {
    let has = |permission: &str| denial.permissions.iter().any(|known| known == permission);
    if denial.source.starts_with("container_") || denial.source == "svirt_lxc_net_t" {
        return vec![remedy(
            "mount the volume with `:Z` (this container alone) or `:z` (shared between containers)"
                .to_owned(),
            "the volume's files to the container's processes",
        )];
    }
    if denial.class == "tcp_socket" && has("name_connect") {
        return connect(denial);
    }
    if denial.class == "tcp_socket" && has("name_bind") {
        let port = denial.port.map_or_else(|| "PORT".to_owned(), |port| port.to_string());
        let command = format!("semanage port -a -t http_port_t -p tcp {port}");
        return vec![remedy(command, "that one port to web servers")];
    }
    if has("execmem") || has("execstack") {
        return vec![boolean("httpd_execmem", "programs in the web server may run memory they have written")];
    }
    match denial.class.as_str() {
        "file" | "dir" | "lnk_file" | "sock_file" => label(denial),
        _ => Vec::new(),
    }
}

fn connect(denial: &Avc) -> Vec<Remedy> {
    let mut found = Vec::new();
    if let Some((_, name)) = PORTS.iter().find(|(kind, _)| *kind == denial.target) {
        let what = format!("connections from the web server to ports of the type {}", denial.target);
        found.push(boolean(name, &what));
    }
    found.push(boolean("httpd_can_network_connect", "connections from the web server to any port"));
    found
}

fn label(denial: &Avc) -> Vec<Remedy> {
    const WRITING: [&str; 9] =
        ["write", "append", "create", "add_name", "remove_name", "unlink", "rename", "setattr", "rmdir"];
    let writes = denial.permissions.iter().any(|permission| WRITING.contains(&permission.as_str()));
    let runs = denial.permissions.iter().any(|permission| permission.starts_with("execute"));
    let kind = match (runs && denial.class == "file", writes) {
        (true, _) => "httpd_sys_script_exec_t",
        (_, true) => "httpd_sys_rw_content_t",
        _ => "httpd_sys_content_t",
    };
    let mut found = relabel(denial, kind);
    let covered = FOREIGN.iter().find(|(foreign, _)| *foreign == denial.target).and_then(|(_, name)| *name);
    if let Some(name) = covered.filter(|_| !(runs || writes && denial.target.starts_with("user_home"))) {
        found.push(boolean(name, &format!("all files of the type {} to the web server", denial.target)));
    }
    found
}

/// The policy knows the folders below `/var/www` and `/srv/*/www`; elsewhere a rule comes first.
fn relabel(denial: &Avc, kind: &str) -> Vec<Remedy> {
    let path = denial.name.as_deref().filter(|name| name.starts_with('/'));
    let folder = match (path, denial.class.as_str()) {
        (Some(path), "dir") => path.to_owned(),
        (Some(path), _) => path.rsplit_once('/').map_or("/", |(folder, _)| folder).to_owned(),
        (None, _) => "FOLDER".to_owned(),
    };
    if kind == "httpd_sys_content_t" && folder.starts_with("/var/www") {
        return vec![remedy(
            format!("restorecon -Rv {}", quoted(&folder)),
            "nothing new: the files get the label that the policy has for this folder",
        )];
    }
    let folder = folder.trim_end_matches('/');
    let pattern = format!("'{}(/.*)?'", folder.replace('\'', "'\\''"));
    let command = format!("semanage fcontext -a -t {kind} {pattern} && restorecon -Rv {}", quoted(folder));
    let opens = match kind {
        "httpd_sys_rw_content_t" => "writing in that folder to the web server and its scripts",
        "httpd_sys_script_exec_t" => "running the files of that folder as scripts to the web server",
        _ => "reading that folder to the web server and its scripts",
    };
    vec![remedy(command, opens)]
}

fn boolean(name: &str, opens: &str) -> Remedy {
    remedy(format!("setsebool -P {name} on"), opens)
}

fn remedy(command: String, opens: &str) -> Remedy {
    Remedy { command, opens: opens.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_read_with_its_parts() {
        let line = "type=AVC msg=audit(1421274762.358:1081): avc:  denied  { name_connect } for  pid=5642 comm=\"nginx\" dest=3306 scontext=unconfined_u:system_r:httpd_t:s0 tcontext=system_u:object_r:mysqld_port_t:s0 tclass=tcp_socket permissive=0";
        let denial = avc(line).unwrap();
        assert_eq!((denial.source.as_str(), denial.target.as_str()), ("httpd_t", "mysqld_port_t"));
        assert_eq!((denial.port, denial.permissive), (Some(3306), false));
        let commands: Vec<String> = remedies(&denial).into_iter().map(|remedy| remedy.command).collect();
        assert_eq!(
            commands,
            ["setsebool -P httpd_can_network_connect_db on", "setsebool -P httpd_can_network_connect on"]
        );
    }

    #[test]
    fn a_write_needs_the_writable_label_and_an_encoded_name_is_decoded() {
        let line = "avc: denied { write add_name } for pid=1 comm=\"httpd\" path=2F7372762F612062 scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:object_r:default_t:s0 tclass=dir";
        let denial = avc(line).unwrap();
        assert_eq!(denial.name.as_deref(), Some("/srv/a b"));
        let found = remedies(&denial);
        assert_eq!(
            found[0].command,
            "semanage fcontext -a -t httpd_sys_rw_content_t '/srv/a b(/.*)?' && restorecon -Rv '/srv/a b'"
        );
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn what_is_no_denial_is_none() {
        for line in
            ["", "avc:", "avc: denied { read", "avc:  granted { read } for", "avc: denied { x } scontext=a"]
        {
            assert_eq!(avc(line), None, "{line}");
        }
    }
}
