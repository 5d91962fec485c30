-- A session counts how often its refresh token was rotated, instead of having a row for each. `refresh_tokens` keeps what
-- was handed out before, which is read until its sessions are over.
alter table sessions
    add column generation integer not null default 0,
    add column rotations timestamptz[] not null default '{}';
