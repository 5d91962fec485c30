//! Rate limits: how often one address, e-mail, user or key may call.
//!
//! Each policy allows a burst of its whole quota, which then refills evenly. The last result of a policy is stored in
//! the request's trace and becomes the `RateLimit` headers.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use cartera_application::{Error, security::ActorRef};
use cartera_domain::{
    ids::{CompanyId, SessionId},
    values::{Email, trimmed},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock, QuantaInstant},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use sha2::{Digest, Sha256};

use super::{
    Problem, Rate, RateLimits,
    problem::whole_seconds,
    trace::{self, Standing},
};

/// How often the keys with a full quota are removed.
const SWEEP: Duration = Duration::from_mins(1);

/// Keys are digests, so that a caller can't make the server store long texts.
type Key = [u8; 16];
type Keyed = RateLimiter<Key, DefaultKeyedStateStore<Key>, DefaultClock, StateInformationMiddleware>;

#[derive(Debug)]
struct Policy {
    name: &'static str,
    rate: Rate,
    limiter: Keyed,
    clock: DefaultClock,
}

impl Policy {
    fn new(name: &'static str, rate: Rate) -> Self {
        let refill = (rate.period / rate.requests.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(refill)
            .unwrap_or_else(|| Quota::per_second(rate.requests))
            .allow_burst(rate.requests);
        Self {
            name,
            rate,
            limiter: RateLimiter::keyed(quota).with_middleware(),
            clock: DefaultClock::default(),
        }
    }

    fn check(&self, key: &Key) -> Result<(), Problem> {
        let (quota, window) = (self.rate.requests.get(), whole_seconds(self.rate.period));
        let outcome = self.limiter.check_key(key);
        let (remaining, reset) = match &outcome {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = quota.saturating_sub(remaining);
                (remaining, whole_seconds(self.rate.period * used / quota))
            }
            Err(refused) => (0, whole_seconds(self.wait(refused))),
        };
        if let Some(trace) = trace::current() {
            let standing = Standing { name: self.name, quota, window, remaining, reset };
            trace.standings.borrow_mut().push(standing);
        }
        match outcome {
            Ok(_) => Ok(()),
            Err(refused) => Err(Error::TooMany { retry_after: self.wait(&refused) }.into()),
        }
    }

    fn wait(&self, refused: &governor::NotUntil<QuantaInstant>) -> Duration {
        refused.wait_time_from(self.clock.now())
    }

    fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[derive(Debug)]
struct Policies {
    sign_in: Policy,
    sign_in_address: Policy,
    register: Policy,
    invitations: Policy,
    requests: Policy,
    refresh: Policy,
    bad_cookies: Policy,
    public: Policy,
    swept: Mutex<Instant>,
}

/// The rate limits in force.
#[derive(Debug)]
pub struct Limits(Option<Policies>);

impl Limits {
    /// Limits with these rates; `None` disables them.
    pub fn new(rates: Option<RateLimits>) -> Self {
        Self(rates.map(|rates| Policies {
            sign_in: Policy::new("sign-in", rates.sign_in_per_email),
            sign_in_address: Policy::new("sign-in-address", rates.sign_in_per_address),
            register: Policy::new("register", rates.register),
            invitations: Policy::new("invitations", rates.invitations),
            requests: Policy::new("default", rates.requests),
            refresh: Policy::new("refresh", rates.refresh),
            bad_cookies: Policy::new("bad-cookies", rates.bad_cookies),
            public: Policy::new("public", rates.public),
            swept: Mutex::new(Instant::now()),
        }))
    }

    /// Counts a sign-in of this address with this e-mail, before the password is checked.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn sign_in(&self, address: IpAddr, email: &str) -> Result<(), Problem> {
        let Some(policies) = self.policies() else { return Ok(()) };
        policies.sign_in_address.check(&key(&[b"address", &network(address)]))?;
        // By the form that signs in, so that other spellings of one e-mail have no counts of their own.
        let email = Email::parse(email.to_owned())
            .map_or_else(|_not_an_email| trimmed(email).to_lowercase(), |email| email.key());
        policies.sign_in.check(&key(&[b"e-mail", &network(address), email.as_bytes()]))
    }

    /// Counts a registration by this address.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn register(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(policies) = self.policies() else { return Ok(()) };
        policies.register.check(&key(&[b"register", &network(address)]))
    }

    /// Counts the use of a mailed link by this address, before its token is checked.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn token_use(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(policies) = self.policies() else { return Ok(()) };
        policies.sign_in_address.check(&key(&[b"address", &network(address)]))
    }

    /// Counts an invitation into this company, whoever sends it.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn invitation(&self, company: CompanyId) -> Result<(), Problem> {
        let Some(policies) = self.policies() else { return Ok(()) };
        policies.invitations.check(&key(&[b"invitations", company.uuid().as_bytes()]))
    }

    /// Counts a request of this user or key.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn request(&self, caller: ActorRef) -> Result<(), Problem> {
        let (Some(policies), Some(id)) = (self.policies(), caller.id()) else { return Ok(()) };
        policies.requests.check(id.as_bytes())
    }

    /// Counts a refresh of this session, before the database is asked.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn refresh(&self, session: SessionId) -> Result<(), Problem> {
        let Some(policies) = self.policies() else { return Ok(()) };
        policies.refresh.check(session.uuid().as_bytes())
    }

    /// Counts a refresh cookie of this address that is none of ours, before the database is asked.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn bad_cookie(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(policies) = self.policies() else { return Ok(()) };
        policies.bad_cookies.check(&key(&[b"cookie", &network(address)]))
    }

    /// Counts a request of this address that no other limit counts.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn public(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(policies) = self.policies() else { return Ok(()) };
        policies.public.check(&key(&[b"public", &network(address)]))
    }

    /// How many keys all policies store.
    pub fn remembered(&self) -> usize {
        self.0.as_ref().map_or(0, |policies| policies.all().iter().map(|policy| policy.limiter.len()).sum())
    }

    /// Removes the keys with a full quota. This also happens automatically, once a minute while requests come in.
    pub fn sweep(&self) {
        for policy in self.0.iter().flat_map(Policies::all) {
            policy.sweep();
        }
    }

    fn policies(&self) -> Option<&Policies> {
        let policies = self.0.as_ref()?;
        let due = {
            let mut swept = policies.swept.lock().unwrap_or_else(PoisonError::into_inner);
            let due = swept.elapsed() >= SWEEP;
            if due {
                *swept = Instant::now();
            }
            due
        };
        if due {
            self.sweep();
        }
        Some(policies)
    }
}

impl Policies {
    fn all(&self) -> [&Policy; 8] {
        let Self {
            sign_in,
            sign_in_address,
            register,
            invitations,
            requests,
            refresh,
            bad_cookies,
            public,
            swept: _,
        } = self;
        [sign_in, sign_in_address, register, invitations, requests, refresh, bad_cookies, public]
    }
}

fn key(parts: &[&[u8]]) -> Key {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let mut key = Key::default();
    key.copy_from_slice(&digest[..16]);
    key
}

/// The network of one customer: an IPv4 address, or the first half of an IPv6 address, because customers control the
/// second half.
fn network(address: IpAddr) -> [u8; 16] {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).octets(),
    }
}
