//! How sure it is that a line is about the refused request: the lines of one request are joined over all logs, and each
//! request is held against the one to be explained, and against its rivals.

use std::collections::BTreeMap;

use logs::join::{CERTAIN, Said, Traits};
use model::{Evidence, Fact, LogLine, SourceId};

use super::{ID, STAMP};

/// A log of at most so many entries was cut out by somebody because it is about the refusal.
const PICKED: usize = 40;
const FEW: usize = 5;

/// The odds of a line in such a log, before anything is compared; of a line that is alone, since nobody hands in one line
/// unless it is the one; and of one that was written after the request was sent. With a picked line nothing else need agree
/// for it to count, but something must for a proof.
const PICKED_ODDS: f64 = 8.0;
const FEW_ODDS: f64 = 19.0;
const ALONE_ODDS: f64 = 40.0;
const FRESH_ODDS: f64 = 6.0;

/// In a picked log, what disagrees speaks less loudly than the hand that picked it.
const SOFT: f64 = 6.0;

/// A request so much less likely than another one of the same log gets no benefit of the doubt.
const OUTDONE: f64 = 20.0;

/// Method and path both disagree: no proxy and no redirect alone explains that.
const OTHERWISE: f64 = 0.1;

/// A tunnel to another host or port: nothing on the way changes where it leads.
const ELSEWHERE: f64 = 0.005;

/// An identifier in common, or a line that was itself chosen as the refusal to explain.
const SETTLED: f64 = 0.99;

/// The lines of one request.
struct Story {
    lines: Vec<usize>,
    /// How likely they belong together.
    probability: f64,
}

/// What is known of the request to be explained.
struct Asked {
    method: Option<String>,
    path: Option<String>,
    query: Option<String>,
    /// `host:port`, which a forward proxy is asked to connect to where the request is encrypted.
    authority: Option<String>,
    agent: Option<String>,
    status: Option<u16>,
    size: Option<u64>,
    /// In seconds since 1970, by a clock near the server's.
    time: Option<i64>,
}

/// Judges how sure it is that each line is about the refused request, once that is known.
pub(crate) fn judge(evidence: &mut Evidence) {
    let mut lines = std::mem::take(&mut evidence.log_lines);
    let stories = stories(&lines);
    let known = evidence.url().is_some() || evidence.refused.response.is_some();
    let chosen = if known { None } else { chosen(evidence, &lines, &stories) };
    let asked = match chosen {
        Some(story) => Asked::of_lines(&lines, &stories[story].lines),
        None => Asked::of_exchange(evidence),
    };
    let mut chances = chances(evidence, &asked, &lines, &stories);
    if let Some(story) = chosen {
        chances[story] = SETTLED;
        tell(evidence, &lines, &stories[story]);
    }
    for (story, chance) in stories.iter().zip(chances) {
        for line in &story.lines {
            lines[*line].about_request = chance * story.probability;
        }
    }
    evidence.log_lines = lines;
}

/// Without an answer, the status of the refused request's own line is what is known of it.
fn tell(evidence: &mut Evidence, lines: &[LogLine], story: &Story) {
    if evidence.refused.told.status.is_some() {
        return;
    }
    let refused = |line: &LogLine| line.field("status")?.trim().parse().ok().filter(|status| *status >= 400);
    let found = story.lines.iter().find_map(|&line| Some((&lines[line], refused(&lines[line])?)));
    evidence.refused.told.status = found.map(|(line, status)| Fact::new(status, line.span));
}

