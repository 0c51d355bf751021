CREATE SCHEMA stoa_load;
CREATE TABLE stoa_load.seen (
  id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), tx bigint NOT NULL, tab text NOT NULL, op text NOT NULL, old jsonb, new jsonb
);
DO $setup$
DECLARE t record; was text; is_now text;
BEGIN
  FOR t IN
    SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'stoa_load')
  LOOP
    SELECT string_agg(format('%L, OLD.%I::text', attname, attname), ', '), string_agg(format('%L, NEW.%I::text', attname, attname), ', ')
    INTO was, is_now FROM pg_attribute WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format(
      'CREATE FUNCTION stoa_load.%I() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
         INSERT INTO stoa_load.seen (tx, tab, op, old, new) VALUES (txid_current(), %L, TG_OP,
           CASE WHEN TG_OP <> ''INSERT'' THEN jsonb_build_object(%s) END, CASE WHEN TG_OP <> ''DELETE'' THEN jsonb_build_object(%s) END);
         RETURN NULL;
       END $f$', t.relname, t.relname, was, is_now);
    EXECUTE format(
      'CREATE TRIGGER stoa_load AFTER INSERT OR UPDATE OR DELETE ON %I.%I FOR EACH ROW EXECUTE FUNCTION stoa_load.%I()',
      t.nspname, t.relname, t.relname);
  END LOOP;
END $setup$
