//! Servers on loopback, each in a folder of its own; everything is gone when a test ends, however it ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use logs::{Format, Record};
use rustix::process::{Pid, Signal, kill_process_group};

/// How long a busy machine may take for anything. Nothing waits that long unless it fails.
const PATIENCE: Duration = Duration::from_secs(90);

/// A folder that the servers' own users can reach, removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let moment = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = base().join(format!("logs-real-{name}-{}-{moment}-{number}", std::process::id()));
        std::fs::create_dir_all(path.join("html/private")).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file and says where it is.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The temporary folder, unless others may not pass through it: nginx and Apache give up root for users of their own.
fn base() -> PathBuf {
    let candidates = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into(), "/dev/shm".into()];
    let open = |path: &PathBuf| path.ancestors().all(passable) && path.is_dir();
    candidates.into_iter().find(open).expect("a temporary folder that other users may enter")
}

fn passable(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
}

/// A server with its children, stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// Ends a process and its children: workers outlive a killed master, but not their process group.
fn stop(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

/// Starts the program that `prepare` sets up for a port, on another port if that one was taken meanwhile.
pub(crate) fn start(folder: &Folder, prepare: impl Fn(u16) -> Command) -> Server {
    let mut last = String::new();
    for _ in 0..5 {
        let port = free_port();
        let mut command = prepare(port);
        let name = command.get_program().to_string_lossy().into_owned();
        let said = folder.path().join(format!("{}.stderr", name.rsplit('/').next().unwrap()));
        command.stdin(Stdio::null()).stderr(std::fs::File::create(&said).unwrap()).process_group(0);
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{name} must be installed for this test: {error}"));
        match listens(&mut child, port) {
            Ok(()) => return Server { child, port },
            Err(why) => {
                stop(&mut child);
                last = format!("{name} {why}: {}", std::fs::read_to_string(&said).unwrap_or_default());
            }
        }
    }
    panic!("{last}");
}

fn listens(child: &mut Child, port: u16) -> Result<(), String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().unwrap() {
            return Err(format!("ended with {status}"));
        }
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(format!("does not listen on port {port}"))
}

/// A port below those that the system gives to clients, so that no connection takes it before the server does.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let moment = u64::from(std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos());
    for _ in 0..1000 {
        let number =
            NEXT.fetch_add(1, Ordering::Relaxed) + moment / 1000 + u64::from(std::process::id()) * 97;
        let port = 15_000 + (number % 17_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port");
}

/// Sends a request and reads until the server closes. A connection that a busy machine drops is made again.
pub(crate) fn send(port: u16, request: &[u8]) -> String {
    let begun = Instant::now();
    loop {
        match exchange(port, request) {
            Ok(answer) => return answer,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "no connection to port {port}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Fails only before anything was sent: so no request is sent twice.
fn exchange(port: u16, request: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut answer = Vec::new();
    let _ = stream.write_all(request);
    let _ = stream.read_to_end(&mut answer);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

pub(crate) fn get(port: u16, path: &str) -> String {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: a.example\r\nUser-Agent: odd \"agent\" 403 \\ x\r\nReferer: http://r/403\r\nConnection: close\r\n\r\n"
    );
    send(port, request.as_bytes())
}

/// The records of a log that `wanted` picks, once there are so many of them; every whole line must be readable.
///
/// Servers write a line after the answer, and lines of their own besides: lines are not counted, requests are.
pub(crate) fn records(
    path: &Path,
    format: Option<&Format>,
    least: usize,
    wanted: impl Fn(&Record<'_>) -> bool,
) -> Vec<Record<'static>> {
    let begun = Instant::now();
    loop {
        let mut text = std::fs::read(path).unwrap_or_default();
        text.truncate(text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
        let recognised = format.cloned().or_else(|| logs::recognise(&text));
        let read = recognised.iter().flat_map(|format| logs::read(&text, format));
        let mut found: Vec<_> = read.map(|record| record.unwrap().into_owned()).collect();
        found.retain(&wanted);
        if found.len() >= least {
            return found;
        }
        let shown = String::from_utf8_lossy(&text[text.len().saturating_sub(500)..]).into_owned();
        assert!(
            begun.elapsed() < PATIENCE,
            "{} of {least} in {}, which ends: {shown}",
            found.len(),
            path.display()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
