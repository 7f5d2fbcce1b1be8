-- Who may come in, and how: keys for programs, invitations for people, lost passwords, second factors.
create table api_keys (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  public_id text not null unique,      -- the 8 characters by which a key is found; no secret
  secret_hash text not null,           -- SHA-256, hexadecimal
  name text not null,
  scopes text[] not null,              -- READ WRITE RUN ADMIN
  addresses text[] not null,           -- addresses and networks it may be used from; empty: any
  created_by uuid not null references users on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,            -- to five minutes
  revoked_at timestamptz
);
create index api_keys_by_workspace on api_keys (workspace_id, created_at desc, id desc);

create table invitations (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  email text not null,                 -- lower case
  role text not null,
  token_hash text not null unique,     -- SHA-256, hexadecimal
  invited_by uuid not null references users on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create unique index invitations_open on invitations (workspace_id, email) where accepted_at is null and revoked_at is null;
create index invitations_by_workspace on invitations (workspace_id, created_at desc, id desc);

create table password_resets (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  token_hash text not null unique,     -- SHA-256, hexadecimal
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

alter table users alter column password_hash drop not null;            -- null: signs in by another way only
alter table users add column totp_sealed text;                         -- the second factor; in force once confirmed
alter table users add column totp_confirmed_at timestamptz;
alter table users add column totp_step bigint not null default 0;      -- the last time step that was used: a code counts once
create table recovery_codes (
  user_id uuid not null references users on delete cascade,
  code_hash text not null,             -- SHA-256, hexadecimal
  used_at timestamptz,
  primary key (user_id, code_hash)
);
alter table workspaces add column second_factor_required boolean not null default false; -- of OWNER and ADMIN
alter table sessions add column address text;
create index sessions_by_user on sessions (user_id, created_at desc, id desc);
create index memberships_by_user on memberships (user_id);
