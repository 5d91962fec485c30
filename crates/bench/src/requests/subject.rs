//! One company with the ids that requests need.

use std::collections::BTreeMap;

use serde_json::json;

use super::Action;
use crate::{
    error::{BenchError, Result},
    http::{Caller, Request},
    load::{Company, PASSWORD},
    superuser::Superuser,
};

/// How many opportunities are written to alternately.
const MOVABLE: u32 = 200;

/// One company with the ids that requests need.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The owner's access token.
    pub token: String,
    /// Open opportunities, all initially in the first of [`Subject::stages`].
    pub movable: Vec<String>,
    /// Two open stages of the default pipeline.
    pub stages: Vec<String>,
    /// An account with few opportunities.
    pub account: String,
    /// A contact.
    pub contact: String,
    /// Opportunities like the movable ones, which only a copy of the data changes.
    aside: Vec<String>,
    places: BTreeMap<&'static str, String>,
}

impl Subject {
    /// Reads a company's ids, and signs its owner in.
    pub fn gather(company: &Company, superuser: &mut Superuser, caller: &mut Caller) -> Result<Self> {
        let id = &company.id;
        let mut named =
            |what: &str| superuser.text("naming a record", &format!("select md5('{id} {what}')::uuid::text"));
        let account = named("account 7")?;
        let contact = named("contact 8")?;
        let owners: Vec<_> = (1..=20).map(|n| named(&format!("user {n}"))).collect::<Result<_>>()?;
        let mut places = BTreeMap::from([
            ("{account}", account.clone()),
            ("{contact}", contact.clone()),
            ("{owner}", owners[2].clone()),
            ("{few}", named("user 40")?),
            ("{owners}", owners.join(",")),
            ("{pipeline}", named("pipeline")?),
            ("{opportunity}", named("opportunity 77")?),
        ]);
        let stages = stages(id, "OPEN", superuser)?;
        // One in seven is never moved by the measurements.
        let [movable, aside] = [("<>", MOVABLE), ("=", 2)].map(|(which, limit)| {
            let stage = &stages[0];
            let sql = format!(
                "select id::text from opportunities where company_id = '{id}' and stage_id = '{stage}' and \
                 deleted_at is null and number % 7 {which} 0 order by number desc limit {limit}"
            );
            superuser.texts("choosing opportunities", &sql)
        });
        let (movable, aside) = (movable?, aside?);
        places.extend(rare(company, superuser)?);
        places.insert("{won}", self::stages(id, "WON", superuser)?.swap_remove(0));
        places.insert("{stage}", stages[0].clone());
        let token = sign_in(company, caller)?;
        Ok(Self { token, movable, stages, account, contact, aside, places })
    }

    /// A path with this company's ids in it.
    pub fn fill(&self, path: &str) -> Result<String> {
        let filled = self.places.iter().fold(path.to_owned(), |path, (place, id)| path.replace(place, id));
        if filled.contains('{') {
            return Err(BenchError::Unexpected(format!("nothing is known for {filled}")));
        }
        Ok(filled)
    }

    /// The same company for a copy of the data, where a write changes records that nothing else changes, so that the
    /// same statements can be replayed during the measurements.
    pub fn set_aside(&self, action: Action) -> Self {
        let which = usize::from(action == Action::Edit).min(self.aside.len().saturating_sub(1));
        Self { movable: self.aside.get(which).cloned().into_iter().collect(), ..self.clone() }
    }

    /// A company with two opportunities and two stages.
    #[cfg(test)]
    pub fn for_tests() -> Self {
        let texts = |all: [&str; 2]| all.map(str::to_owned).to_vec();
        Self {
            token: "t".to_owned(),
            movable: texts(["o1", "o2"]),
            stages: texts(["s1", "s2"]),
            account: "a".to_owned(),
            contact: "c".to_owned(),
            aside: texts(["o3", "o4"]),
            places: BTreeMap::from([("{owner}", "u".to_owned())]),
        }
    }
}

/// The first one or two stages of a kind in the default pipeline.
fn stages(company: &str, kind: &str, superuser: &mut Superuser) -> Result<Vec<String>> {
    let stages = superuser.texts(
        "reading the stages",
        &format!(
            "select s.id::text from stages s join pipelines p on p.company_id = s.company_id and \
             p.id = s.pipeline_id where s.company_id = '{company}' and p.is_default and s.kind = '{kind}' \
             order by s.position limit 2"
        ),
    )?;
    if stages.is_empty() { Err(BenchError::Unexpected(format!("no stage is {kind}"))) } else { Ok(stages) }
}

/// Search texts that match exactly one record, whatever the size of the company, because a page of twenty would cost
/// more than a page of one.
fn rare(company: &Company, superuser: &mut Superuser) -> Result<[(&'static str, String); 3]> {
    let Company { id, email: _, size } = company;
    let count = format!("select count(*)::text from accounts where company_id = '{id}'");
    let accounts = superuser.text("counting accounts", &count)?;
    Ok([
        ("{name}", format!("account%20{accounts}")),
        ("{surname}", format!("surname{}", size / 5)),
        ("{title}", format!("sale%20{}%20of%20{size}", size % 9973)),
    ])
}

/// A new access token of a company's owner, valid for 15 minutes.
pub fn sign_in(company: &Company, caller: &mut Caller) -> Result<String> {
    let body = json!({ "email": company.email, "password": PASSWORD });
    let answer = caller.send(&Request::new("POST", "/auth/login", None, Some(&body)))?.json()?;
    let token = answer["data"]["accessToken"].as_str();
    token.map(str::to_owned).ok_or_else(|| BenchError::Unexpected("a sign-in without a token".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_that_are_captured_have_an_opportunity_each() {
        let subject = Subject::for_tests();
        assert_eq!(subject.set_aside(Action::Move).movable, ["o3"]);
        assert_eq!(subject.set_aside(Action::Edit).movable, ["o4"]);
    }

    #[test]
    fn a_place_that_nothing_is_known_for_is_an_error() {
        let subject = Subject::for_tests();
        assert_eq!(subject.fill("/x?ownerId={owner}").expect("filled"), "/x?ownerId=u");
        assert!(subject.fill("/x/{stage}").is_err());
    }
}
