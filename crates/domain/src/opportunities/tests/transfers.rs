//! Moving all opportunities of a stage has the same effect on each as moving it alone.

use super::{ACCOUNT, ANA, at, links, pipeline, sale_in};
use crate::{
    ids::Id,
    opportunities::{MoveRefused, Reason, Standings, Transfer, Transferred},
    pipelines::StageKind,
};

fn reason() -> Reason {
    Reason::trusted("The stage goes".to_owned())
}

#[test]
fn a_transfer_is_the_move_of_each() {
    let pipeline = pipeline(1);
    let stages = &pipeline.record().stages;
    for (from_index, from) in stages.iter().enumerate() {
        for to in stages.iter().filter(|to| to.id != from.id) {
            let (mut alone, _) = sale_in(&pipeline, from_index);
            alone.take_events();
            alone.mark_stored();
            let before = *alone.loaded_standing().expect("it counts");
            let one = Transferred {
                id: alone.record().id,
                links: links(),
                amount: alone.record().fields.amount,
                closed_at: alone.record().placement.closed_at,
            };
            let transfer = Transfer::new(from.clone(), to.clone(), reason(), Some(ANA), at(7));
            let transfer = transfer.expect("it may be");
            let id = Id::new(uuid::Uuid::from_u128(11));
            let change = alone.move_to(to, id, reason(), Some(ANA), at(7)).expect("it may move");
            assert_eq!(transfer.placement(), alone.record().placement);
            assert_eq!(alone.take_events(), [transfer.event(&one).making(2)]);
            let after = alone.record().standing().expect("it counts");
            assert_eq!(transfer.standings(&one), (before, after));
            let alike = transfer.all_standings(Standings::from(&before));
            assert_eq!(alike, (Standings::from(&before), Standings::from(&after)));
            let wins = [before.kind, after.kind].contains(&StageKind::Won);
            assert_eq!(transfer.counts_wins(), wins);
            assert_eq!(after.account_id, Some(ACCOUNT));
            assert_eq!(Some(transfer.from().id), change.record().from_stage);
            assert_eq!(Some(transfer.reason()), change.record().reason.as_ref());
            assert_eq!((transfer.at(), transfer.changed_by()), (at(7), change.record().changed_by));
        }
    }
}

#[test]
fn it_stays_within_the_pipeline() {
    let (one, other) = (pipeline(1), pipeline(2));
    let (from, foreign) = (&one.record().stages[0], &other.record().stages[1]);
    let refused = Transfer::new(from.clone(), foreign.clone(), reason(), None, at(1));
    assert_eq!(refused.err(), Some(MoveRefused::StageOfAnotherPipeline));
    let refused = Transfer::new(from.clone(), from.clone(), reason(), None, at(1));
    assert_eq!(refused.err(), Some(MoveRefused::AlreadyInStage));
}
