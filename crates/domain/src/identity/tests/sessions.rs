//! Sessions, and property tests of refresh tokens.

use chrono::TimeDelta;
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

use super::at;
use crate::{
    events::EventKind,
    identity::{
        ABSOLUTE_LIFETIME, EndReason, IDLE_LIFETIME, REUSE_GRACE, RefreshOutcome, RefreshToken, Session,
        Subject,
    },
    ids::Id,
};

fn open() -> Session {
    let subject = Subject::User(Id::new(Uuid::from_u128(1)));
    let mut session = Session::open(Id::new(Uuid::from_u128(2)), subject, None, None, at(0));
    assert_eq!(session.take_events()[0].kind, EventKind::SessionStarted);
    session
}

fn token(rotated_at: Option<i64>) -> RefreshToken {
    RefreshToken { hash: [1; 32], session_id: Id::new(Uuid::from_u128(2)), rotated_at: rotated_at.map(at) }
}

#[test]
fn what_becomes_of_a_token_depends_on_when_it_was_rotated() {
    use RefreshOutcome::{Over, Reused, Rotate, Succeed};
    let (idle, absolute) = (IDLE_LIFETIME.num_seconds(), ABSOLUTE_LIFETIME.num_seconds());
    for (rotated_at, now, expected) in [
        (None, 0, Rotate),
        (None, idle - 1, Rotate),
        (None, idle, Over),
        (None, absolute, Over),
        (Some(5), 5, Succeed),
        (Some(5), 14, Succeed),
        (Some(5), 15, Reused),
        (Some(5), idle, Over),
    ] {
        let mut session = open();
        assert_eq!(session.refresh(&token(rotated_at), at(now)), expected, "{rotated_at:?} {now}");
        let events: Vec<_> = session.take_events().into_iter().map(|event| event.kind).collect();
        match expected {
            Reused => assert_eq!(events, [EventKind::SessionReuseDetected, EventKind::SessionEnded]),
            Over | Rotate | Succeed => assert!(events.is_empty()),
        }
        let used = if expected == Rotate { now } else { 0 };
        assert_eq!(session.record().last_used_at, at(used), "only a rotation is a use");
    }
}

#[test]
fn a_session_ends_once_and_for_its_first_reason() {
    let mut session = open();
    session.end(EndReason::SignedOut, at(1));
    session.end(EndReason::Displaced, at(2));
    assert_eq!(session.record().ended, Some((at(1), EndReason::SignedOut)));
    assert_eq!(session.take_events().len(), 1);
    assert!(!session.is_open(at(1)));
    assert_eq!(session.refresh(&token(None), at(2)), RefreshOutcome::Over);
}

#[test]
fn reasons_have_names_that_read_back() {
    for reason in [
        EndReason::SignedOut,
        EndReason::TokenReused,
        EndReason::Displaced,
        EndReason::PasswordChanged,
        EndReason::UserDeactivated,
    ] {
        assert_eq!(EndReason::parse(reason.as_str()), Some(reason));
    }
    assert_eq!(EndReason::parse("BORED"), None);
}

#[test]
fn what_a_browser_calls_itself_is_cut_and_cleaned() {
    let subject = Subject::PlatformAdministrator(Id::new(Uuid::from_u128(1)));
    let agent = format!("a\r\n\0b{}", "ñ".repeat(300));
    let session = Session::open(Id::new(Uuid::from_u128(2)), subject, Some(agent), None, at(0));
    let kept = session.record().user_agent.clone().expect("it is kept");
    assert_eq!(kept.chars().count(), 200);
    assert!(kept.starts_with("abñ"));
}

/// One step: a delay in seconds, after which one of the existing tokens is presented.
type Step = (i64, prop::sample::Index);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pause = prop_oneof![
        5 => 0_i64..=12,
        2 => 0_i64..=3600,
        1 => 0_i64..=IDLE_LIFETIME.num_seconds() + 10,
    ];
    vec((pause, any::<prop::sample::Index>()), 1..40)
}

/// A reference model: stores the tokens like a store does, and checks every outcome against the rules in their plain
/// form.
struct Model {
    session: Session,
    tokens: Vec<RefreshToken>,
    now: i64,
    last_rotation: i64,
    over: bool,
}

impl Model {
    fn new() -> Self {
        Self { session: open(), tokens: vec![token(None)], now: 0, last_rotation: 0, over: false }
    }

    fn play(&mut self, (pause, which): Step) -> Result<(), TestCaseError> {
        self.now += pause;
        let presented = self.tokens[which.index(self.tokens.len())].clone();
        let expired = at(self.now) >= at(self.last_rotation) + IDLE_LIFETIME
            || at(self.now) >= at(0) + ABSOLUTE_LIFETIME;
        let outcome = self.session.refresh(&presented, at(self.now));
        let age = presented.rotated_at.map(|rotated_at| at(self.now) - rotated_at);
        let expected = match age {
            _ if self.over || expired => RefreshOutcome::Over,
            None => RefreshOutcome::Rotate,
            Some(age) if age < REUSE_GRACE => RefreshOutcome::Succeed,
            Some(_) => RefreshOutcome::Reused,
        };
        prop_assert_eq!(outcome, expected);
        match outcome {
            RefreshOutcome::Rotate => {
                for token in &mut self.tokens {
                    token.rotated_at = token.rotated_at.or(Some(at(self.now)));
                }
                self.last_rotation = self.now;
                self.tokens.push(token(None));
            }
            RefreshOutcome::Succeed => self.tokens.push(token(None)),
            RefreshOutcome::Reused => self.over = true,
            RefreshOutcome::Over => {}
        }
        prop_assert_eq!(self.session.is_open(at(self.now)), !self.over && !expired);
        prop_assert!(self.session.expires_at() <= at(0) + ABSOLUTE_LIFETIME);
        prop_assert!(self.session.expires_at() - self.session.record().last_used_at <= IDLE_LIFETIME);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// In any sequence of presented tokens: the newest token and concurrent tabs succeed, and a single reuse ends the
    /// session permanently, with one event.
    #[test]
    fn tokens_go_on_race_and_betray_their_copies(steps in steps()) {
        let mut model = Model::new();
        for step in steps {
            model.play(step)?;
        }
        let events: Vec<_> = model.session.take_events().into_iter().map(|event| event.kind).collect();
        let expected: &[EventKind] =
            if model.over { &[EventKind::SessionReuseDetected, EventKind::SessionEnded] } else { &[] };
        prop_assert_eq!(events, expected);
    }

    /// A session is open from its start until just before `expires_at`.
    #[test]
    fn a_session_says_when_it_ends(refreshes in vec(0_i64..IDLE_LIFETIME.num_seconds(), 0..6)) {
        let mut session = open();
        let mut now = 0;
        for pause in refreshes {
            now += pause;
            session.refresh(&token(None), at(now));
        }
        let end = session.expires_at();
        prop_assert!(session.is_open(end - TimeDelta::seconds(1)));
        prop_assert!(!session.is_open(end));
    }
}
