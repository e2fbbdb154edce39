-- For reports by day.
CREATE INDEX customer_rows_created ON customer_rows (project_id, mode, created_at);
CREATE INDEX customer_rows_deleted ON customer_rows (project_id, mode, deleted_at) WHERE deleted_at IS NOT NULL;
DROP INDEX order_rows_paid;
CREATE INDEX order_rows_paid ON order_rows (project_id, mode, paid_at, status, currency, total, refunded, lost)
  WHERE paid_at IS NOT NULL;
