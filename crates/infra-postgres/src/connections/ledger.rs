//! Who holds connections and who waits for one. No time passes in here, and nobody is waited for.

use std::collections::{HashMap, VecDeque};

use tokio::sync::oneshot;
use uuid::Uuid;

/// How many may wait for each connection. Beyond that they would not get one in time anyway.
const WAITING_FOR_EACH: usize = 64;

/// What a connection is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// It waits for nobody's rows.
    Read,
    /// It may wait for rows that others hold.
    Write,
}

impl Lane {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// How the connections are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Among companies, as this module says.
    ByCompany,
    /// To whoever comes first.
    FirstCome,
}

/// Why nobody gets a connection for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Busy {
    /// The company holds all that it may.
    #[error("the company holds its share of the connections, and none came free in time")]
    Company,
    /// Others hold all there are.
    #[error("all connections are taken, and none came free in time")]
    Everybody,
}

impl Busy {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Everybody => "everybody",
        }
    }
}

/// What one company holds and waits for.
#[derive(Debug, Default)]
struct Company {
    reading: u32,
    writing: u32,
    readers: VecDeque<Waiter>,
    writers: VecDeque<Waiter>,
}

/// Who waits. Numbers tell who came first.
#[derive(Debug)]
struct Waiter {
    number: u64,
    called: oneshot::Sender<()>,
}

impl Company {
    fn holds(&self) -> u32 {
        self.reading + self.writing
    }

    fn waiting(&self) -> usize {
        self.readers.len() + self.writers.len()
    }

    fn held(&mut self, lane: Lane) -> &mut u32 {
        match lane {
            Lane::Read => &mut self.reading,
            Lane::Write => &mut self.writing,
        }
    }

    fn line(&mut self, lane: Lane) -> &mut VecDeque<Waiter> {
        match lane {
            Lane::Read => &mut self.readers,
            Lane::Write => &mut self.writers,
        }
    }

    /// Whether it may take one more of the free connections.
    fn may_take(&self, rule: Rule, free: u32, lane: Lane) -> bool {
        let Some(left) = free.checked_sub(1) else { return false };
        if rule == Rule::FirstCome || self.holds() == 0 {
            return true;
        }
        let room = self.holds() < left;
        match lane {
            Lane::Read => room,
            // Half of what a company may hold, and something beside it for its reads.
            Lane::Write => room && (self.writing + 1) * 2 <= left,
        }
    }

    /// Those at the head of its lines, the one who came first before the other.
    fn heads(&self) -> impl Iterator<Item = Lane> + use<> {
        let number = |line: &VecDeque<Waiter>| line.front().map(|waiter| waiter.number);
        let heads = match (number(&self.readers), number(&self.writers)) {
            (None, None) => [None, None],
            (Some(_), None) => [Some(Lane::Read), None],
            (None, Some(_)) => [Some(Lane::Write), None],
            (Some(reader), Some(writer)) if reader < writer => [Some(Lane::Read), Some(Lane::Write)],
            (Some(_), Some(_)) => [Some(Lane::Write), Some(Lane::Read)],
        };
        heads.into_iter().flatten()
    }
}

/// Who holds connections and who waits for one.
#[derive(Debug)]
pub(super) struct Ledger {
    rule: Rule,
    /// Connections that nobody holds.
    free: u32,
    /// How many more may wait.
    places: usize,
    numbers: u64,
    companies: HashMap<Uuid, Company>,
    /// The companies that wait, in turn: each once.
    turns: VecDeque<Uuid>,
}

impl Ledger {
    /// So many connections, none of them taken.
    pub(super) fn new(connections: u32, rule: Rule) -> Self {
        Self {
            rule,
            free: connections,
            places: usize::try_from(connections).unwrap_or(usize::MAX).saturating_mul(WAITING_FOR_EACH),
            numbers: 0,
            companies: HashMap::new(),
            turns: VecDeque::new(),
        }
    }

