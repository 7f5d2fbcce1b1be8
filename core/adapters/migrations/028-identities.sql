-- Who a person is at the identity provider of this host (OpenID Connect).
create table identities (
  issuer text not null,
  subject text not null,               -- sub of the id token: stable where an address is not
  user_id uuid not null references users on delete cascade,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  primary key (issuer, subject)
);
create index identities_by_user on identities (user_id);
