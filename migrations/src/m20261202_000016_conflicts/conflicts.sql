-- A change of one row flies together with the commit, so nobody looks at how many rows it changed before: it fails by
-- itself when somebody else was faster.
create function public.expect_one_row(changed bigint)
returns boolean
language plpgsql volatile set search_path = ''
as $$
begin
    if changed <> 1 then
        raise exception 'somebody else has changed the row' using errcode = 'ZC409';
    end if;
    return true;
end
$$;

revoke all on function public.expect_one_row(bigint) from public;
grant execute on function public.expect_one_row(bigint) to cartera_api, cartera_worker;
