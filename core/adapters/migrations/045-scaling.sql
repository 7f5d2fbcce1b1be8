-- How many processes there should be: a figure that an autoscaler follows, with its reasons.

create table processes (               -- each process whose engine runs says so every ten seconds
  id uuid primary key,
  process text not null,               -- host name and process id, for people
  cpu real not null,                   -- of one core, since it said so last
  seen_at timestamptz not null
);
create table scaling (                 -- of the host, by the process that leads
  id integer primary key check (id = 1),
  workers integer not null,            -- recommended
  reasons jsonb not null,              -- [{code, figure}]
  changed_at timestamptz not null,
  wanted text,                         -- up | down: what the figures ask for, and
  wanted_since timestamptz             -- since when without a break
);
create table scaling_changes (
  at timestamptz primary key,
  from_workers integer not null,
  to_workers integer not null,
  reasons jsonb not null,
  load jsonb not null                  -- the figures that it was decided by
);