    /// Whether nothing is known of anybody.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.companies.is_empty() && self.turns.is_empty()
    }

    /// How many are waiting.
    pub(super) fn waiting(&self) -> usize {
        self.companies.values().map(Company::waiting).sum()
    }

    /// Whether whoever comes now may take a connection, and nobody of its line came before.
    pub(super) fn is_next(&mut self, company: Uuid, lane: Lane) -> bool {
        let (rule, free) = (self.rule, self.free);
        match self.companies.get_mut(&company) {
            Some(company) => company.line(lane).is_empty() && company.may_take(rule, free, lane),
            None => free > 0,
        }
    }

    pub(super) fn enter(&mut self, company: Uuid, lane: Lane) {
        self.free -= 1;
        *self.companies.entry(company).or_default().held(lane) += 1;
    }

    pub(super) fn leave(&mut self, id: Uuid, lane: Lane) {
        self.free += 1;
        if let Some(company) = self.companies.get_mut(&id) {
            *company.held(lane) -= 1;
            self.forget_idle(id);
        }
    }

    /// Puts somebody at the end of a company's line. Places are given out like connections: no company takes more
    /// than it leaves to others.
    pub(super) fn queue(&mut self, id: Uuid, lane: Lane, called: oneshot::Sender<()>) -> Result<u64, Busy> {
        let waiting = self.companies.get(&id).map_or(0, Company::waiting);
        if self.places == 0 || self.rule == Rule::ByCompany && waiting > 0 && waiting + 2 > self.places {
            return Err(self.why(id));
        }
        if waiting == 0 {
            self.turns.push_back(id);
        }
        self.places -= 1;
        self.numbers += 1;
        let number = self.numbers;
        self.companies.entry(id).or_default().line(lane).push_back(Waiter { number, called });
        Ok(number)
    }

    /// Takes somebody out of the line; answers whether they still stood there.
    pub(super) fn withdraw(&mut self, id: Uuid, lane: Lane, number: u64) -> bool {
        let Some(company) = self.companies.get_mut(&id) else { return false };
        let waiters = company.line(lane);
        let Some(position) = waiters.iter().position(|waiter| waiter.number == number) else { return false };
        waiters.remove(position);
        self.places += 1;
        if company.waiting() == 0 {
            self.turns.retain(|waiting| *waiting != id);
            self.forget_idle(id);
        }
        true
    }

    fn forget_idle(&mut self, id: Uuid) {
        if self.companies.get(&id).is_some_and(|company| company.holds() == 0 && company.waiting() == 0) {
            self.companies.remove(&id);
        }
    }

    /// Who stands in the way of a company that gets nothing.
    pub(super) fn why(&self, id: Uuid) -> Busy {
        let holds = self.companies.get(&id).map_or(0, Company::holds);
        if self.rule == Rule::ByCompany && holds > 0 && self.free > 0 {
            Busy::Company
        } else {
            Busy::Everybody
        }
    }

    /// Calls as many as may come now, a company after the other.
    pub(super) fn call(&mut self) {
        let mut passed = 0;
        while self.free > 0 && passed < self.turns.len() {
            let Some(id) = self.turns.pop_front() else { return };
            passed = if self.call_one_of(id) { 0 } else { passed + 1 };
            if self.companies.get(&id).is_some_and(|company| company.waiting() > 0) {
                self.turns.push_back(id);
            }
        }
    }

    /// Calls the first of a company who may come; answers whether there was one.
    fn call_one_of(&mut self, id: Uuid) -> bool {
        let (rule, free) = (self.rule, self.free);
        let Some(company) = self.companies.get_mut(&id) else { return false };
        let next = company.heads().find(|lane| company.may_take(rule, free, *lane));
        let Some(waiter) = next.and_then(|lane| company.line(lane).pop_front().zip(Some(lane))) else {
            return false;
        };
        let (Waiter { number: _, called }, lane) = waiter;
        self.places += 1;
        // Entered for them: whoever is called and gone gives it back as they leave their place.
        self.enter(id, lane);
        // An error only says that they are leaving.
        called.send(()).ok();
        true
    }
}
