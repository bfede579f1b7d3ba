-- [both] What timelines are filtered by.
ALTER TABLE interaction ADD COLUMN contact_type TEXT;
ALTER TABLE interaction ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
-- [sqlite]
UPDATE interaction SET contact_type = CAST(doc AS TEXT) ->> '$.contact_type';
-- [postgres]
UPDATE interaction SET contact_type = convert_from(doc, 'UTF8')::json ->> 'contact_type';

-- [both] What is told of a customer and not of one contact: consents, notes, what a reader has seen.
CREATE TABLE customer_fact(
  tenant TEXT NOT NULL, identifier TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL,
  version INTEGER NOT NULL, doc BLOB NOT NULL,
  PRIMARY KEY (tenant, identifier, id)) WITHOUT ROWID;
