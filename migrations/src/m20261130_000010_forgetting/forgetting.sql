-- The events of one record, in order: its history, and what is forgotten of it when it is removed for good.
create index outbox_entity on outbox (company_id, entity_id, sequence);

-- Events of creation hold every field of a record. Removing it for good takes them out; of an event nothing else changes.
grant update (payload) on outbox to cartera_worker;

-- The counters of an account go with it. They are zero by then: nothing refers to the account any more.
alter table account_wins
    drop constraint account_wins_company_id_account_id_fkey,
    add constraint account_wins_company_id_account_id_fkey
        foreign key (company_id, account_id) references accounts (company_id, id) on delete cascade;
alter table account_won_amounts
    drop constraint account_won_amounts_company_id_account_id_fkey,
    add constraint account_won_amounts_company_id_account_id_fkey
        foreign key (company_id, account_id) references accounts (company_id, id) on delete cascade;
revoke delete on account_wins, account_won_amounts from cartera_worker;
