-- What protects a password on its way is sealed with it, in the form dayhaul2: how the connection is encrypted, whom it
-- trusts, and whether the server may have the password itself. dayhaul init seals the older ones again.
ALTER TABLE _wh.tenant_connections
    ADD COLUMN allow_password_auth boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT password_auth_is_protected CHECK (NOT allow_password_auth OR sslmode = 'verify-full');
COMMENT ON COLUMN _wh.tenant_connections.allow_password_auth IS
    'the server may ask for the password itself or its MD5, as with IAM tokens; otherwise only for a proof by SCRAM-SHA-256';
COMMENT ON COLUMN _wh.tenant_connections.password IS
    'sealed: opens only with the engine''s key file, and only for this tenant, host, port, dbname, username, sslmode, ca_file and allow_password_auth';

CREATE OR REPLACE FUNCTION _wh.check_tenant_connection() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.password !~ '^dayhaul[12]:[0-9a-f]{16}:[A-Za-z0-9+/=]+$' THEN
        RAISE EXCEPTION 'the password of tenant % is not sealed', NEW.tenant_name
            USING ERRCODE = 'check_violation',
                  HINT = 'use: dayhaul tenant add NAME --host … --dbname … --username … --password-stdin';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
