alter table workspaces add column playbooks_revision integer not null default 0; -- grows when a playbook is published, paused or resumed
