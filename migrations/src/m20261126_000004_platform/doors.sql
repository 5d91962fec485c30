-- The platform's realm sees the table of companies, to read and nothing else: what is done to one company is
-- done within it. No other table shows there.
create policy platform_reads on companies for select to cartera_api
    using (
        (select nullif(current_setting('app.company_id', true), '')::uuid)
        = '00000000-0000-0000-0000-000000000000'
    );

-- Gives an e-mail back that somebody of the transaction's company (or of the platform) has claimed.
grant delete on identities to cartera_lookup;
create policy lookup_releases on identities for delete to cartera_lookup using (true);

create function directory.release(wanted text, subject uuid)
returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
    realm uuid := nullif(current_setting('app.company_id', true), '')::uuid;
begin
    if realm is null then
        raise exception 'no company is set';
    end if;
    delete from public.identities i
    where i.email_key = wanted and i.subject_id = subject
    and i.company_id is not distinct from nullif(realm, '00000000-0000-0000-0000-000000000000'::uuid);
    return found;
end
$$;

revoke all on function directory.release(text, uuid) from public;
grant execute on function directory.release(text, uuid) to cartera_api;
grant create on schema directory to cartera_lookup;
alter function directory.release(text, uuid) owner to cartera_lookup;
revoke create on schema directory from cartera_lookup;
