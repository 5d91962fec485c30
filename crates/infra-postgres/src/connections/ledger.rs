//! Counts who holds connections and who waits for one. Nothing in this module blocks or reads a clock.

use std::collections::{HashMap, VecDeque};

use tokio::sync::oneshot;
use uuid::Uuid;

/// How many may wait for each connection. Anyone beyond that would not get one in time anyway.
const WAITING_FOR_EACH: usize = 64;

/// What a connection is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Never waits for row locks.
    Read,
    /// May wait for rows that others have locked.
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

/// How connections are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Among companies (see `shares.rs`).
    ByCompany,
    /// First come, first served.
    FirstCome,
}

/// Why no connection is available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Busy {
    /// The company holds its full share.
    #[error("the company holds its share of the connections, and none came free in time")]
    Company,
    /// Other companies hold all connections.
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

/// A waiter. A lower number came earlier.
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

    /// Whether the company may take one more of the free connections.
    fn may_take(&self, rule: Rule, free: u32, lane: Lane) -> bool {
        let Some(left) = free.checked_sub(1) else { return false };
        if rule == Rule::FirstCome || self.holds() == 0 {
            return true;
        }
        let room = self.holds() < left;
        match lane {
            Lane::Read => room,
            // Writes get half of the company's share, so that something is left for its reads.
            Lane::Write => room && (self.writing + 1) * 2 <= left,
        }
    }

    /// The lanes whose line is not empty, the one whose first waiter came earlier first.
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
    /// How many more waiters fit.
    places: usize,
    numbers: u64,
    companies: HashMap<Uuid, Company>,
    /// Companies with waiters, in the order of their turns; each appears once.
    turns: VecDeque<Uuid>,
}

impl Ledger {
    /// A ledger of this many connections, all free.
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

    /// Whether no company holds or waits for a connection.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.companies.is_empty() && self.turns.is_empty()
    }

    /// How many are waiting.
    pub(super) fn waiting(&self) -> usize {
        self.companies.values().map(Company::waiting).sum()
    }

    /// Whether a new request may take a connection at once: one is available to its company and nobody waits in its
    /// line.
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

    /// Adds a waiter to the end of a company's line. Places are limited like connections: no company takes more of them
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

    /// Removes a waiter from its line; returns whether it still stood there.
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

    /// Why a company gets no connection.
    pub(super) fn why(&self, id: Uuid) -> Busy {
        let holds = self.companies.get(&id).map_or(0, Company::holds);
        if self.rule == Rule::ByCompany && holds > 0 && self.free > 0 {
            Busy::Company
        } else {
            Busy::Everybody
        }
    }

    /// Wakes as many waiters as may have a connection now, one company after another.
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

    /// Wakes the first waiter of a company that may have a connection; returns whether there was one.
    fn call_one_of(&mut self, id: Uuid) -> bool {
        let (rule, free) = (self.rule, self.free);
        let Some(company) = self.companies.get_mut(&id) else { return false };
        let next = company.heads().find(|lane| company.may_take(rule, free, *lane));
        let Some(waiter) = next.and_then(|lane| company.line(lane).pop_front().zip(Some(lane))) else {
            return false;
        };
        let (Waiter { number: _, called }, lane) = waiter;
        self.places += 1;
        // The connection is booked on behalf of the waiter: one that has left by now gives it back when its `Place`
        // drops.
        self.enter(id, lane);
        // Sending fails only when the waiter is leaving.
        called.send(()).ok();
        true
    }
}
