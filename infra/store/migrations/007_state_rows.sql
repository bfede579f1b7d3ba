-- [sqlite] State in the order of its writing, and its keys in an index beside it: rows of half a
-- kilobyte kept in the order of their keys make a tree with nine branches to a page, and each new
-- one touches a page of its own.
ALTER TABLE state RENAME TO state_by_key;
CREATE TABLE state(
  stage TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (stage, key));
INSERT INTO state SELECT stage, key, value FROM state_by_key;
DROP TABLE state_by_key;
