-- [sqlite] The log. One sequence over all topics, so that a stage that reads several sees one order.
CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE log(
  topic INTEGER NOT NULL, seq INTEGER NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
  at INTEGER NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (topic, seq)) WITHOUT ROWID;
CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counter VALUES ('log', 0);

-- [both] The door: which inputs are in, with a hash of their content.
CREATE TABLE admitted(id TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;

-- [both] Stages: what they have applied, what they keep, what engines have answered.
CREATE TABLE position(
  stage TEXT NOT NULL, partition TEXT NOT NULL, applied INTEGER NOT NULL,
  PRIMARY KEY (stage, partition)) WITHOUT ROWID;
CREATE TABLE state(
  stage TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (stage, key)) WITHOUT ROWID;
CREATE TABLE answer(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE sent(id TEXT PRIMARY KEY) WITHOUT ROWID;

-- [both] Views: what people read.
CREATE TABLE interaction(
  id TEXT PRIMARY KEY, tenant TEXT NOT NULL, channel TEXT NOT NULL, started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL, revision INTEGER NOT NULL, score REAL, negative INTEGER NOT NULL, doc BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX interaction_day ON interaction(tenant, started_at, channel, score, negative);
CREATE TABLE interaction_party(
  tenant TEXT NOT NULL, identifier TEXT NOT NULL, started_at INTEGER NOT NULL,
  interaction TEXT NOT NULL,
  PRIMARY KEY (tenant, identifier, started_at, interaction)) WITHOUT ROWID;
CREATE INDEX interaction_party_back ON interaction_party(interaction);
CREATE TABLE utterance(
  interaction TEXT NOT NULL, id TEXT NOT NULL, tenant TEXT NOT NULL, version INTEGER NOT NULL,
  at INTEGER NOT NULL, doc BLOB NOT NULL,
  PRIMARY KEY (interaction, id)) WITHOUT ROWID;
CREATE TABLE customer(
  tenant TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, doc BLOB NOT NULL,
  PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE TABLE customer_name(
  tenant TEXT NOT NULL, name TEXT NOT NULL, customer TEXT NOT NULL,
  PRIMARY KEY (tenant, name)) WITHOUT ROWID;
CREATE INDEX customer_name_back ON customer_name(tenant, customer);
CREATE TABLE alert(
  id TEXT PRIMARY KEY, tenant TEXT NOT NULL, fired_at INTEGER NOT NULL, revision INTEGER NOT NULL,
  doc BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX alert_newest ON alert(tenant, fired_at);
CREATE TABLE ledger(
  tenant TEXT NOT NULL, interaction TEXT NOT NULL, revision INTEGER NOT NULL, state TEXT NOT NULL,
  doc BLOB NOT NULL,
  PRIMARY KEY (tenant, interaction)) WITHOUT ROWID;
CREATE INDEX ledger_state ON ledger(tenant, state);
CREATE TABLE dead_letter(id TEXT PRIMARY KEY, doc BLOB NOT NULL) WITHOUT ROWID;

-- [postgres] Which of these files have been run; SQLite keeps that in its header.
CREATE TABLE migration(number INTEGER PRIMARY KEY);
