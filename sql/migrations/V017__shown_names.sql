-- Names and addresses are shown on terminals, in logs and in reports: none that is new steers a terminal, or shows something else than it is.

-- Whether a text would not be shown as one line, in the order that it is written in: control characters, line separators, bidirectional marks,
-- overrides and isolates (Unicode Standard Annex #9), and what has no width at all but joins nothing.
CREATE OR REPLACE FUNCTION _wh.has_control_characters(name text) RETURNS boolean
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE getdatabaseencoding()
        WHEN 'UTF8' THEN name ~ '[\u0001-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]'
        ELSE name ~ '[[:cntrl:]]' END
$$;

-- What is in a row of before stays, until it is changed.
CREATE FUNCTION _wh.check_tenant_address() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    SELECT u.name INTO wrong FROM (VALUES ('host', NEW.host, OLD.host), ('dbname', NEW.dbname, OLD.dbname),
        ('username', NEW.username, OLD.username), ('ca_file', NEW.ca_file, OLD.ca_file)) u (name, new, old)
    WHERE u.new IS DISTINCT FROM u.old AND _wh.has_control_characters(u.new) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the % of a tenant holds a control character', wrong
            USING ERRCODE = 'invalid_name', HINT = 'write it without control characters and bidirectional ones';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER check_tenant_address BEFORE INSERT OR UPDATE ON _wh.tenant_connections
    FOR EACH ROW EXECUTE FUNCTION _wh.check_tenant_address();
