-- A file may be empty.
alter table attachments
    drop constraint attachments_size_check,
    add constraint attachments_size_check check (size >= 0);
