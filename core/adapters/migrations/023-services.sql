-- A service has an ordered list of providers, each with a rule where it is not for everything.
alter table service_bindings add column position integer not null default 0;
alter table service_bindings add column condition text;
alter table service_bindings drop constraint service_bindings_pkey;
alter table service_bindings add primary key (workspace_id, service, plugin_id);
