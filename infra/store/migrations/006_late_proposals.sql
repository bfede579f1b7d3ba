-- [both] A customer's document lists its names, so they are found without an index of their own.
DROP INDEX customer_name_back;

-- [both] What was said of persons and not compared yet, whom a key finds, and the last run's model.
CREATE TABLE description_news(
  tenant TEXT NOT NULL, identifier TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (tenant, identifier, id)) WITHOUT ROWID;
CREATE TABLE likeness_key(
  tenant TEXT NOT NULL, key TEXT NOT NULL, sorting TEXT NOT NULL, identifier TEXT NOT NULL,
  PRIMARY KEY (tenant, key, sorting, identifier)) WITHOUT ROWID;
CREATE TABLE linkage_model(tenant TEXT PRIMARY KEY, doc BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO description_news SELECT tenant, identifier, id FROM description;
