-- Written by hand: what Drizzle's schema cannot say.

-- W1: a user always has exactly one wallet. Made with the user, in the user's own statement, so that
-- no way of creating users (sign-up, seeds, load test) can leave one out.
CREATE FUNCTION create_wallets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wallets (user_id) SELECT id FROM new_users;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER users_get_wallets AFTER INSERT ON users
  REFERENCING NEW TABLE AS new_users FOR EACH STATEMENT EXECUTE FUNCTION create_wallets();
--> statement-breakpoint
-- The log is append-only: nobody rewrites history, not even by mistake.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME;
END $$;
--> statement-breakpoint
CREATE TRIGGER point_log_is_append_only BEFORE UPDATE ON point_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
-- Room on the page for the next version of the row: an update that changes no index stays on its
-- page (HOT) and needs no vacuum of indexes. Hot rows are rewritten thousands of times a minute.
ALTER TABLE wallets SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE products SET (fillfactor = 50);
--> statement-breakpoint
ALTER TABLE coupon_campaigns SET (fillfactor = 50);
--> statement-breakpoint
ALTER TABLE product_popularity SET (fillfactor = 50);
--> statement-breakpoint
-- Rows of the outbox live for milliseconds: vacuum by a fixed count, or dead rows slow the worker.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint
-- Nothing is counted yet, and nothing older than now is to be taken out.
INSERT INTO popularity_window (counted_from) VALUES (now() - interval '72 hours');
