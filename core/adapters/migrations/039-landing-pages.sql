-- Pages with a form that people of a workspace write themselves.
create table landing_pages (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  slug text not null unique,           -- of the public address /p/<slug>, which all workspaces of a host share
  status text not null,                -- DRAFT PUBLISHED WITHDRAWN
  content jsonb not null,              -- the draft: what the editor shows
  revision integer not null,           -- counts the changes of the draft
  version integer,                     -- what visitors see, or saw last; null until it was published once
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index landing_pages_newest on landing_pages (workspace_id, created_at desc, id desc);

create table landing_page_versions (
  page_id uuid not null references landing_pages on delete cascade,
  workspace_id uuid not null references workspaces,
  version integer not null,
  content jsonb not null,
  published_by uuid references users,
  published_at timestamptz not null,
  primary key (page_id, version)
);

create table landing_page_days (
  page_id uuid not null references landing_pages on delete cascade,
  workspace_id uuid not null references workspaces,
  day date not null,                   -- UTC
  seen integer not null,
  primary key (page_id, day)
);
-- Captures by a form are counted from the history of leads
create index activities_captured on activities (workspace_id, summary) where kind = 'CAPTURED';
