-- [both] What sources say of persons; only the linkage and the pages of proposals read it.
CREATE TABLE description(
  tenant TEXT NOT NULL, identifier TEXT NOT NULL, id TEXT NOT NULL, doc BLOB NOT NULL,
  PRIMARY KEY (tenant, identifier, id)) WITHOUT ROWID;

-- [both] Who may be one person, and what people have said about two identifiers (both ways round).
CREATE TABLE proposal(
  tenant TEXT NOT NULL, id TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL,
  probability REAL NOT NULL, doc BLOB NOT NULL,
  PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE INDEX proposal_likely ON proposal(tenant, probability, id);
CREATE TABLE proposal_run(tenant TEXT PRIMARY KEY, doc BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE decision(
  tenant TEXT NOT NULL, one TEXT NOT NULL, other TEXT NOT NULL, id TEXT NOT NULL,
  said INTEGER NOT NULL, verdict TEXT NOT NULL, withdrawn INTEGER NOT NULL, doc BLOB NOT NULL,
  PRIMARY KEY (tenant, one, other, id)) WITHOUT ROWID;
