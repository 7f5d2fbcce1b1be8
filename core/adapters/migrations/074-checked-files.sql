-- The version of the program that last looked at a playbook's file: a start compiles nothing where neither has changed.

alter table playbooks add column file_checked_by text;
