-- Publishing may ask for tests that pass; a version keeps the tests that stood beside it.
alter table workspaces add column tests_coverage integer;  -- percent of branches that tests must take; null: tests are not asked for
alter table playbook_versions add column tests text;       -- <id>.test.yaml as it was published; null where there was none
