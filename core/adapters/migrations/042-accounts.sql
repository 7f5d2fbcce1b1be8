-- A plugin may use several accounts at one vendor: each has a name, and one name is used where nobody says which.

alter table installations add column default_account text not null default 'main';
alter table credentials add column account text not null default 'main';
alter table credentials add column former_accounts text[] not null default '{}'; -- names that it had: a run under way may say one
alter table credentials drop constraint credentials_installation_id_template_key;
alter table credentials add unique (installation_id, template, account);
alter table service_bindings add column account text not null default '';          -- empty: the plugin's default
alter table service_bindings drop constraint service_bindings_pkey;
alter table service_bindings add primary key (workspace_id, service, plugin_id, account);
