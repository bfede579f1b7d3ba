-- [both] The ledger is counted anew from its receipts: an account holds more than it did.
DELETE FROM state WHERE stage = 'ledger';
DELETE FROM position WHERE stage = 'ledger';
DROP TABLE ledger;
CREATE TABLE ledger(
  tenant TEXT NOT NULL, interaction TEXT NOT NULL, revision INTEGER NOT NULL, state TEXT NOT NULL,
  step TEXT NOT NULL, source TEXT NOT NULL, day INTEGER NOT NULL, counts INTEGER NOT NULL,
  due INTEGER, doc BLOB NOT NULL,
  PRIMARY KEY (tenant, interaction)) WITHOUT ROWID;
CREATE INDEX ledger_day ON ledger(tenant, day, source, counts, state);
CREATE INDEX ledger_unfinished ON ledger(tenant, interaction) WHERE state != 'complete';
CREATE INDEX ledger_due ON ledger(due) WHERE due IS NOT NULL;
