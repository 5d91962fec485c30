-- The directory: the little that must be known across companies, as narrow functions. They belong to
-- cartera_lookup, which nobody can log in as and which may read only the columns named here. FORCE binds a
-- table's owner too, so a definer function owned by the owner would find no row.

create schema directory;
grant usage on schema directory to cartera_api;

grant select (email_key, company_id, subject_id), insert on identities to cartera_lookup;
grant select (id, slug, suspended_at) on companies to cartera_lookup;
grant select (company_id, id, password_hash, active) on users to cartera_lookup;
grant select (id, password_hash, active) on platform_administrators to cartera_lookup;

create policy lookup_reads on identities for select to cartera_lookup using (true);
create policy lookup_claims on identities for insert to cartera_lookup with check (true);
create policy lookup_reads on companies for select to cartera_lookup using (true);
create policy lookup_reads on users for select to cartera_lookup using (true);
create policy lookup_reads on platform_administrators for select to cartera_lookup using (true);

-- Whom an e-mail belongs to. company_id is null for a platform administrator.
create function directory.find(wanted text)
returns table (company_id uuid, subject_id uuid, password_hash text, may_sign_in boolean)
language sql stable security definer set search_path = ''
as $$
    select i.company_id, i.subject_id, u.password_hash, u.active and c.suspended_at is null
    from public.identities i
    join public.users u on u.company_id = i.company_id and u.id = i.subject_id
    join public.companies c on c.id = i.company_id
    where i.email_key = wanted
    union all
    select i.company_id, i.subject_id, a.password_hash, a.active
    from public.identities i
    join public.platform_administrators a on a.id = i.subject_id
    where i.email_key = wanted and i.company_id is null
$$;

-- Claims an e-mail for somebody of the transaction's company (or of the platform); false when it is taken.
create function directory.claim(wanted text, subject uuid)
returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
    realm uuid := nullif(current_setting('app.company_id', true), '')::uuid;
begin
    if realm is null then
        raise exception 'no company is set';
    end if;
    insert into public.identities (email_key, company_id, subject_id)
    values (wanted, nullif(realm, '00000000-0000-0000-0000-000000000000'), subject)
    on conflict (email_key) do nothing;
    return found;
end
$$;

-- The slug itself, or with the first suffix (-2, -3, …) that is free.
create function directory.free_slug(wanted text)
returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
    candidate text := wanted;
    suffix integer := 1;
begin
    while exists (select from public.companies c where c.slug = candidate) loop
        suffix := suffix + 1;
        candidate := left(wanted, 60 - length(suffix::text) - 1) || '-' || suffix;
    end loop;
    return candidate;
end
$$;

revoke all on all functions in schema directory from public;
grant execute on all functions in schema directory to cartera_api;

grant create on schema directory to cartera_lookup;
grant usage on schema directory to cartera_lookup;
alter function directory.find(text) owner to cartera_lookup;
alter function directory.claim(text, uuid) owner to cartera_lookup;
alter function directory.free_slug(text) owner to cartera_lookup;
revoke create on schema directory from cartera_lookup;
