-- Letters that carry a meeting to the reader's own calendar, and what leads answer from there.

alter table messages add column meeting_id uuid;             -- goes out with the invitation to it, as it then stands
alter table meetings add column answer text;                 -- accepted | declined | tentative; of the time that holds now
alter table meetings add column answer_note text;            -- what the lead wrote beside it
alter table meetings add column answer_stamp timestamptz;    -- when the lead's calendar made the answer; an older one comes too late
alter table meetings add column answered_at timestamptz;
