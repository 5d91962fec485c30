//! Sessions, and property tests of refresh tokens.

use chrono::TimeDelta;
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

use super::at;
use crate::{
    events::EventKind,
    identity::{
        ABSOLUTE_LIFETIME, EndReason, IDLE_LIFETIME, MAX_ROTATIONS, REUSE_GRACE, RefreshOutcome, Session,
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

#[test]
fn what_becomes_of_a_token_depends_on_how_old_it_is() {
    use RefreshOutcome::{Over, Reused, Rotate, Succeed};
    let (idle, absolute) = (IDLE_LIFETIME.num_seconds(), ABSOLUTE_LIFETIME.num_seconds());
    // Rotations, then a presented generation and when.
    let cases: [(&[i64], i32, i64, RefreshOutcome); 16] = [
        (&[], 0, 0, Rotate),
        (&[], 0, idle - 1, Rotate),
        (&[], 0, idle, Over),
        (&[], 0, absolute, Over),
        (&[], 1, 0, Over),
        (&[], i32::MAX, 0, Over),
        (&[], -1, 0, Reused),
        (&[], i32::MIN, 0, Reused),
        (&[5], 1, 5, Rotate),
        (&[5], 0, 5, Succeed),
        (&[5], 0, 14, Succeed),
        (&[5], 0, 15, Reused),
        (&[5], 0, idle + 5, Over),
        (&[5, 9, 12], 0, 14, Succeed),
        (&[5, 9, 12], 0, 15, Reused),
        (&[5, 9, 12], 1, 15, Succeed),
    ];
    for (rotations, generation, now, expected) in cases {
        let mut session = open();
        for (generation, when) in (0..).zip(rotations) {
            assert_eq!(session.refresh(generation, at(*when)), Rotate);
        }
        let used = if expected == Rotate { now } else { rotations.last().copied().unwrap_or_default() };
        assert_eq!(session.refresh(generation, at(now)), expected, "{rotations:?} {generation} {now}");
        let events: Vec<_> = session.take_events().into_iter().map(|event| event.kind).collect();
        match expected {
            Reused => assert_eq!(events, [EventKind::SessionReuseDetected, EventKind::SessionEnded]),
            Over | Rotate | Succeed => assert!(events.is_empty()),
        }
        assert_eq!(session.record().last_used_at, at(used), "only a rotation is a use");
    }
}

#[test]
fn a_session_remembers_the_rotations_that_may_still_race_and_no_more() {
    let mut session = open();
    for generation in 0..200 {
        session.refresh(generation, at(i64::from(generation / 100)));
    }
    assert_eq!(session.record().rotations.len(), MAX_ROTATIONS);
    assert_eq!(session.refresh(200 - 64, at(2)), RefreshOutcome::Succeed);
    session.refresh(200, at(100));
    assert_eq!(session.record().rotations, [at(100)]);
    assert_eq!(session.refresh(199, at(100)), RefreshOutcome::Reused);
}

#[test]
fn a_session_ends_once_and_for_its_first_reason() {
    let mut session = open();
    session.end(EndReason::SignedOut, at(1));
    session.end(EndReason::Displaced, at(2));
    assert_eq!(session.record().ended, Some((at(1), EndReason::SignedOut)));
    assert_eq!(session.take_events().len(), 1);
    assert!(!session.is_open(at(1)));
    assert_eq!(session.refresh(0, at(2)), RefreshOutcome::Over);
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

/// A reference model: remembers when each token was rotated, and checks every outcome against the rules in their plain
/// form.
struct Model {
    session: Session,
    /// When the token of each generation was rotated; the last one is live.
    rotated: Vec<Option<i64>>,
    now: i64,
    last_rotation: i64,
    over: bool,
}

impl Model {
    fn new() -> Self {
        Self { session: open(), rotated: vec![None], now: 0, last_rotation: 0, over: false }
    }

    fn play(&mut self, (pause, which): Step) -> Result<(), TestCaseError> {
        self.now += pause;
        let presented = which.index(self.rotated.len());
        let expired = at(self.now) >= at(self.last_rotation) + IDLE_LIFETIME
            || at(self.now) >= at(0) + ABSOLUTE_LIFETIME;
        let outcome = self.session.refresh(i32::try_from(presented).expect("a few"), at(self.now));
        let age = self.rotated[presented].map(|rotated_at| at(self.now) - at(rotated_at));
        let expected = match age {
            _ if self.over || expired => RefreshOutcome::Over,
            None => RefreshOutcome::Rotate,
            Some(age) if age < REUSE_GRACE => RefreshOutcome::Succeed,
            Some(_) => RefreshOutcome::Reused,
        };
        prop_assert_eq!(outcome, expected);
        match outcome {
            RefreshOutcome::Rotate => {
                self.rotated[presented] = Some(self.now);
                self.rotated.push(None);
                self.last_rotation = self.now;
            }
            RefreshOutcome::Reused => self.over = true,
            RefreshOutcome::Succeed | RefreshOutcome::Over => {}
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
        for (generation, pause) in (0..).zip(refreshes) {
            now += pause;
            session.refresh(generation, at(now));
        }
        let end = session.expires_at();
        prop_assert!(session.is_open(end - TimeDelta::seconds(1)));
        prop_assert!(!session.is_open(end));
    }
}
