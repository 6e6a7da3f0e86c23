//! Running programs: servers in process groups of their own, and commands with a time limit.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::programs::Programs;
use crate::scenario::{Scenario, Server};
use crate::stage::Stage;

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(20);

/// Servers that run until this value goes out of scope.
#[derive(Debug, Default)]
pub(crate) struct Running(Vec<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        for child in self.0.iter_mut().rev() {
            stop(child);
        }
    }
}

/// Starts the scenario's servers in order and waits until each accepts connections.
pub(crate) fn start(programs: &Programs, scenario: &Scenario, stage: &Stage) -> Result<Running> {
    prepare(scenario, stage)?;
    let mut running = Running::default();
    for server in &scenario.servers {
        running.0.push(spawn(programs, server, stage)?);
        let child = running.0.last_mut().context("just pushed")?;
        let port = stage.ports.get(&server.name).copied().context("every server has a port")?;
        if let Err(error) = wait_for(child, port) {
            let output = tail(&stage.folder.join(&server.name).join("output.log"));
            let log = tail(&stage.folder.join(&server.name).join("error.log"));
            bail!("{} did not start: {error}\n{output}{log}", server.name);
        }
    }
    Ok(running)
}

/// Gives folders to their accounts and runs the scenario's `setup.sh`.
fn prepare(scenario: &Scenario, stage: &Stage) -> Result<()> {
    for server in &scenario.servers {
        if let Some(owner) = server.owner.as_ref().or(server.user.as_ref()) {
            let status =
                Command::new("chown").args(["-R", owner]).arg(stage.folder.join(&server.name)).status()?;
            if !status.success() {
                bail!("cannot give {} to {owner}: the lab needs root", server.name);
            }
        }
    }
    if stage.folder.join("setup.sh").exists() {
        let ran = shell(&stage.folder, "sh -eu setup.sh", Duration::from_secs(30))?;
        if !ran.success {
            bail!("setup.sh failed: {}{}", ran.stdout, ran.stderr);
        }
    }
    Ok(())
}

fn spawn(programs: &Programs, server: &Server, stage: &Stage) -> Result<Child> {
    let here = stage.folder.join(&server.name);
    let output = File::create(here.join("output.log"))?;
    // setpriv(1) stops the server even if the lab itself is killed.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM"]);
    if let Some(user) = &server.user {
        command.args(["--reuid", user, "--regid", user, "--init-groups"]);
    }
    command.arg("--");
    let words = programs.get(&server.program)?.command.iter().chain(&server.args);
    command.args(words.map(|word| stage.fill(word, Some(&server.name))));
    for (name, value) in &server.env {
        command.env(name, stage.fill(value, Some(&server.name)));
    }
    command.env("PORT", stage.ports.get(&server.name).map(u16::to_string).unwrap_or_default());
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("HOME", &here);
    command.current_dir(&here).process_group(0);
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    command.spawn().context("cannot run setpriv (package util-linux)")
}

fn wait_for(child: &mut Child, port: u16) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let began = Instant::now();
    while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
        if let Some(status) = child.try_wait()? {
            bail!("it ended with {status}");
        }
        if began.elapsed() > START_LIMIT {
            bail!("port {port} does not answer after {} s", START_LIMIT.as_secs());
        }
        thread::sleep(STEP);
    }
    Ok(())
}

fn stop(child: &mut Child) {
    let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    let _ = kill_process_group(group, Signal::TERM);
    let began = Instant::now();
    while began.elapsed() < STOP_LIMIT {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            break;
        }
        thread::sleep(STEP);
    }
    // Also reaches workers that outlive their master.
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait();
}

/// What a command printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) success: bool,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a shell command in `folder`, for at most `limit`.
pub(crate) fn shell(folder: &Path, command: &str, limit: Duration) -> Result<Ran> {
    let (out, err) = (folder.join(".stdout"), folder.join(".stderr"));
    let mut shell = Command::new("bash");
    shell.args(["-c", command]).current_dir(folder).process_group(0);
    for proxy in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"] {
        shell.env_remove(proxy);
    }
    shell.stdin(Stdio::null()).stdout(File::create(&out)?).stderr(File::create(&err)?);
    let mut child = shell.spawn().context("cannot run bash")?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if began.elapsed() > limit {
            stop(&mut child);
            bail!("no end after {} s: {command}", limit.as_secs());
        }
        thread::sleep(Duration::from_millis(5));
    };
    let read = |path: &Path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(Ran { success: status.success(), code: status.code(), stdout: read(&out)?, stderr: read(&err)? })
}

/// The last lines of a file, for an error message.
fn tail(path: &Path) -> String {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(12)).map(|line| format!("    {line}\n")).collect()
}
