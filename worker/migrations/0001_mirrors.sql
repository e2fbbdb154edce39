-- Mirrors of what the project objects own. Written by revision; nothing here is a source.
CREATE TABLE project_mirrors (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  platform_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  as_of INTEGER NOT NULL,
  PRIMARY KEY (project_id, mode)
) STRICT;
CREATE INDEX project_mirrors_platform ON project_mirrors (platform_id);

CREATE TABLE project_rows (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  platform_id TEXT NOT NULL,
  stripe_account TEXT,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER,
  PRIMARY KEY (project_id, mode, id)
) STRICT;

CREATE TABLE tier_rows (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  display_name TEXT NOT NULL,
  archived_at INTEGER,
  PRIMARY KEY (project_id, mode, id)
) STRICT;

CREATE TABLE customer_rows (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  email TEXT,
  created_at INTEGER,
  deleted_at INTEGER,
  PRIMARY KEY (project_id, mode, id)
) STRICT;

CREATE TABLE subscription_rows (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  status TEXT NOT NULL,
  access INTEGER NOT NULL,
  tier TEXT NOT NULL,
  unit_amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  interval TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  current_period_end INTEGER NOT NULL,
  trial_end INTEGER,
  cancel_at INTEGER,
  ended_at INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, mode, id)
) STRICT;

CREATE TABLE usage_rows (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  meter TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  period_end INTEGER,
  used INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, mode, id)
) STRICT;
CREATE INDEX usage_rows_meter ON usage_rows (project_id, mode, meter, period_start);

CREATE TABLE event_rows (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  type TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  PRIMARY KEY (project_id, mode, id)
) STRICT;
