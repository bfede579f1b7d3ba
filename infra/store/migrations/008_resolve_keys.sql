-- [both] What identity keeps: under one short key per identifier, where there were two. Under the
-- smallest identifier of a component stands the component itself, so that nothing has to say where.
DELETE FROM state WHERE stage = 'resolve' AND key LIKE '%/place/%' AND EXISTS (
  SELECT 1 FROM state AS held WHERE held.stage = 'resolve'
  AND held.key = replace(state.key, '/place/', '/component/'));
UPDATE state SET key =
  substr(key, 1, length(key) - 30) || substr(key, length(key) - 23, 20)
  WHERE stage = 'resolve' AND key LIKE '%/place/%';
UPDATE state SET key =
  substr(key, 1, length(key) - 34) || substr(key, length(key) - 23, 20)
  WHERE stage = 'resolve' AND key LIKE '%/component/%';

-- [sqlite] Customers in the order of their writing, as state is since 007, and for the same reason.
ALTER TABLE customer RENAME TO customer_by_id;
DROP INDEX customer_frozen;
CREATE TABLE customer(
  tenant TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, doc BLOB NOT NULL,
  frozen INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, id));
INSERT INTO customer SELECT tenant, id, revision, doc, frozen FROM customer_by_id;
DROP TABLE customer_by_id;
CREATE INDEX customer_frozen ON customer(tenant, id) WHERE frozen = 1;
