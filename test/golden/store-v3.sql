CREATE TABLE people (
  number INTEGER PRIMARY KEY,
  peer TEXT NOT NULL UNIQUE,
  name TEXT,
  addresses TEXT NOT NULL DEFAULT '[]',
  reached_at INTEGER,
  has_delivered INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  inbox INTEGER REFERENCES inbox (seq),
  outbox INTEGER REFERENCES outbox (seq),
  state TEXT,
  outcome TEXT,
  reason TEXT,
  disposition TEXT,
  peer INTEGER REFERENCES people (number),
  name TEXT
) STRICT;
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY,
  peer INTEGER NOT NULL REFERENCES people (number),
  label TEXT NOT NULL,
  id BLOB NOT NULL,
  sent_at INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  body BLOB NOT NULL,
  thread TEXT,
  reply_to BLOB,
  deadline INTEGER,
  until_open INTEGER NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT,
  disposition TEXT,
  recall TEXT,
  at INTEGER NOT NULL,
  born TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX outbox_once ON outbox (id, peer);
CREATE INDEX outbox_peer ON outbox (peer);
CREATE INDEX outbox_unsettled ON outbox (peer) WHERE state <> 'settled';
CREATE INDEX outbox_held ON outbox (peer) WHERE disposition = 'held';
CREATE INDEX outbox_deadline ON outbox (deadline) WHERE state <> 'settled' AND deadline IS NOT NULL;
CREATE TABLE inbox (
  seq INTEGER PRIMARY KEY,
  peer INTEGER NOT NULL REFERENCES people (number),
  label TEXT NOT NULL,
  id BLOB NOT NULL,
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  body BLOB NOT NULL,
  thread TEXT,
  reply_to BLOB,
  state TEXT NOT NULL,
  disposition TEXT,
  told TEXT,
  unread INTEGER NOT NULL,
  born TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX inbox_once ON inbox (id, peer, label);
CREATE INDEX inbox_peer ON inbox (peer);
CREATE INDEX inbox_held ON inbox (peer) WHERE disposition = 'held';
CREATE INDEX inbox_untold ON inbox (seq, peer) WHERE told IS NOT disposition;
CREATE INDEX inbox_unread ON inbox (seq, peer) WHERE unread = 1;
CREATE INDEX inbox_recalled ON inbox (peer) WHERE state = 'recalled';
CREATE VIRTUAL TABLE words USING fts5(said, who, content='', contentless_delete=1, detail='column',
  tokenize="unicode61 remove_diacritics 2 categories 'L* M* N* Co'");
CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE contacts (
  peer INTEGER PRIMARY KEY REFERENCES people (number),
  petname TEXT UNIQUE,
  circles TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  verified_at INTEGER
) STRICT;
CREATE TABLE rules (
  peer INTEGER NOT NULL REFERENCES people (number),
  subject TEXT NOT NULL,
  decision TEXT NOT NULL,
  view TEXT,
  until INTEGER,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (peer, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE wishes (
  peer INTEGER PRIMARY KEY REFERENCES people (number),
  wanted INTEGER NOT NULL,
  by_person INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE pending (
  peer INTEGER PRIMARY KEY REFERENCES people (number),
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  refused INTEGER NOT NULL
) STRICT;
CREATE TABLE watchers (
  peer INTEGER NOT NULL REFERENCES people (number),
  via TEXT NOT NULL,
  view TEXT NOT NULL,
  denied INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  times INTEGER NOT NULL,
  readable_until INTEGER,
  PRIMARY KEY (peer, via, view, denied)
) STRICT, WITHOUT ROWID;
CREATE TABLE shown_as (
  peer INTEGER PRIMARY KEY REFERENCES people (number),
  visibility TEXT NOT NULL,
  shown_name TEXT NOT NULL
) STRICT;
CREATE TABLE amendments (
  carrier INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES people (number),
  about BLOB NOT NULL,
  kind TEXT NOT NULL,
  target INTEGER
) STRICT;
CREATE INDEX amendments_target ON amendments (target) WHERE target IS NOT NULL;
CREATE INDEX amendments_awaiting ON amendments (person, about) WHERE target IS NULL;
