-- What lost disputes took away, mirrored like the refunds.
ALTER TABLE order_rows ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
