-- Accounts at vendors, that plugins use and never see.

create table credentials (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  installation_id uuid not null references installations on delete cascade,
  template text not null,               -- of the plugin's manifest
  status text not null,                 -- PENDING (nobody has signed in yet) CONNECTED BROKEN
  status_reason text,
  public_fields jsonb not null,         -- {name: text}: what is no secret
  secrets_sealed text not null,         -- {fields: {name: text}, tokens: {accessToken, refreshToken}}
  version integer not null,             -- grows with every change of the secrets
  token_expires_at timestamptz,
  refresh_until timestamptz,            -- one worker refreshes the token until then
  created_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  tested_at timestamptz,
  used_at timestamptz,                  -- coarse: written once a minute at most
  unique (installation_id, template)
);
create index credentials_of_workspace on credentials (workspace_id);

create table credential_sign_ins (      -- under way at a vendor
  state_hash text primary key,          -- SHA-256 of the state, hexadecimal
  workspace_id uuid not null references workspaces,
  credential_id uuid not null references credentials on delete cascade,
  credential_version integer not null,
  user_id uuid not null,                -- who began it; nobody else ends it
  verifier_sealed text not null,        -- PKCE
  redirect_uri text not null,
  expires_at timestamptz not null
);
create index credential_sign_ins_by_credential on credential_sign_ins (credential_id);
