-- When each person takes meetings, and who takes a meeting.

create table working_hours (           -- of a person, or of the workspace; Monday to Friday, 9 to 18 where there is no row
  workspace_id uuid not null references workspaces,
  user_id uuid,                        -- null: the workspace's, for whoever has none of their own
  days text[] not null,                -- mon … sun; none: this person takes no meetings
  opens integer not null,              -- minutes after midnight
  closes integer not null,
  time_zone text,                      -- IANA, of the person; null: the workspace's
  changed_at timestamptz not null,
  unique nulls not distinct (workspace_id, user_id),
  foreign key (workspace_id, user_id) references memberships on delete cascade
);
update meetings m set owner_id = l.owner_id from leads l
where l.id = m.lead_id and m.owner_id is null and m.status = 'SCHEDULED' and l.owner_id is not null;
create index meetings_of_owner on meetings (owner_id, starts_at) where status = 'SCHEDULED';
