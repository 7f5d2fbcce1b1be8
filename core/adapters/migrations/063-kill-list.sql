-- Plugins that must not run, as the operator's list last named them: one row for the whole host. `issued_at` is null until one was accepted.
create table plugin_kill_list (
  id integer primary key default 1 check (id = 1),
  origin text not null,
  entries jsonb not null default '[]',
  issued_at timestamptz,
  problem text
);
-- Disabled because the list names it: enabled again by the host when it does so no more.
alter table installations add column by_kill_list boolean not null default false;
