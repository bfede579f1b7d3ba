-- [both] Who has a name, and for what time (ms since 1970 UTC): a number may pass to another holder.
DROP INDEX customer_name_back;
ALTER TABLE customer_name RENAME TO customer_name_always;
CREATE TABLE customer_name(
  tenant TEXT NOT NULL, name TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
  customer TEXT NOT NULL,
  PRIMARY KEY (tenant, name, since)) WITHOUT ROWID;
INSERT INTO customer_name
  SELECT tenant, name, -4611686018427387904, 4611686018427387904, customer FROM customer_name_always;
DROP TABLE customer_name_always;
CREATE INDEX customer_name_back ON customer_name(tenant, customer);

-- [both] Customers with more evidence than is taken in.
ALTER TABLE customer ADD COLUMN frozen INTEGER NOT NULL DEFAULT 0;
CREATE INDEX customer_frozen ON customer(tenant, id) WHERE frozen = 1;
