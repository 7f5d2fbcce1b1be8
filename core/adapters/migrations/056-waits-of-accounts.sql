-- A step that waits for an event says of which account of the plugin that tells of it.

alter table wait_events add column account text; -- '': the plugin's default one; null: any, as whoever waited before this
