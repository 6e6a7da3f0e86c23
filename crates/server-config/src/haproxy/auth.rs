//! `userlist`: whose password is right (`src/auth.c` in HAProxy).

use super::run::Run;
use super::sample::{Sample, Stop};
use super::tree::Line;
use crate::credentials;

type Found = Result<Option<Sample>, Stop>;

impl<'a> Run<'a> {
    /// `http_auth(USERLIST)`; without Basic credentials it has no value.
    pub(super) fn authenticated(&self, list: &str) -> Found {
        let Some((user, password)) = self.basic()? else { return Ok(None) };
        let Some(line) = self.user(list, &user)? else { return Ok(Some(Sample::Flag(false))) };
        let right = match (line.word(2), line.word(3)) {
            ("insecure-password", plain) => plain == password,
            _ if self.request.user.as_deref() == Some(&user) => true,
            _ => return Err(Stop::Needs(format!("whether the password of `{user}` is right"))),
        };
        Ok(Some(Sample::Flag(right)))
    }

    /// `http_auth_group(USERLIST)`: the user's groups, when the password is right.
    pub(super) fn in_group(&self, list: &str) -> Found {
        match self.authenticated(list)? {
            Some(Sample::Flag(true)) => {
                Err(Stop::Needs(format!("the groups in `{list}`, which are not modelled")))
            }
            _ => Ok(None),
        }
    }

    /// `http_auth_user` and the like.
    pub(super) fn credential(&self, name: &str) -> Found {
        let basic = self.basic()?;
        Ok(basic.map(|(user, password)| {
            Sample::Text(match name {
                "http_auth_type" => "Basic".to_owned(),
                "http_auth_user" => user,
                _ => password,
            })
        }))
    }

    fn basic(&self) -> Result<Option<(String, String)>, Stop> {
        match self.header_lines("authorization").into_iter().next() {
            Some(Ok(sample)) => Ok(credentials::basic(&sample.text())),
            Some(Err(stop)) => Err(stop),
            None => Ok(None),
        }
    }

    fn user(&self, list: &str, user: &str) -> Result<Option<&'a Line>, Stop> {
        let mut sections = self.config.sections.iter();
        let section = sections.find(|section| section.kind() == "userlist" && section.name() == list);
        let section = section.ok_or_else(|| Stop::Needs(format!("the userlist `{list}`")))?;
        Ok(section.all("user").find(|line| line.word(1) == user))
    }

    /// Whether `stats auth` lets the request in; `None` when there is no such line.
    pub(super) fn stats_user(&self, allowed: &[&'a Line]) -> Result<Option<bool>, Stop> {
        if allowed.is_empty() {
            return Ok(None);
        }
        let Some((user, password)) = self.basic()? else { return Ok(Some(false)) };
        Ok(Some(allowed.iter().any(|line| line.word(2) == format!("{user}:{password}"))))
    }
}
