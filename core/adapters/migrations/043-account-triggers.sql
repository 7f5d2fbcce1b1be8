-- Each account of a plugin is listened to by itself, and an event says which of them heard of it.

alter table plugin_triggers add column account text not null default 'main';
update plugin_triggers t set account = i.default_account from installations i where i.id = t.installation_id;
alter table plugin_triggers drop constraint plugin_triggers_installation_id_trigger_key;
alter table plugin_triggers add unique (installation_id, trigger, account);
alter table events add column account text;               -- of the plugin that heard of it; null: nobody's
alter table events add column of_default_account boolean; -- was it the plugin's default one then?
