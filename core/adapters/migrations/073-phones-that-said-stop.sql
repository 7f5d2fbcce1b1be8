-- Whoever has answered STOP at the carrier, or at WhatsApp, is written to no more at that number.

alter table leads add column phone_opted_out_at timestamptz;
