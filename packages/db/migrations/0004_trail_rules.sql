-- Written by hand: what Drizzle's schema cannot say.

-- However often a session is renewed by use, 30 days after the sign-in it is over.
CREATE FUNCTION end_session_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.expires_at := least(NEW.expires_at, NEW.created_at + interval '30 days');
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER sessions_end_in_time BEFORE INSERT OR UPDATE OF expires_at ON sessions
  FOR EACH ROW EXECUTE FUNCTION end_session_in_time();
--> statement-breakpoint
-- The trail is append-only; but a user who wants to be forgotten takes the address along.
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE ON audit_log
  FOR EACH ROW WHEN (
    NEW.address IS NOT NULL OR (to_jsonb(NEW) - 'address') IS DISTINCT FROM (to_jsonb(OLD) - 'address')
  ) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER audit_log_keeps_all BEFORE DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
