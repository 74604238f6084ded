-- Types that reports use and PostgreSQL does not have: how they were made here, so that a warehouse of which only _wh was restored can say what it
-- lacks, and a scratch database can have them too. At the end: what dayhaul report drop notes.

CREATE TABLE _wh.type_definitions (
    type_name  text PRIMARY KEY,
    definition text NOT NULL
);
COMMENT ON TABLE _wh.type_definitions IS 'types in column_definitions that are not built in, as written there, and the statements that make them';

-- The statements that make a type and those under it, separated by semicolons; NULL for a built-in type.
CREATE FUNCTION _wh.type_definition(type oid) RETURNS text
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found pg_type;
    home text;
    full_name text;
    extension text;
    own text;
    parts text[];
BEGIN
    IF type < 10000 THEN
        RETURN NULL;
    END IF;
    SELECT * INTO found FROM pg_type t WHERE t.oid = type;
    IF found.typelem <> 0 AND found.typlen = -1 THEN
        RETURN _wh.type_definition(found.typelem);
    END IF;
    SELECT n.nspname INTO home FROM pg_namespace n WHERE n.oid = found.typnamespace;
    full_name := format('%I.%I', home, found.typname);
    SELECT format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I', e.extname, n.nspname) INTO extension
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE d.classid = 'pg_type'::regclass AND d.objid = type AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e';
    IF extension IS NOT NULL THEN
        own := extension;
    ELSIF found.typtype = 'e' THEN
        SELECT format('CREATE TYPE %s AS ENUM (%s)', full_name, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)) INTO own
        FROM pg_enum e WHERE e.enumtypid = type;
    ELSIF found.typtype = 'd' THEN
        parts := ARRAY[_wh.type_definition(found.typbasetype)];
        own := format('CREATE DOMAIN %s AS %s%s', full_name, format_type(found.typbasetype, found.typtypmod), coalesce((
            SELECT string_agg(format(' CONSTRAINT %I %s', c.conname, pg_get_constraintdef(c.oid)), '' ORDER BY c.conname)
            FROM pg_constraint c WHERE c.contypid = type), '') || CASE WHEN found.typnotnull THEN ' NOT NULL' ELSE '' END);
    ELSIF found.typtype = 'c' THEN
        SELECT array_agg(DISTINCT _wh.type_definition(a.atttypid)),
            format('CREATE TYPE %s AS (%s)', full_name,
                string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum))
        INTO parts, own
        FROM pg_attribute a WHERE a.attrelid = found.typrelid AND a.attnum > 0 AND NOT a.attisdropped;
    ELSIF found.typtype IN ('r', 'm') THEN
        SELECT ARRAY[_wh.type_definition(r.rngsubtype)], format('CREATE TYPE %s AS RANGE (SUBTYPE = %s)', r.rngtypid::regtype, r.rngsubtype::regtype)
        INTO parts, own FROM pg_range r WHERE type IN (r.rngtypid, r.rngmultitypid);
    END IF;
    IF extension IS NULL AND home <> 'public' THEN
        own := format('CREATE SCHEMA IF NOT EXISTS %I; ', home) || own;
    END IF;
    RETURN array_to_string(array_remove(parts, NULL) || own, '; ');
END
$$;
COMMENT ON FUNCTION _wh.type_definition(oid) IS 'the statements that make a type and those under it; NULL for a built-in type';

-- Notes how types are made that a report uses, by their names as they are written in column_definitions.
CREATE FUNCTION _wh.note_types(names text[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO _wh.type_definitions AS d (type_name, definition)
    SELECT name, _wh.type_definition(t.oid) FROM unnest(names) AS name JOIN pg_type t ON t.oid = to_regtype(_wh.type_name(name))
    WHERE t.oid >= 10000 AND _wh.is_trusted(t.typowner)
    ON CONFLICT (type_name) DO UPDATE SET definition = excluded.definition WHERE d.definition <> excluded.definition
$$;

-- Tables of a report that is being dropped: dayhaul report drop goes on where it was.
ALTER TABLE _wh.removed_tables ADD COLUMN template_name text REFERENCES _wh.mv_templates ON UPDATE CASCADE ON DELETE CASCADE;

-- As in V008, but that a type which is missing is named, with the statements that made it where it was known once.
CREATE OR REPLACE FUNCTION _wh.make_parent(
    target_schema text, template text, days_table text, columns text[], types text[], day_column text, time_zone text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    definition text;
    reader text;
    missing record;
BEGIN
    SELECT u.c AS column_name, u.t AS type_name, d.definition INTO missing
    FROM unnest(columns, types) WITH ORDINALITY AS u(c, t, n) LEFT JOIN _wh.type_definitions d ON d.type_name = u.t
    WHERE _wh.type_name(u.t) IS NULL ORDER BY u.n LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'column % has a type that the warehouse does not know: %', missing.column_name, missing.type_name
            USING ERRCODE = 'undefined_object', HINT = coalesce(
                'as the owner of the database, in the warehouse: ' || missing.definition,
                format('dayhaul report check %s says more', _wh.shell_word(template)));
    END IF;
    SELECT string_agg(format('%I %s', c, _wh.type_name(t)), ', ' ORDER BY n) INTO definition
    FROM unnest(columns, types) WITH ORDINALITY AS u(c, t, n);
    EXECUTE format('CREATE TABLE %I.%I (%s) PARTITION BY RANGE (%I)', target_schema, days_table, definition, day_column);
    FOR reader IN SELECT value FROM _wh.settings WHERE name IN ('admin_role', 'writer_role', 'reader_role') LOOP
        EXECUTE format('GRANT SELECT ON %I.%I TO %I', target_schema, days_table, reader);
    END LOOP;
    INSERT INTO _wh.report_targets (schema_name, template_name, days_table, columns, types, day_column, time_zone)
    VALUES (target_schema, template, make_parent.days_table, make_parent.columns, make_parent.types, make_parent.day_column,
        make_parent.time_zone)
    ON CONFLICT (schema_name, template_name) DO UPDATE SET
        columns = excluded.columns, types = excluded.types, day_column = excluded.day_column, time_zone = excluded.time_zone;
END
$$;
