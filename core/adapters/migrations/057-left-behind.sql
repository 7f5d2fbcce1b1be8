-- What nobody looks after any more. Vectors in the store that was moved away from: they are taken away, so that what is erased later
-- stands nowhere. What was listened for to hear how a decision went, of decisions whose outcome somebody has told.

alter table memory_store add column leaving text; -- vectors are still to be taken out of it
update memory_store set leaving = 'database' where kind = 'pinecone' and moving_to is null;

delete from decision_listens l using decisions d where d.id = l.decision_id and d.outcome is not null;
