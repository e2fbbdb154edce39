-- The store: products, variants and orders, mirrored like the rest.
CREATE TABLE product_rows (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  archived_at INTEGER,
  PRIMARY KEY (project_id, mode, id)
) STRICT;

CREATE TABLE variant_rows (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  product_id TEXT NOT NULL,
  sku TEXT,
  on_hand INTEGER,
  reserved INTEGER NOT NULL,
  archived_at INTEGER,
  PRIMARY KEY (project_id, mode, id)
) STRICT;

CREATE TABLE order_rows (
  project_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  number INTEGER NOT NULL,
  status TEXT NOT NULL,
  customer_id TEXT,
  currency TEXT NOT NULL,
  total INTEGER NOT NULL,
  tax INTEGER NOT NULL,
  discount INTEGER NOT NULL,
  refunded INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  paid_at INTEGER,
  fulfilled_at INTEGER,
  PRIMARY KEY (project_id, mode, id)
) STRICT;
CREATE INDEX order_rows_paid ON order_rows (project_id, mode, paid_at);