/// Joins the lines of all logs. The access lines and the other lines of one document are joined like two logs.
fn stories(lines: &[LogLine]) -> Vec<Story> {
    let mut logs: BTreeMap<(SourceId, bool), (Vec<usize>, Vec<Traits>)> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        let traits = traits(line);
        let (indices, of_log) = logs.entry((line.span.source, traits.is_answer())).or_default();
        indices.push(index);
        of_log.push(traits);
    }
    let (indices, traits): (Vec<Vec<usize>>, Vec<Vec<Traits>>) = logs.into_values().unzip();
    let joined = logs::join_traits(&traits);
    let mut stories = Vec::new();
    for story in &joined.stories {
        let lines = story.lines.iter().map(|(log, line)| indices[*log][*line]);
        // What only may belong together speaks each for itself.
        if story.probability < CERTAIN {
            stories.extend(lines.map(|line| Story { lines: vec![line], probability: 1.0 }));
        } else {
            stories.push(Story { lines: lines.collect(), probability: story.probability });
        }
    }
    stories
}

fn traits(line: &LogLine) -> Traits {
    Traits::from(Said {
        time: line.field(STAMP).and_then(|stamp| logs::time::parse(stamp.as_bytes())),
        method: line.field("method"),
        target: line.field("target"),
        client: line.field("client"),
        agent: line.field("agent"),
        status: line.field("status").and_then(|status| status.trim().parse().ok()),
        size: line.field("size").and_then(|size| size.parse().ok()),
        message: line.field("message").is_some(),
        ids: line.fields.iter().filter(|(name, _)| name == ID).map(|(_, id)| id.as_str()).collect(),
    })
}

/// Without an exchange, the logs themselves say which refusal is meant: the last one that they show, with a status if any
/// does.
fn chosen(evidence: &Evidence, lines: &[LogLine], stories: &[Story]) -> Option<usize> {
    let rank = |story: &Story| {
        let refused =
            |line: &usize| match lines[*line].field("status").and_then(|status| status.parse::<u16>().ok()) {
                Some(403) => 3,
                Some(401 | 405 | 407 | 413 | 419 | 429 | 451) => 2,
                Some(_) => 0,
                None => u8::from(
                    lines[*line].field("target").is_some()
                        && refuses(evidence.sources.bytes(lines[*line].span)),
                ),
            };
        story.lines.iter().map(refused).max().unwrap_or(0)
    };
    let last = |story: &Story| story.lines.iter().map(|line| (lines[*line].time, *line)).max();
    let best = (0..stories.len()).max_by_key(|index| (rank(&stories[*index]), last(&stories[*index])))?;
    (rank(&stories[best]) > 0).then_some(best)
}

