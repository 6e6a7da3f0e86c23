//! Log lines in which a program says that the system refused it a file: which one, and what it wanted.

use server_config::os::Access;

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// The path.
    pub(super) path: String,
    /// What was wanted; `None` where the words do not tell reading from writing.
    pub(super) access: Option<Access>,
}

/// What a line says of a refused file; `None` when it says nothing of one, or does not name it.
pub(super) fn refused(line: &str) -> Option<Refused> {
    const WORDS: [&str; 8] = [
        "ermission denied",
        "ead-only file system",
        "because search permissions are missing",
        "file permissions deny server access",
        "ensure it is readable and that",
        "AccessDeniedException: /",
        "EROFS",
        "annot execute script",
    ];
    if line.len() > 64 << 10 || !WORDS.iter().any(|word| line.contains(word)) {
        return None;
    }
    let readings = [httpd, php, nginx, quoted, go, java];
    let named = |refused: &Refused| {
        refused.path.starts_with('/') && refused.path.len() > 1 && !refused.path.contains('\0')
    };
    readings.iter().find_map(|read| read(line).filter(named))
}

/// nginx: `open() "/srv/a" failed (13: Permission denied)` (`ngx_log_error` with `ngx_errno`).
fn nginx(line: &str) -> Option<Refused> {
    let end = line.find(" (13: ").or_else(|| line.find(" (30: "))?;
    let before = &line[..end];
    let path = match before.rfind("to unix:") {
        Some(at) => before[at + 8..].split(' ').next()?,
        None => before.rsplit('"').nth(1)?,
    };
    let call = before.split("() ").next().and_then(|head| head.rsplit([' ', '\t']).next()).unwrap_or("");
    // The names under which nginx keeps bodies and answers on disk are numbers of ten digits (`ngx_create_temp_file`).
    let last = path.rsplit('/').next().unwrap_or("");
    let is_temporary = last.len() == 10 && last.bytes().all(|byte| byte.is_ascii_digit());
    let access = match call {
        "open" if is_temporary => Access::Write,
        "mkdir" | "rename" | "unlink" | "link" | "creat" | "chmod" | "connect" => Access::Write,
        "stat" | "lstat" | "fstatat" | "realpath" => Access::Search,
        "execve" => Access::Execute,
        _ => Access::Read,
    };
    Some(Refused { path: path.to_owned(), access: Some(access) })
}

/// Apache httpd: AH00035 and AH00036 (`server/request.c`), AH00132 (`server/core.c`), AH00529 (`server/config.c`), and
/// `exec of '/x' failed` (mod_cgi).
fn httpd(line: &str) -> Option<Refused> {
    let between = |start: &str, end: char| Some(line.split_once(start)?.1.split(end).next()?.to_owned());
    if let Some(path) = between("(filesystem path '", '\'') {
        return Some(Refused { path, access: Some(Access::Search) });
    }
    if let Some(path) = between("file permissions deny server access: ", ' ') {
        let path = path.trim_end_matches([',', '\r']).to_owned();
        return Some(Refused { path, access: Some(Access::Read) });
    }
    if line.contains("pcfg_openfile: unable to check") {
        let path = line.split(" pcfg_openfile").next()?.rsplit(' ').next()?.to_owned();
        return Some(Refused { path, access: Some(Access::Read) });
    }
    let path = between("exec of '", '\'')?;
    Some(Refused { path, access: Some(Access::Execute) })
}

/// PHP: `move_uploaded_file(/srv/a): Failed to open stream: Permission denied`.
fn php(line: &str) -> Option<Refused> {
    let end = line.find("): failed to open stream").or_else(|| line.find("): Failed to open stream"))?;
    let (head, path) = line[..end].rsplit_once('(')?;
    let function = head.rsplit([' ', ':']).next().unwrap_or("");
    let access = match function {
        "move_uploaded_file" | "file_put_contents" | "touch" | "mkdir" | "rename" | "copy" | "imagejpeg"
        | "imagepng" => Some(Access::Write),
        "include" | "include_once" | "require" | "require_once" | "file_get_contents" | "readfile"
        | "file" => Some(Access::Read),
        _ => None,
    };
    Some(Refused { path: path.to_owned(), access })
}

