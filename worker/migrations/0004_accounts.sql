-- The accounts themselves. How many customers they have is counted from the mirrors of their projects.
ALTER TABLE project_mirrors ADD COLUMN customers INTEGER NOT NULL DEFAULT 0;
DROP INDEX project_mirrors_platform;
CREATE INDEX project_mirrors_platform ON project_mirrors (platform_id, mode, customers);

CREATE TABLE account_rows (
  platform_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  name TEXT,
  email TEXT,
  created_at INTEGER NOT NULL,
  status TEXT,
  trial_end INTEGER,
  current_period_end INTEGER,
  cancel_at INTEGER,
  ended_at INTEGER,
  deleting_at INTEGER,
  deleted_at INTEGER,
  counted_day TEXT,
  counted_customers INTEGER,
  live_customers INTEGER NOT NULL DEFAULT 0,
  test_customers INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (platform_id)
) STRICT;
CREATE INDEX account_rows_created ON account_rows (created_at, platform_id);
CREATE INDEX account_rows_customers ON account_rows (live_customers, platform_id);
CREATE INDEX account_rows_email ON account_rows (email, platform_id);
CREATE INDEX account_rows_status ON account_rows (status, live_customers);
