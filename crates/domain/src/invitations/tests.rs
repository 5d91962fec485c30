use super::*;
use crate::{ids::Id, input::Rule};
use uuid::Uuid;

fn at(days: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_478_400, 0).expect("a time") + TimeDelta::days(days)
}

fn invitation() -> Invitation {
    let fields =
        InvitationFields { email: Email::trusted("ana@acme.example".to_owned()), role: Role::Member };
    Invitation::create(Id::new(Uuid::from_u128(1)), fields, [1; 32], None, at(0))
}

fn kinds(invitation: &mut Invitation) -> Vec<EventKind> {
    invitation.take_events().into_iter().map(|event| event.kind).collect()
}

#[test]
fn what_is_wrong_with_an_invitation_is_listed_at_once() {
    let input = InvitationInput { email: Patch::Value("ana".into()), role: Patch::Value("KING".into()) };
    let violations = InvitationFields::read(input).expect_err("both are wrong").0;
    assert_eq!(violations.iter().map(|v| v.field.as_str()).collect::<Vec<_>>(), ["email", "role"]);
    assert!(matches!(violations[1].rule, Rule::NotAllowed(_)));
    let input = InvitationInput { email: Patch::Value("Ana@Acme.example".into()), role: Patch::Absent };
    assert_eq!(InvitationFields::read(input).expect("it is in order").role, Role::Member);
}

#[test]
fn a_link_is_valid_for_seven_days() {
    let invitation = invitation();
    assert_eq!(invitation.check(at(7) - TimeDelta::microseconds(1)), Ok(()));
    assert_eq!(invitation.check(at(7)), Err(InvitationRefused::Expired));
}

#[test]
fn an_invitation_is_accepted_once() {
    let mut invitation = invitation();
    let user = Id::new(Uuid::from_u128(2));
    invitation.accept(user, at(1)).expect("it is valid");
    assert_eq!(invitation.record().status, InvitationStatus::Accepted);
    assert_eq!(invitation.accept(user, at(1)), Err(InvitationRefused::Used));
    // Even after the expiry time, because "used" is more informative.
    assert_eq!(invitation.check(at(8)), Err(InvitationRefused::Used));
    assert_eq!(kinds(&mut invitation), [EventKind::InvitationCreated, EventKind::InvitationAccepted]);
    assert_eq!(invitation.record().version, 2);
}

#[test]
fn sending_again_makes_the_next_link_and_starts_the_time_anew() {
    let mut invitation = invitation();
    invitation.resend([2; 32], at(8));
    let record = invitation.record();
    assert_eq!((record.link, record.token_hash, record.expires_at), (2, [2; 32], at(15)));
    assert_eq!(invitation.check(at(14)), Ok(()));
    assert_eq!(kinds(&mut invitation), [EventKind::InvitationCreated, EventKind::InvitationResent]);
}

#[test]
fn what_was_taken_back_is_no_longer_valid() {
    let mut invitation = invitation();
    invitation.revoke(at(1));
    assert_eq!(invitation.check(at(1)), Err(InvitationRefused::Revoked));
    assert_eq!(invitation.accept(Id::new(Uuid::from_u128(2)), at(1)), Err(InvitationRefused::Revoked));
}

#[test]
fn only_an_expired_invitation_makes_way() {
    let mut invitation = invitation();
    assert!(!invitation.lapse(at(6)));
    assert_eq!(invitation.record().status, InvitationStatus::Pending);
    assert!(invitation.lapse(at(7)));
    assert_eq!(invitation.record().status, InvitationStatus::Lapsed);
    assert_eq!(invitation.check(at(7)), Err(InvitationRefused::Expired));
    assert!(invitation.lapse(at(8)), "and stays out of the way");
    assert_eq!(kinds(&mut invitation), [EventKind::InvitationCreated, EventKind::InvitationLapsed]);
}

#[test]
fn every_status_has_a_name_of_its_own() {
    for status in InvitationStatus::ALL {
        assert_eq!(InvitationStatus::parse(status.as_str()), Some(status));
    }
    assert_eq!(InvitationStatus::parse("EXPIRED"), None);
}