/// Python `[Errno 13] Permission denied: '/srv/a'`, Node.js `EACCES: permission denied, open '/srv/a'`, coreutils
/// `cannot create directory '/srv/a': Permission denied`.
fn quoted(line: &str) -> Option<Refused> {
    let at = line.find("ermission denied").or_else(|| line.find("ead-only file system"))?;
    let behind = line[at..].split(['\'', '"', '\u{2018}', '\u{2019}']).nth(1);
    let before = || line[..at].rsplit(['\'', '"', '\u{2018}', '\u{2019}']).nth(1);
    let path = behind.filter(|path| path.starts_with('/')).or_else(before)?;
    let call = line[at..].split(", ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or("");
    let access = match call {
        "mkdir" | "unlink" | "rename" | "rmdir" | "copyfile" | "symlink" => Some(Access::Write),
        "stat" | "lstat" => Some(Access::Search),
        "scandir" | "opendir" => Some(Access::Read),
        "spawn" => Some(Access::Execute),
        _ => None,
    };
    Some(Refused { path: path.to_owned(), access })
}

/// Go: `open /srv/a: permission denied` (`os.PathError`).
fn go(line: &str) -> Option<Refused> {
    let end = line.find(": permission denied").or_else(|| line.find(": read-only file system"))?;
    let start = line[..end].rfind(" /")?;
    let call = line[..start].rsplit([' ', '"', '=']).next().unwrap_or("");
    let access = match call {
        "mkdir" | "remove" | "rename" | "unlinkat" | "mkdirat" | "create" => Some(Access::Write),
        "stat" | "lstat" => Some(Access::Search),
        "open" | "openat" => None,
        "fork/exec" => Some(Access::Execute),
        _ => return None,
    };
    Some(Refused { path: line[start + 1..end].to_owned(), access })
}

/// Java: `/srv/a (Permission denied)`, `java.nio.file.AccessDeniedException: /srv/a`; Ruby: `@ rb_sysopen - /srv/a`.
fn java(line: &str) -> Option<Refused> {
    if let Some(rest) = line.split("AccessDeniedException: ").nth(1) {
        return Some(Refused { path: rest.trim_end().to_owned(), access: None });
    }
    if let Some(rest) = line.split("Permission denied @ ").nth(1) {
        let access = if rest.starts_with("dir_s_mkdir") { Some(Access::Write) } else { None };
        return Some(Refused { path: rest.split(" - ").nth(1)?.trim_end().to_owned(), access });
    }
    let end = line.find(" (Permission denied)")?;
    let start = line[..end].rfind(' ').map_or(0, |at| at + 1);
    Some(Refused { path: line[start..end].to_owned(), access: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_programs_words_name_the_path_and_what_was_wanted() {
        let cases = [
            (
                r#"[error] 7#7: *1 open() "/srv/a.html" failed (13: Permission denied), client: 1.2.3.4"#,
                "/srv/a.html",
                Some(Access::Read),
            ),
            (
                r#"[crit] 7#7: *1 open() "/var/lib/nginx/body/0000000001" failed (13: Permission denied)"#,
                "/var/lib/nginx/body/0000000001",
                Some(Access::Write),
            ),
            (
                r#"[crit] 7#7: *1 mkdir() "/dav/2026" failed (30: Read-only file system)"#,
                "/dav/2026",
                Some(Access::Write),
            ),
            (
                r#"connect() to unix:/run/app.sock failed (13: Permission denied) while connecting to upstream"#,
                "/run/app.sock",
                Some(Access::Write),
            ),
            (
                "(13)Permission denied: [client ::1] AH00035: access to / denied (filesystem path '/home/ann/www') because search permissions are missing",
                "/home/ann/www",
                Some(Access::Search),
            ),
            (
                "(13)Permission denied: [client ::1] AH00132: file permissions deny server access: /var/www/a.html",
                "/var/www/a.html",
                Some(Access::Read),
            ),
            (
                "[core:crit] (13)Permission denied: AH00529: /srv/.htaccess pcfg_openfile: unable to check htaccess file, ensure it is readable and that '/srv/' is executable",
                "/srv/.htaccess",
                Some(Access::Read),
            ),
            (
                "PHP Warning:  move_uploaded_file(/srv/up/a.png): Failed to open stream: Permission denied in /srv/x.php on line 3",
                "/srv/up/a.png",
                Some(Access::Write),
            ),
            ("PermissionError: [Errno 13] Permission denied: '/srv/media/a b'", "/srv/media/a b", None),
            ("Error: EACCES: permission denied, mkdir '/srv/uploads'", "/srv/uploads", Some(Access::Write)),
            (r#"{"level":"error","msg":"open /srv/a: permission denied"}"#, "/srv/a", None),
            ("java.nio.file.AccessDeniedException: /srv/a", "/srv/a", None),
            ("Permission denied @ rb_sysopen - /srv/a", "/srv/a", None),
        ];
        for (line, path, access) in cases {
            assert_eq!(refused(line), Some(Refused { path: path.to_owned(), access }), "{line}");
        }
    }

    #[test]
    fn lines_without_a_path_say_nothing() {
        for line in [
            "",
            "failed to open stream: Permission denied",
            "connect() to 127.0.0.1:8081 failed (13: Permission denied) while connecting to upstream, client: 10.0.2.2",
            "Errors: * permission denied",
            "(13: Permission denied",
            "é(13: ermission denied '",
        ] {
            assert_eq!(refused(line), None, "{line}");
        }
    }
}
