-- The walls between companies: forced row-level security on every table, and what each role may do.
-- `app.company_id` is set by the transaction (SET LOCAL); after one it is '' on a pooled connection, which
-- must mean "no company" and not an error.

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array[
        'users', 'sessions', 'refresh_tokens', 'api_keys', 'accounts', 'contacts', 'pipelines', 'stages',
        'opportunities', 'stage_changes', 'account_wins', 'account_won_amounts', 'stage_totals',
        'company_sequences', 'outbox', 'idempotency_keys'
    ] loop
        execute format('alter table %I enable row level security', tenant_table);
        execute format('alter table %I force row level security', tenant_table);
        execute format(
            'create policy company_isolation on %I '
            'using (company_id = (select nullif(current_setting(''app.company_id'', true), '''')::uuid)) '
            'with check (company_id = (select nullif(current_setting(''app.company_id'', true), '''')::uuid))',
            tenant_table
        );
    end loop;
end
$$;

alter table companies enable row level security;
alter table companies force row level security;
create policy company_isolation on companies
    using (id = (select nullif(current_setting('app.company_id', true), '')::uuid))
    with check (id = (select nullif(current_setting('app.company_id', true), '')::uuid));

-- The platform's realm is the nil UUID: administrators show only there.
alter table platform_administrators enable row level security;
alter table platform_administrators force row level security;
create policy platform_realm on platform_administrators
    using (
        (select nullif(current_setting('app.company_id', true), '')::uuid)
        = '00000000-0000-0000-0000-000000000000'
    )
    with check (
        (select nullif(current_setting('app.company_id', true), '')::uuid)
        = '00000000-0000-0000-0000-000000000000'
    );

-- The directory shows to nobody but the functions of directory.sql.
alter table identities enable row level security;
alter table identities force row level security;

grant select, insert, update on
    companies, users, platform_administrators, sessions, refresh_tokens, api_keys,
    accounts, contacts, pipelines, stages, opportunities,
    account_wins, account_won_amounts, stage_totals, company_sequences, idempotency_keys
    to cartera_api;
grant select, insert on stage_changes, outbox to cartera_api;
-- So that `serve` can tell whether migrations are pending.
grant select on seaql_migrations to cartera_api;
