-- What all customers of a project used on a day of UTC, in days since 1970.
CREATE TABLE usage_days (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  day INTEGER NOT NULL,
  meter TEXT NOT NULL,
  used INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (project_id, mode, day, meter)
) STRICT;
