-- Whose account at the identity provider changes is found in all their projects.
CREATE INDEX customer_rows_person ON customer_rows (id, mode);