fn refuses(text: &[u8]) -> bool {
    logs::scan::REFUSAL_WORDS.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// For each request in the logs, how likely it is the one to be explained.
fn chances(evidence: &Evidence, asked: &Asked, lines: &[LogLine], stories: &[Story]) -> Vec<f64> {
    let mut entries: BTreeMap<SourceId, usize> = BTreeMap::new();
    for line in lines {
        *entries.entry(line.span.source).or_default() += 1;
    }
    let least =
        |story: &Story| story.lines.iter().map(|line| entries[&lines[*line].span.source]).min().unwrap_or(0);
    let mut odds: Vec<f64> = stories
        .iter()
        .map(|story| {
            let (prior, soft) = picked(least(story));
            asked.odds(evidence, lines, story, prior, soft)
        })
        .collect();
    let mut best: BTreeMap<SourceId, f64> = BTreeMap::new();
    for (story, odds) in stories.iter().zip(&odds) {
        for line in &story.lines {
            let best = best.entry(lines[*line].span.source).or_default();
            *best = best.max(*odds);
        }
    }
    for (story, odds) in stories.iter().zip(&mut odds) {
        let compares = |line: &usize| is_of_a_request(&lines[*line]);
        if story.lines.iter().any(compares)
            && story.lines.iter().any(|line| best[&lines[*line].span.source] > *odds * OUTDONE)
        {
            *odds = asked.odds(evidence, lines, story, 1.0, 1.0);
        }
    }
    against_rivals(lines, stories, &odds)
}

/// The odds of a line in a log of so many entries before anything is compared, and how much softer what disagrees speaks.
fn picked(entries: usize) -> (f64, f64) {
    match entries {
        ..2 => (ALONE_ODDS, SOFT),
        _ if entries <= FEW => (FEW_ODDS, SOFT),
        _ if entries <= PICKED => (PICKED_ODDS, SOFT),
        _ => (1.0, 1.0),
    }
}

/// An access log has one line for the request: so its lines share the certainty.
fn against_rivals(lines: &[LogLine], stories: &[Story], odds: &[f64]) -> Vec<f64> {
    let answers = |story: &Story| -> Vec<SourceId> {
        let answer = |line: &&usize| {
            lines[**line].field("status").is_some() && lines[**line].field("message").is_none()
        };
        story.lines.iter().filter(answer).map(|line| lines[*line].span.source).collect()
    };
    let mut sums: BTreeMap<SourceId, f64> = BTreeMap::new();
    for (story, odds) in stories.iter().zip(odds) {
        for log in answers(story) {
            *sums.entry(log).or_default() += odds;
        }
    }
    let chance = |(story, odds): (&Story, &f64)| {
        let rivals = answers(story).iter().map(|log| sums[log]).fold(*odds, f64::max);
        (odds / (rivals + 1.0)).min(SETTLED)
    };
    stories.iter().zip(odds).map(chance).collect()
}

impl Asked {
    fn of_exchange(evidence: &Evidence) -> Asked {
        let url = evidence.url().map(|url| &url.value);
        let body = evidence.response().and_then(|response| response.message.body.as_ref());
        Asked {
            method: evidence.method().map(|method| method.value.clone()),
            path: url.map(|url| url.path.clone()),
            query: url.and_then(|url| url.query.clone()),
            authority: url
                .and_then(|url| url.is_secure().then(|| format!("{}:{}", url.host, url.port.unwrap_or(443)))),
            agent: evidence.request_header("user-agent").map(|(agent, _)| agent.to_owned()),
            status: evidence.status(),
            size: body.map(|body| body.value.len() as u64),
            time: evidence.server_time.as_ref().map(|time| time.value).or(evidence.refused.sent_at),
        }
    }

    fn of_lines(lines: &[LogLine], story: &[usize]) -> Asked {
        let field = |name| story.iter().find_map(|line| lines[*line].field(name)).map(str::to_owned);
        let target = field("target");
        let (path, query) = target.as_deref().map_or((None, None), |target| {
            let (path, query) =
                target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
            (Some(path.to_owned()), query.map(str::to_owned))
        });
        Asked {
            method: field("method"),
            path,
            query,
            authority: None,
            agent: field("agent"),
            status: field("status").and_then(|status| status.parse().ok()),
            size: field("size").and_then(|size| size.parse().ok()),
            time: story.iter().find_map(|line| lines[*line].time).map(|millis| millis.div_euclid(1000)),
        }
    }

    /// The odds that the lines tell of this request. An identifier in common settles it; otherwise each of path, method,
    /// status, time and more that agrees adds, and each that disagrees rules out.
    fn odds(&self, evidence: &Evidence, lines: &[LogLine], story: &Story, prior: f64, soft: f64) -> f64 {
        let lines: Vec<&LogLine> = story.lines.iter().map(|line| &lines[*line]).collect();
        if lines.iter().any(|line| super::identifier::shared(evidence, evidence.sources.bytes(line.span))) {
            return SETTLED / (1.0 - SETTLED);
        }
        let fresh = |line: &&&LogLine| line.span.start >= evidence.sources.get(line.span.source).fresh_from;
        let watched = lines.iter().any(|line| evidence.sources.get(line.span.source).fresh_from > 0);
        if watched && !lines.iter().any(|line| fresh(&line)) {
            return 0.01;
        }
        let mut odds = if watched { prior.max(FRESH_ODDS) } else { prior };
        let mut weigh = |agrees: Option<bool>, gain: f64, loss: f64| match agrees {
            Some(true) => odds *= gain,
            Some(false) => odds *= (loss * soft).min(0.5),
            None => {}
        };
        if self.authority.is_some() && lines.iter().any(|line| line.field("method") == Some("CONNECT")) {
            weigh(
                any(&lines, "target", self.authority.as_deref(), str::eq_ignore_ascii_case),
                6.0,
                ELSEWHERE,
            );
        } else {
            weigh(any(&lines, "method", self.method.as_deref(), |one, own| one == own), 1.5, 0.05);
            weigh(any(&lines, "target", self.path.as_deref(), same_path), 6.0, 0.05);
            weigh(any(&lines, "target", self.query.as_deref(), same_query), 3.0, 0.2);
        }
        weigh(any(&lines, "agent", self.agent.as_deref(), |one, own| one == own), 2.0, 0.2);
        let status = self.status.map(|status| status.to_string());
        weigh(any(&lines, "status", status.as_deref(), |one, own| one == own), 3.0, 0.1);
        let size = self.size.map(|size| size.to_string());
        weigh(any(&lines, "size", size.as_deref(), |one, own| one == own).filter(|same| *same), 2.0, 1.0);
        let other = |name, own: Option<&str>, same: fn(&str, &str) -> bool| {
            any(&lines, name, own, same) == Some(false)
        };
        if other("method", self.method.as_deref(), |one, own| one == own)
            && other("target", self.path.as_deref().or(self.authority.as_deref()), same_path)
        {
            odds *= OTHERWISE;
        }
        let tunnel = lines.iter().any(|line| line.field("method") == Some("CONNECT"));
        let elsewhere = !tunnel && other("target", self.path.as_deref(), same_path);
        match self.apart(&lines) {
            // Within seconds a browser asks for much else: that does not bring a line nearer which names another path.
            Some(0..=5) if elsewhere => odds,
            Some(0..=5) => odds * 4.0,
            Some(6..=300) => odds * 0.5,
            // A clock is no matter of taste: the hand that picked the log does not soften this.
            Some(_) => odds * 0.05,
            None => odds,
        }
    }

    /// The least seconds between the request and a line. A stamp without a zone that is whole quarters of an hour away is
    /// rather of another zone than of another request: then it tells nothing.
    fn apart(&self, lines: &[&LogLine]) -> Option<i64> {
        const QUARTER: i64 = 900;
        let own = self.time?;
        let apart = |line: &&LogLine| {
            if let Some(time) = line.time {
                return Some((time.div_euclid(1000) - own).abs());
            }
            let stamp = logs::time::parse(line.field(STAMP)?.as_bytes())?;
            let apart = (stamp.micros.div_euclid(1_000_000) - own).abs();
            let other_zone = apart > 5 && matches!(apart % QUARTER, 0..=5 | 895..);
            (stamp.zone == logs::Zone::Local && !other_zone).then_some(apart)
        };
        lines.iter().filter_map(apart).min()
    }
}

/// Whether a line names something of a request. A line in words alone is no rival of the one that does: it may be what the
/// program said of that request.
fn is_of_a_request(line: &LogLine) -> bool {
    ["method", "target", "status", "client", "agent", "user", ID, STAMP]
        .iter()
        .any(|name| line.field(name).is_some())
        || line.time.is_some()
}

/// Whether any of the lines that have a field agrees with what was asked; `None` where either is not known.
fn any(
    lines: &[&LogLine],
    name: &str,
    asked: Option<&str>,
    same: impl Fn(&str, &str) -> bool,
) -> Option<bool> {
    let asked = asked?;
    let mut known = lines.iter().filter_map(|line| line.field(name)).peekable();
    known.peek()?;
    Some(known.any(|value| same(value, asked)))
}

/// A proxy may have added to the front of a path.
fn same_path(target: &str, asked: &str) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or(target);
    path == asked || asked.len() > 1 && path.ends_with(asked)
}

/// Error logs of some servers leave the query out: that does not disagree.
fn same_query(target: &str, asked: &str) -> bool {
    target.split_once('?').is_none_or(|(_, query)| query == asked)
}
