//! Conditions put together of several.

use super::{F, sound, text};
use crate::{
    lists::{FieldRef, ListQuery, Predicate, Test, Value},
    users::UserList,
};

fn test(field: FieldRef) -> Predicate {
    Predicate::Test(field, Test::IsNull(false))
}

fn not(predicate: Predicate) -> Predicate {
    Predicate::Not(Box::new(predicate))
}

#[test]
fn what_all_rows_must_meet_is_found_however_it_is_wrapped() {
    let asked = Predicate::All(vec![test(F::STATUS), Predicate::All(vec![test(F::STAGE)])]);
    let scoped = Predicate::All(vec![test(F::ACCOUNT_ID), asked, Predicate::Any(vec![test(F::AMOUNT)])]);
    let found: Vec<_> = scoped.tests().map(|(field, _)| field).collect();
    assert_eq!(found, [F::ACCOUNT_ID, F::STATUS, F::STAGE]);
    assert_eq!(scoped.parts().len(), 4, "the alternatives are one part");
    assert_eq!(scoped.fields(), [F::ACCOUNT_ID, F::STATUS, F::STAGE, F::AMOUNT]);
    assert_eq!(Predicate::default().parts(), Vec::<&Predicate>::new());
}

#[test]
fn a_scope_holds_whatever_was_asked() {
    let scope = Test::AnyOf(vec![text("OPEN")]);
    for asked in [
        Predicate::default(),
        test(F::NUMBER),
        Predicate::Any(vec![test(F::NUMBER), test(F::STAGE)]),
        not(test(F::STATUS)),
        Predicate::Any(vec![]),
    ] {
        let before = asked.parts().len();
        let query = ListQuery { predicate: asked, ..sound(&[]) }.with(F::STATUS, scope.clone());
        let parts = query.predicate.parts();
        assert_eq!(parts.len(), before + 1);
        assert_eq!(parts.last(), Some(&&Predicate::Test(F::STATUS, scope.clone())));
    }
}

#[test]
fn a_field_is_asked_for_however_deep_it_stands() {
    let deep = Predicate::Any(vec![test(F::NUMBER), not(Predicate::All(vec![test(F::OWNER_ID)]))]);
    let query = ListQuery { predicate: deep, ..sound(&[]) };
    assert!(query.filters_by(F::OWNER_ID) && !query.filters_by(F::STATUS));
    assert_eq!(query.tests().count(), 0);
    let hidden = not(Predicate::Any(vec![test(UserList::NAME), test(UserList::EMAIL)]));
    assert!(hidden.fields().into_iter().any(UserList::is_confidential));
}

#[test]
fn tests_of_a_field_are_dropped_and_changed() {
    let either = Predicate::Any(vec![test(F::STAGE), not(test(F::STATUS))]);
    let all = Predicate::All(vec![test(F::STAGE), Predicate::All(vec![test(F::NUMBER)]), either.clone()]);
    assert_eq!(all.without(&[F::STAGE]), Predicate::All(vec![test(F::NUMBER), either]));
    assert_eq!(test(F::STAGE).without(&[F::STAGE]), Predicate::default());
    let mut changed = all.clone();
    let seven = Test::AnyOf(vec![Value::Integer(7)]);
    let change = |test: &mut Test| {
        *test = seven.clone();
        Ok::<_, ()>(())
    };
    changed.change(F::STAGE, &change).expect("it is changed");
    let now = Predicate::Test(F::STAGE, seven.clone());
    let either = Predicate::Any(vec![now.clone(), not(test(F::STATUS))]);
    assert_eq!(changed, Predicate::All(vec![now, Predicate::All(vec![test(F::NUMBER)]), either]));
    assert_eq!(changed.change(F::STATUS, &|_| Err("no")), Err("no"), "within an alternative too");
}
