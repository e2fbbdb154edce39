-- What a subscription brings a month, and its discounts that last.
ALTER TABLE subscription_rows ADD COLUMN monthly_amount INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscription_rows ADD COLUMN discounts TEXT NOT NULL DEFAULT '[]';
UPDATE subscription_rows SET monthly_amount = unit_amount * quantity / CASE interval WHEN 'year' THEN 12 ELSE 1 END;
CREATE INDEX subscription_rows_held ON subscription_rows
  (project_id, mode, status, currency, monthly_amount, discounts, cancel_at, ended_at) WHERE access = 1;
