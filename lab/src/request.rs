//! Sending the scenario's request with the real curl, and asking why403 about it.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::process::shell;
use crate::scenario::Scenario;
use crate::stage::Stage;

const LIMIT: Duration = Duration::from_secs(180);

/// An answer as curl received it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Heads and body, redirects included.
    pub(crate) text: Vec<u8>,
}

/// Runs the scenario's `[[value]]` commands and keeps what they print as variables.
pub(crate) fn find_values(scenario: &Scenario, stage: &mut Stage) -> Result<()> {
    for value in &scenario.values {
        let command = stage.fill(&value.run, None);
        let ran = shell(&stage.folder, &format!("set -eu -o pipefail; {command}"), LIMIT)?;
        let printed = ran.stdout.trim().to_owned();
        ensure!(ran.success && !printed.is_empty(), "value {} found nothing: {}", value.name, ran.stderr);
        stage.variables.insert(value.name.clone(), printed);
    }
    Ok(())
}

/// The command line of a `.curl` file of the stage (where an overlay brought one) or of the scenario's folder.
pub(crate) fn command(scenario: &Scenario, stage: &Stage, file: &str) -> Result<String> {
    let overlaid = stage.folder.join(file);
    let path = if overlaid.exists() { overlaid } else { scenario.folder.join(file) };
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let filled = stage.fill(text.trim(), None);
    ensure!(filled.starts_with("curl "), "{} does not start with `curl `", path.display());
    Ok(filled)
}

/// Sends the command's request with the real curl. A server that has just been started may close a connection without an
/// answer (Apache while its CGI daemon starts), so that silence is asked again.
pub(crate) fn send(stage: &Stage, command: &str) -> Result<Answer> {
    let mut tries = 0;
    loop {
        match send_once(stage, command) {
            Err(_) if tries < 3 => tries += 1,
            sent => return sent,
        }
        thread::sleep(Duration::from_millis(500));
    }
}

fn send_once(stage: &Stage, command: &str) -> Result<Answer> {
    let answer = stage.folder.join(".answer");
    let _ = fs::remove_file(&answer);
    // -q: no .curlrc. http_connect is the forward proxy's own answer.
    let options = "curl -q -sS -i --max-time 30 -o .answer -w '\\n%{stderr}%{http_code} %{http_connect}'";
    let ran = shell(&stage.folder, &command.replacen("curl", options, 1), LIMIT)?;
    let codes = ran.stderr.lines().last().unwrap_or_default().to_owned();
    let mut codes = codes.split(' ').map(|code| code.parse::<u16>().unwrap_or(0));
    let (origin, proxy) = (codes.next().unwrap_or(0), codes.next().unwrap_or(0));
    let status = if origin == 0 { proxy } else { origin };
    if status == 0 {
        bail!("curl got no answer: {}", ran.stderr.trim());
    }
    Ok(Answer { status, text: fs::read(&answer).unwrap_or_default() })
}

/// Asks why403 with `arguments` (already quoted for the shell) and reads its JSON.
pub(crate) fn ask(why403: &Path, stage: &Stage, arguments: &str) -> Result<serde_json::Value> {
    let ran = shell(
        &stage.folder,
        &format!("{} --format json {arguments}", quote(&why403.to_string_lossy())),
        LIMIT,
    )?;
    if !matches!(ran.code, Some(0 | 1)) {
        bail!("why403 ended with status {:?}: {}", ran.code, ran.stderr.trim());
    }
    serde_json::from_str(&ran.stdout)
        .with_context(|| format!("why403 printed no JSON: {}", ran.stderr.trim()))
}

/// One word for the shell.
pub(crate) fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
