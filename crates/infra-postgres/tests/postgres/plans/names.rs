//! How often the names of a company are read.

use std::sync::Arc;

use cartera_application::ports::Ports;

use super::watch::Watch;
use crate::sales::{Seller, application, ports};

#[tokio::test]
async fn a_list_by_stage_reads_the_names_once_and_keeps_them() {
    let seller = Seller::new().await;
    let account = seller.account("Ñandú").await;
    let sale = seller.opportunity(account, "Sillas", "1", "UYU").await;
    let mut superuser = seller.bench.database.behind_the_walls().await;
    let watch = Watch::new(&seller.bench, &mut superuser).await;
    let watched = application(Ports { clock: Arc::new(seller.clock.clone()), ..ports(&watch.store) });
    for reads in [1, 0] {
        let query = seller.query(&format!("stage={}&sort=title", sale.stage.id));
        let (page, _) = watched.opportunities.list(&seller.owner, query).await.expect("a page");
        assert_eq!(page.items.len(), 1);
        let (_, plans) = watch.take();
        let of_names = plans.iter().filter(|plan| plan.contains("0::bigint as version")).count();
        assert_eq!(of_names, reads);
    }
}
