-- Migration 1 of the search index; every name begins with search_, to live in a shared file.

CREATE TABLE search_state(          -- schema, analyser, next_id
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE search_word(           -- small numbers for the values of fields
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  UNIQUE(kind, value)
);

CREATE TABLE search_key(            -- which row holds an utterance
  utterance TEXT PRIMARY KEY,
  id INTEGER NOT NULL,
  version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE search_meta(           -- narrow: all that is filtered, sorted and counted
  id INTEGER PRIMARY KEY,           -- arrival number, never reused
  at INTEGER NOT NULL,              -- microseconds since 1970 UTC
  tie INTEGER NOT NULL,             -- hash of the utterance id, settles equal times
  sentiment INTEGER,                -- score x 10000
  start REAL,                       -- seconds into the recording
  tenant INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  role INTEGER NOT NULL,
  interaction INTEGER NOT NULL,
  language INTEGER,
  contact_type INTEGER,
  emotion INTEGER,
  categories INTEGER                -- the whole set, as one value
);

CREATE TABLE search_body(
  id INTEGER PRIMARY KEY,
  hit BLOB NOT NULL                 -- what a list of hits shows, as JSON
);

CREATE TABLE search_chg(            -- rows gone, for readers that mirror search_meta
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id INTEGER NOT NULL
);

-- Fed with analysed terms joined by blanks: the tokenizer only splits. Without content, so that
-- the text is kept once; contentless_delete is left out because it leaves erased terms in the file.
CREATE VIRTUAL TABLE search_ft USING fts5(t, content='', tokenize="ascii tokenchars '_'");
INSERT INTO search_ft(search_ft, rank) VALUES('secure-delete', 1);

INSERT INTO search_state(name, value) VALUES ('schema', 1), ('next_id', 1);
