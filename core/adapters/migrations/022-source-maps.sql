-- For people who read an error: never sent into the sandbox, and no part of what the digest names.
alter table plugin_packages add column source_map text;                -- plugin.js.map as it came; null where there was none
