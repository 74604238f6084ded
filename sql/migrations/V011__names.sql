-- Names: which ones a report, a column, a tenant and a schema can have, and how each of them changes. The names of
-- tables are looked up, never derived a second time.

-- ## Names that can be used

-- Whether a text would not be shown as one line.
CREATE FUNCTION _wh.has_control_characters(name text) RETURNS boolean
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE getdatabaseencoding() WHEN 'UTF8' THEN name ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'
        ELSE name ~ '[[:cntrl:]]' END
$$;

-- A word as a POSIX shell reads it.
CREATE FUNCTION _wh.shell_word(word text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN word ~ '^[A-Za-z0-9_.,:/@%+-]+$' THEN word ELSE '''' || replace(word, '''', '''\''''') || '''' END
$$;

-- The names and types of column_definitions: name type, name type, …; what a type means is for to_regtype() to say.
-- This is the only parser of them: the engine asks it too. Comments count as a blank, and a comma at the very end is
-- forgiven.
CREATE FUNCTION _wh.column_list(definitions text, OUT names text[], OUT types text[])
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rest text := definitions;
    clean text := '';
    piece text;
    depth integer;
    opening integer;
    closing integer;
    parts text[];
    item text;
    found text[];
BEGIN
    names := '{}';
    types := '{}';
    WHILE rest <> '' LOOP
        -- As far as no comment begins; within a quoted name none does.
        piece := substring(rest FROM '^(?:[^-/"'']|"(?:[^"]|"")*"|-(?!-)|/(?!\*))*');
        clean := clean || piece;
        rest := substr(rest, length(piece) + 1);
        IF left(rest, 2) = '--' THEN
            clean := clean || ' ';
            rest := substr(rest, length(substring(rest FROM '^[^\n\r]*')) + 1);
        ELSIF left(rest, 2) = '/*' THEN
            clean := clean || ' ';
            depth := 1;
            rest := substr(rest, 3);
            -- They nest.
            WHILE depth > 0 LOOP
                opening := strpos(rest, '/*');
                closing := strpos(rest, '*/');
                IF closing = 0 THEN
                    RAISE EXCEPTION 'a comment in the column definitions does not end'
                        USING ERRCODE = 'invalid_column_definition';
                END IF;
                depth := depth + CASE WHEN opening BETWEEN 1 AND closing - 1 THEN 1 ELSE -1 END;
                rest := substr(rest, CASE WHEN opening BETWEEN 1 AND closing - 1 THEN opening ELSE closing END + 2);
            END LOOP;
        ELSIF rest <> '' THEN
            RAISE EXCEPTION '%', CASE left(rest, 1) WHEN '"' THEN 'a name in the column definitions does not end'
                    ELSE 'the column definitions hold a string constant' END
                USING ERRCODE = 'invalid_column_definition',
                    HINT = 'write name type, name type, …; names in double quotes';
        END IF;
    END LOOP;
    IF clean !~ '[^\s,]' THEN
        RAISE EXCEPTION 'the report has no columns'
            USING ERRCODE = 'invalid_column_definition', HINT = 'write name type, name type, …';
    END IF;
    clean := regexp_replace(clean, ',?\s*$', '') || ',';
    -- Each up to a comma that is in no parentheses and no name. What does not fit in between is passed over, and
    -- missing in the sum.
    parts := ARRAY(
        SELECT m[1] FROM regexp_matches(clean, '((?:[^,()"]|"(?:[^"]|"")*"|\((?:[^()"]|"(?:[^"]|"")*")*\))*),', 'g') m);
    IF length(array_to_string(parts, ',')) + 1 <> length(clean) THEN
        RAISE EXCEPTION 'a parenthesis in the column definitions has no other'
            USING ERRCODE = 'invalid_column_definition', HINT = 'write name type, name type, …';
    END IF;
    FOREACH item IN ARRAY parts LOOP
        item := regexp_replace(item, '^\s+|\s+$', '', 'g');
        -- As PostgreSQL reads a name: letters, _ and whatever is not ASCII, then digits and $ too. Without quotes,
        -- ASCII letters fold.
        found := regexp_match(item, '^"((?:[^"]|"")+)"\s*(.*)$');
        IF found IS NOT NULL THEN
            found[1] := replace(found[1], '""', '"');
        ELSE
            found := regexp_match(item,
                '^([^\x01-\x40\x5b-\x5e\x60\x7b-\x7f][^\x01-\x23\x25-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*)(?:$|\s+(.*)$|(".*)$)');
            found := ARRAY[
                translate(found[1], 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'),
                    coalesce(found[2], found[3], '')];
        END IF;
        IF found[1] IS NULL THEN
            RAISE EXCEPTION 'column definition % has no name', cardinality(names) + 1
                USING ERRCODE = 'invalid_column_definition', HINT = 'write name type, name type, …';
        END IF;
        PERFORM _wh.check_column_name(found[1]);
        IF found[2] = '' THEN
            RAISE EXCEPTION 'column % has no type', found[1]
                USING ERRCODE = 'invalid_column_definition', HINT = 'write name type, name type, …';
        ELSIF found[1] = ANY (names) THEN
            RAISE EXCEPTION 'column % is defined twice', found[1]
                USING ERRCODE = 'invalid_column_definition',
                    HINT = 'give one of the two another name, in the query too';
        END IF;
        names := names || found[1];
        types := types || found[2];
    END LOOP;
    IF cardinality(names) > 1599 THEN
        RAISE EXCEPTION '% columns are more than the 1599 that a report can have', cardinality(names)
            USING ERRCODE = 'invalid_column_definition',
                HINT = 'PostgreSQL takes 1600 for a view, and the public view has schema_name too';
    END IF;
END
$$;

-- Raises for a name that a column of a report cannot have.
CREATE FUNCTION _wh.check_column_name(name text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF octet_length(name) > 63 THEN
        RAISE EXCEPTION 'column % has a name of more than 63 bytes', name
            USING ERRCODE = 'invalid_column_definition',
                HINT = 'PostgreSQL would cut it: give the column a shorter name';
    ELSIF _wh.has_control_characters(name) THEN
        RAISE EXCEPTION 'the name of a column holds a control character'
            USING ERRCODE = 'invalid_column_definition', HINT = 'a name is one line';
    ELSIF name IN ('tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid') THEN
        RAISE EXCEPTION 'column % has the name of a system column, which every table of PostgreSQL has', name
            USING ERRCODE = 'invalid_column_definition',
                HINT = 'give it another name: AS in the query, and in column_definitions';
    ELSIF name = 'schema_name' THEN
        RAISE EXCEPTION 'column schema_name has the name of the column that says in the public view whose row it is'
            USING ERRCODE = 'invalid_column_definition',
                HINT = 'give it another name: AS in the query, and in column_definitions';
    END IF;
END
$$;

-- Raises for a name that a report cannot have; `before` is the one that it has, if it has one.
CREATE FUNCTION _wh.check_template_name(name text, before text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    other text;
BEGIN
    IF name = '' OR octet_length(name) > 63 OR _wh.has_control_characters(name) THEN
        RAISE EXCEPTION 'a name that is empty, is too long or holds control characters cannot be that of a report'
            USING ERRCODE = 'invalid_name', HINT = '1 to 63 bytes without control characters';
    ELSIF name = 'warehouse_freshness' THEN
        RAISE EXCEPTION 'warehouse_freshness is the name of a view that every warehouse has'
            USING ERRCODE = 'check_violation', HINT = 'choose another name';
    END IF;
    SELECT m.template_name INTO other FROM _wh.mv_templates m
    WHERE m.template_name IS DISTINCT FROM before AND (name = _wh.fitted_name(m.template_name, '_days')
        OR (name ~ '_[0-9]{4}_[0-9]{2}_[0-9]{2}$' AND left(name, -11) = m.template_name));
    IF other IS NULL THEN
        SELECT t.template_name INTO other FROM _wh.report_targets t WHERE t.days_table = name
        UNION ALL SELECT l.template_name FROM _wh.ledger l WHERE l.day_table = name LIMIT 1;
    END IF;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION '% is the name of a table of report %', name, other
            USING ERRCODE = 'duplicate_table', HINT = format(
                'choose another name: %s_days and %s_2025_09_24 are tables of report %s', other, other, other);
    END IF;
END
$$;

-- What would break later loads is refused when a report is registered. As the engine, because whadmin cannot see what
-- the checks look at.
CREATE FUNCTION _wh.check_template() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    declared record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM _wh.check_template_name(NEW.template_name, NEW.template_name);
    ELSIF NEW.template_name <> OLD.template_name THEN
        PERFORM _wh.check_template_name(NEW.template_name, OLD.template_name);
        IF _wh.is_own_view('public', OLD.template_name) OR EXISTS (
            SELECT FROM _wh.report_targets t
            WHERE t.template_name = OLD.template_name AND _wh.is_own_view(t.schema_name, OLD.template_name))
        THEN
            RAISE EXCEPTION 'report % has views, which would keep its name', OLD.template_name
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format(
                    'rename all of it: dayhaul report rename %s %s', _wh.shell_word(OLD.template_name),
                        _wh.shell_word(NEW.template_name));
        END IF;
        UPDATE _wh.run_events SET template_name = NEW.template_name WHERE template_name = OLD.template_name;
    END IF;
    IF TG_OP = 'INSERT' OR NEW.column_definitions <> OLD.column_definitions
        OR NEW.day_column IS DISTINCT FROM OLD.day_column
    THEN
        SELECT * INTO declared FROM _wh.column_list(NEW.column_definitions);
        -- report_day is added to columns of which none can say the day.
        IF NEW.day_column IS NULL AND cardinality(declared.names) = 1599 AND NOT EXISTS (
            SELECT FROM unnest(declared.types) AS u(type)
            WHERE type ~* '^(pg_catalog\s*\.\s*)?"?(date|timestamp|timestamptz)\M' AND type !~* '\[|\marray\M')
        THEN
            RAISE EXCEPTION '1599 columns and report_day, which is added, are more than the 1599 that a report can have'
                USING ERRCODE = 'invalid_column_definition',
                    HINT = 'take a column out, or return the day as one of them';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER check_template BEFORE INSERT OR UPDATE ON _wh.mv_templates
    FOR EACH ROW EXECUTE FUNCTION _wh.check_template();

-- A tenant's name and schema. The schema changes with the days in it, or not at all.
CREATE FUNCTION _wh.check_tenant_names() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own text := coalesce(NEW.target_schema, NEW.tenant_name);
    elsewhere text;
BEGIN
    IF _wh.has_control_characters(NEW.tenant_name) AND (TG_OP = 'INSERT' OR NEW.tenant_name <> OLD.tenant_name)
        OR _wh.has_control_characters(NEW.target_schema)
            AND (TG_OP = 'INSERT' OR NEW.target_schema IS DISTINCT FROM OLD.target_schema)
    THEN
        RAISE EXCEPTION 'a tenant''s name and its schema have no control characters'
            USING ERRCODE = 'invalid_name', HINT = '1 to 63 bytes without control characters';
    END IF;
    -- Names that no schema of a tenant has are for the table's own constraint to refuse.
    IF TG_OP = 'UPDATE' AND own <> coalesce(OLD.target_schema, OLD.tenant_name)
        AND own NOT IN ('_wh', 'public', 'information_schema') AND own !~ '^pg_'
    THEN
        SELECT l.schema_name INTO elsewhere FROM _wh.ledger l JOIN _wh.target_schemas s USING (schema_name)
        WHERE l.tenant_name = OLD.tenant_name AND l.schema_name <> own AND s.moving_to IS DISTINCT FROM own LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'tenant % has days in schema %', OLD.tenant_name, elsewhere
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format(
                    'move them: dayhaul tenant move %s --schema %s', _wh.shell_word(OLD.tenant_name),
                        _wh.shell_word(own));
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER check_tenant_names BEFORE INSERT OR UPDATE ON _wh.tenant_connections
    FOR EACH ROW EXECUTE FUNCTION _wh.check_tenant_names();

-- As in V008, but with the one parser, and with the columns counted that the engine adds.
CREATE OR REPLACE FUNCTION _wh.declared_columns(template text, OUT columns text[], OUT types text[],
    OUT day_column text, OUT time_zone text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    report _wh.mv_templates;
    known oid;
    days text[] := '{}';
BEGIN
    SELECT * INTO STRICT report FROM _wh.mv_templates m WHERE m.template_name = template;
    SELECT l.names, l.types INTO columns, types FROM _wh.column_list(report.column_definitions) l;
    FOR place IN 1 .. cardinality(columns) LOOP
        known := to_regtype(_wh.type_name(types[place]));
        -- An array has its element's owner.
        IF known IS NULL OR NOT (
            SELECT _wh.is_trusted(t.typowner) AND _wh.is_trusted(n.nspowner)
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = known)
        THEN
            RAISE EXCEPTION 'report %: column % has a type that the warehouse does not know', template, columns[place]
                USING ERRCODE = 'undefined_object',
                    HINT = format('dayhaul report check %s says more', _wh.shell_word(template));
        END IF;
        IF known IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
            days := days || columns[place];
        END IF;
    END LOOP;
    day_column := report.day_column;
    IF day_column IS NULL AND cardinality(days) = 0 AND NOT 'report_day' = ANY (columns)
        AND cardinality(columns) < 1599 THEN
        columns := columns || 'report_day'::text;
        types := types || 'date'::text;
        days := ARRAY['report_day'];
    END IF;
    day_column := coalesce(day_column, days[1]);
    IF day_column IS NULL OR NOT day_column = ANY (days) OR (report.day_column IS NULL AND cardinality(days) > 1) THEN
        RAISE EXCEPTION 'report % does not say which of its columns has the day', template
            USING ERRCODE = 'invalid_table_definition',
                HINT = format('set day_column in _wh.mv_templates; dayhaul report check %s says more',
                    _wh.shell_word(template));
    END IF;
    time_zone := report.time_zone;
END
$$;

-- ## Names that are free

-- No two days have one table.
CREATE UNIQUE INDEX ledger_day_table ON _wh.ledger (schema_name, day_table);

-- A name for a table of a report: the report's with an ending, and a number between them where another report has that
-- one.
CREATE FUNCTION _wh.free_name(target_schema text, template text, ending text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := _wh.fitted_name(template, ending);
    number integer := 1;
BEGIN
    WHILE EXISTS (SELECT FROM _wh.mv_templates m WHERE m.template_name = name)
        OR EXISTS (SELECT FROM _wh.report_targets t WHERE t.schema_name = target_schema AND t.days_table = name)
        OR EXISTS (SELECT FROM _wh.ledger l WHERE l.schema_name = target_schema AND l.day_table = name)
    LOOP
        number := number + 1;
        name := _wh.fitted_name(template, '_' || number || ending);
    END LOOP;
    RETURN name;
END
$$;

-- The table of a day that is not there yet.
CREATE FUNCTION _wh.free_day_name(target_schema text, template text, day date) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT _wh.free_name(target_schema, template, to_char(day, '"_"YYYY"_"MM"_"DD'))
$$;

-- Whether the engine has a view of that name.
CREATE FUNCTION _wh.is_own_view(view_schema text, name text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = view_schema AND c.relname = name AND c.relkind = 'v' AND pg_has_role(c.relowner, 'USAGE'))
$$;

-- Raises when there is something of that name already, and says what it is.
CREATE FUNCTION _wh.refuse_taken(in_schema text, name text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    other text;
BEGIN
    IF _wh.does_mv_exist(in_schema, name) IS NOT TRUE THEN
        RETURN;
    END IF;
    SELECT t.template_name INTO other FROM _wh.report_targets t WHERE t.schema_name = in_schema AND t.days_table = name
    UNION ALL SELECT l.template_name FROM _wh.ledger l WHERE l.schema_name = in_schema AND l.day_table = name LIMIT 1;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION '%.% is a table of report %', quote_ident(in_schema), quote_ident(name), other
            USING ERRCODE = 'duplicate_table',
                HINT = format('give the report another name: dayhaul report rename %s NEW_NAME', _wh.shell_word(name));
    END IF;
    RAISE EXCEPTION '%.% exists and was not made by dayhaul: it is left alone', quote_ident(in_schema),
        quote_ident(name)
        USING ERRCODE = 'duplicate_table', HINT = 'rename it, or give the report another name';
END
$$;

-- ## Views

-- As in V006, but that it says what a name belongs to, and names the views that keep it from changing another's
-- columns.
CREATE OR REPLACE FUNCTION _wh.ensure_view(view_schema text, view_name text, query text, options text, known text,
    OUT definition text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    full_name text := format('%I.%I', view_schema, view_name);
    found oid;
    kind "char";
    found_options text[];
    reader text;
    dependents text;
BEGIN
    LOCK TABLE _wh.limited_readers IN SHARE MODE;
    SELECT c.oid, c.relkind, coalesce(c.reloptions, '{}') INTO found, kind, found_options
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = view_schema AND c.relname = view_name;
    IF found IS NOT NULL AND (known IS NULL OR kind <> 'v') THEN
        PERFORM _wh.refuse_taken(view_schema, view_name);
    END IF;
    IF found IS NOT NULL AND pg_get_viewdef(found) = known
        AND found_options = (CASE options WHEN 'WITH (security_barrier)' THEN '{security_barrier=true}'::text[]
            ELSE '{}' END)
        AND (SELECT _wh.view_text(query, options)) IS NOT DISTINCT FROM obj_description(found, 'pg_class') THEN
        definition := known;
        RETURN;
    END IF;
    BEGIN
        EXECUTE format('CREATE OR REPLACE VIEW %s %s AS %s', full_name, options, query);
    EXCEPTION WHEN invalid_table_definition THEN
        -- Columns went or changed places. Without CASCADE: views of others that depend on it make this fail, and are
        -- named.
        BEGIN
            IF view_schema <> 'public'
                AND EXISTS (SELECT FROM _wh.public_views p WHERE p.template_name = view_name) THEN
                -- The engine's own view over it; made again by ensure_public_view().
                EXECUTE format('DROP VIEW IF EXISTS public.%I', view_name);
            END IF;
            EXECUTE format('DROP VIEW %s', full_name);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            GET STACKED DIAGNOSTICS dependents = PG_EXCEPTION_DETAIL;
            RAISE EXCEPTION 'the columns of % changed, and other objects depend on it: %', full_name,
                replace(dependents, E'\n', '; ')
                USING ERRCODE = 'dependent_objects_still_exist',
                    HINT = 'drop or change those first, then run the same command again';
        END;
        EXECUTE format('CREATE VIEW %s %s AS %s', full_name, options, query);
    END;
    -- Marks which text the view was made from; a hash, because a comment is for everyone to read.
    EXECUTE format('COMMENT ON VIEW %s IS %L', full_name, _wh.view_text(query, options));
    FOR reader IN SELECT _wh.readers_of(view_schema) LOOP
        EXECUTE format('GRANT SELECT ON %s TO %I', full_name, reader);
    END LOOP;
    definition := pg_get_viewdef(format('%s', full_name)::regclass);
END
$$;

-- As in V002, but that it names what depends on a view.
CREATE OR REPLACE FUNCTION _wh.drop_views(target_schema text, template text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dependents text;
BEGIN
    DELETE FROM _wh.public_views WHERE template_name = template;
    IF FOUND THEN
        EXECUTE format('DROP VIEW IF EXISTS public.%I', template);
    END IF;
    UPDATE _wh.report_targets SET view_definition = NULL
    WHERE schema_name = target_schema AND template_name = template AND view_definition IS NOT NULL;
    IF FOUND THEN
        EXECUTE format('DROP VIEW IF EXISTS %I.%I', target_schema, template);
    END IF;
EXCEPTION WHEN dependent_objects_still_exist THEN
    GET STACKED DIAGNOSTICS dependents = PG_EXCEPTION_DETAIL;
    RAISE EXCEPTION 'other objects depend on the views of report %: %', template, replace(dependents, E'\n', '; ')
        USING ERRCODE = 'dependent_objects_still_exist',
            HINT = 'drop or change those first, then run the same command again';
END
$$;

-- Whether a report has a day in a schema.
CREATE FUNCTION _wh.has_days(target_schema text, template text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM _wh.ledger l
        WHERE l.schema_name = target_schema AND l.template_name = template
            AND _wh.does_mv_exist(l.schema_name, l.day_table))
$$;

-- The public view has one type for a column: raises when a tenant is to get days with a column that days of another
-- tenant have in another type, before they are loaded.
CREATE FUNCTION _wh.check_types(target_schema text, template text, columns text[], types text[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    other record;
BEGIN
    SELECT s.tenant_name, u.c, u.ty AS theirs, w.ty AS wanted INTO other
    FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name)
    CROSS JOIN LATERAL unnest(t.columns, t.types) AS u(c, ty)
    JOIN unnest(check_types.columns, check_types.types) AS w(c, ty) ON w.c = u.c AND w.ty <> u.ty
    WHERE t.template_name = template AND t.schema_name <> target_schema AND _wh.has_days(t.schema_name, t.template_name)
    ORDER BY s.tenant_name, u.c LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'report %: column % is %, and % in the days of tenant %', template, other.c, other.wanted,
            other.theirs,
                other.tenant_name
            USING ERRCODE = 'datatype_mismatch', HINT = format(
                'all tenants of a report have the same columns: set column_definitions back to %I %s, '
                'or register the changed report under a new name',
                other.c, other.theirs);
    END IF;
END
$$;

-- As in V006, but that columns of different types are named, and that a schema which holds no rows of the report, or
-- whose view is gone, is left out where it would be in the way.
CREATE OR REPLACE FUNCTION _wh.ensure_public_view(template text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    shown text[];
    conflict record;
    all_columns text[];
    all_types text[];
    condition text := '';
    query text;
    known text;
BEGIN
    -- Who adds a reader takes this lock first, too, and then sees to all public views.
    LOCK TABLE _wh.limited_readers IN SHARE MODE;
    -- Two runs must not replace one view at once.
    PERFORM FROM _wh.mv_templates WHERE template_name = template FOR NO KEY UPDATE;
    SELECT array_agg(t.schema_name) INTO shown FROM _wh.report_targets t
    WHERE t.template_name = template AND t.view_definition IS NOT NULL;
    SELECT u.c INTO conflict
    FROM _wh.report_targets t CROSS JOIN unnest(t.columns, t.types) AS u(c, ty)
    WHERE t.template_name = template AND t.schema_name = ANY (shown) GROUP BY u.c
        HAVING count(DISTINCT u.ty) > 1 LIMIT 1;
    IF FOUND THEN
        -- Those with days first; the next load of another makes its parent anew.
        SELECT coalesce(array_agg(t.schema_name), shown) INTO shown FROM _wh.report_targets t
        WHERE t.template_name = template AND t.schema_name = ANY (shown) AND _wh.has_days(t.schema_name, template);
        SELECT u.c, string_agg(format('%s for tenant %s', u.ty, s.tenant_name), ', '
            ORDER BY s.tenant_name) AS types INTO conflict
        FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name)
            CROSS JOIN unnest(t.columns, t.types) AS u(c, ty)
        WHERE t.template_name = template AND t.schema_name = ANY (shown) GROUP BY u.c HAVING count(DISTINCT u.ty) > 1
            ORDER BY u.c LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'column % of report % has more than one type: %', conflict.c, template, conflict.types
                USING ERRCODE = 'datatype_mismatch',
                    HINT = 'the public view has one type for a column: load one of them under another report';
        END IF;
    END IF;
    -- Columns that the view has keep their places, new ones come last: a view that others depend on can take no other
    -- order.
    SELECT array_agg(c ORDER BY place, n, c), array_agg(ty ORDER BY place, n, c) INTO all_columns, all_types
    FROM (
        SELECT u.c, min(u.ty) AS ty, min(u.n) AS n, min(a.attnum) AS place
        FROM _wh.report_targets t CROSS JOIN unnest(t.columns, t.types) WITH ORDINALITY AS u(c, ty, n)
        LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(format('public.%I', template)) AND a.attname = u.c
            AND NOT a.attisdropped
        WHERE t.template_name = template AND t.schema_name = ANY (shown)
        GROUP BY u.c) every_column;
    IF all_columns IS NULL THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM _wh.limited_readers) THEN
        condition := ' WHERE has_table_privilege(%L::regclass, ''SELECT'')';
    END IF;
    SELECT string_agg(branch, ' UNION ALL ' ORDER BY schema_name) INTO query FROM (
        SELECT t.schema_name, format('SELECT %L::text AS schema_name, %s FROM %I.%I', t.schema_name,
            string_agg(CASE WHEN c = ANY (t.columns) THEN quote_ident(c) ELSE format('NULL::%s AS %I', ty, c) END, ', '
                ORDER BY n),
            t.schema_name, t.template_name) || format(condition,
                format('%I.%I', t.schema_name, t.template_name)) AS branch
        FROM _wh.report_targets t CROSS JOIN unnest(all_columns, all_types) WITH ORDINALITY AS u(c, ty, n)
        WHERE t.template_name = template AND t.schema_name = ANY (shown)
        GROUP BY t.schema_name, t.template_name) branches;
    SELECT view_definition INTO known FROM _wh.public_views p WHERE p.template_name = template;
    INSERT INTO _wh.public_views AS p (template_name, view_definition)
    VALUES (template, _wh.ensure_view('public', template, query, '', known))
    ON CONFLICT (template_name) DO UPDATE SET view_definition = excluded.view_definition
    WHERE p.view_definition <> excluded.view_definition;
END
$$;

-- As in V009, but with a parent whose name is free, and with the types of the other tenants.
CREATE OR REPLACE FUNCTION _wh.update_tenant_union_view_by_template(template text, tenant_connection text,
    target_schema text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
    declared record;
    parent text;
BEGIN
    target_schema := _wh.checked_target(template, tenant_connection, target_schema);
    PERFORM _wh.claim_schema(tenant_connection, target_schema);
    IF NOT EXISTS (
        SELECT FROM _wh.report_targets t WHERE t.schema_name = target_schema AND t.template_name = template)
    THEN
        parent := _wh.free_name(target_schema, template, '_days');
        PERFORM _wh.refuse_taken(target_schema, template), _wh.refuse_taken(target_schema, parent);
        SELECT * INTO declared FROM _wh.declared_columns(template);
        PERFORM _wh.make_parent(
            target_schema, template, parent, declared.columns, declared.types, declared.day_column, declared.time_zone);
        -- As PostgreSQL names them to the engine, whose sessions search public: a load compares them with the report's.
        UPDATE _wh.report_targets t SET types = ARRAY(
            SELECT regexp_replace(format_type(a.atttypid, a.atttypmod), '^public\.', '') FROM pg_attribute a
            WHERE a.attrelid = to_regclass(format('%I.%I', target_schema, parent)) AND a.attnum > 0 ORDER BY a.attnum)
        WHERE t.schema_name = target_schema AND t.template_name = template;
        PERFORM _wh.check_types(target_schema, template, t.columns, t.types) FROM _wh.report_targets t
        WHERE t.schema_name = target_schema AND t.template_name = template;
    END IF;
    PERFORM _wh.ensure_tenant_view(target_schema, template);
END
$$;

-- ## A report's new name

-- Gives a report another name, in one transaction. Its views are renamed, so that views of others which read them go
-- on; its tables keep their names, which are looked up. Nobody but the engine calls it.
CREATE FUNCTION _wh.rename_report(old_name text, new_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target record;
BEGIN
    PERFORM FROM _wh.mv_templates m WHERE m.template_name = old_name FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no report is called %', old_name
            USING ERRCODE = 'undefined_object', HINT = 'dayhaul report list';
    ELSIF EXISTS (SELECT FROM _wh.mv_templates m WHERE m.template_name = new_name) THEN
        RAISE EXCEPTION 'a report is called % already', new_name
            USING ERRCODE = 'duplicate_table', HINT = 'choose another name';
    END IF;
    PERFORM _wh.check_template_name(new_name, old_name);
    FOR target IN
        SELECT 'public' AS schema_name WHERE EXISTS (SELECT FROM _wh.public_views p WHERE p.template_name = old_name)
        UNION ALL SELECT t.schema_name FROM _wh.report_targets t WHERE t.template_name = old_name
        ORDER BY schema_name
    LOOP
        PERFORM _wh.refuse_taken(target.schema_name, new_name);
        IF _wh.is_own_view(target.schema_name, old_name) THEN
            EXECUTE format('ALTER VIEW %I.%I RENAME TO %I', target.schema_name, old_name, new_name);
        END IF;
    END LOOP;
    -- Targets, ledger, buckets and queue follow by their foreign keys, the run log by the trigger.
    UPDATE _wh.mv_templates SET template_name = new_name WHERE template_name = old_name;
    IF _wh.is_own_view('public', new_name) THEN
        PERFORM _wh.ensure_public_view(new_name);
    END IF;
END
$$;

-- ## A tenant's schema

ALTER TABLE _wh.target_schemas ADD COLUMN moving_to text;
COMMENT ON COLUMN _wh.target_schemas.moving_to IS
    'the schema that the tenant''s days are being moved to; NULL for the schema that it has';

-- Raises when a tenant's days are on their way to another schema.
CREATE FUNCTION _wh.refuse_unfinished_move(tenant text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unfinished text;
BEGIN
    SELECT s.moving_to INTO unfinished
        FROM _wh.target_schemas s WHERE s.tenant_name = tenant AND s.moving_to IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the days of tenant % are being moved to schema %', tenant, unfinished
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format(
                'dayhaul tenant move %s --schema %s finishes it', _wh.shell_word(tenant), _wh.shell_word(unfinished));
    END IF;
END
$$;

-- As in V009, but that a tenant has one schema: the first call may name it, and later ones name the same.
CREATE OR REPLACE FUNCTION _wh.checked_target(template text, tenant text, target_schema text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    report _wh.mv_templates;
    connection _wh.tenant_connections;
    own text;
BEGIN
    SELECT * INTO report FROM _wh.mv_templates m WHERE m.template_name = template;
    IF report IS NULL THEN
        RAISE EXCEPTION 'no report is called %', coalesce(template, 'NULL')
            USING ERRCODE = 'undefined_object', HINT = coalesce(
            (SELECT 'there are ' || string_agg(m.template_name, ', ' ORDER BY 1) FROM _wh.mv_templates m),
            'there are none yet: load one, such as sql/template-foodlogstats.sql');
    END IF;
    SELECT * INTO connection FROM _wh.tenant_connections c WHERE c.tenant_name = tenant;
    IF connection IS NULL THEN
        RAISE EXCEPTION 'no tenant is called %', coalesce(tenant, 'NULL')
            USING ERRCODE = 'undefined_object', HINT = coalesce(
            (SELECT 'there are ' || string_agg(c.tenant_name, ', ' ORDER BY 1)
             FROM (SELECT t.tenant_name FROM _wh.tenant_connections t ORDER BY 1 LIMIT 12) c),
            'there are none yet: dayhaul tenant add');
    END IF;
    own := coalesce(connection.target_schema, tenant);
    target_schema := coalesce(target_schema, own);
    PERFORM _wh.check_schema(tenant, target_schema);
    PERFORM _wh.refuse_unfinished_move(tenant);
    IF target_schema <> own THEN
        -- Of two calls at once, one decides.
        SELECT * INTO connection FROM _wh.tenant_connections c WHERE c.tenant_name = tenant FOR NO KEY UPDATE;
        own := coalesce(connection.target_schema, tenant);
    END IF;
    IF target_schema = own THEN
        RETURN target_schema;
    ELSIF EXISTS (SELECT FROM _wh.ledger l WHERE l.tenant_name = tenant) THEN
        RAISE EXCEPTION 'the days of tenant % are in schema %', tenant, own
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format(
                'name that schema, or NULL; dayhaul tenant move %s --schema %s moves all of them',
                    _wh.shell_word(tenant),
                _wh.shell_word(target_schema));
    ELSIF connection.target_schema IS NOT NULL OR EXISTS (SELECT FROM _wh.target_schemas s WHERE s.tenant_name = tenant)
        OR EXISTS (SELECT FROM _wh.queue q WHERE q.tenant_name = tenant AND q.state IN ('queued', 'running')) THEN
        RAISE EXCEPTION 'tenant % has the schema %', tenant, own
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format(
                'name that schema, or NULL; dayhaul tenant set %s --schema %s changes it', _wh.shell_word(tenant),
                _wh.shell_word(target_schema));
    END IF;
    UPDATE _wh.tenant_connections c SET target_schema = checked_target.target_schema WHERE c.tenant_name = tenant;
    RETURN target_schema;
END
$$;

-- For a load: the tenant's schema becomes the tenant's, or is found to be, and no second one beside it.
CREATE FUNCTION _wh.claim_own_schema(tenant text, target_schema text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own text;
BEGIN
    PERFORM _wh.refuse_unfinished_move(tenant);
    PERFORM _wh.claim_schema(tenant, target_schema);
    SELECT coalesce(c.target_schema, c.tenant_name) INTO own FROM _wh.tenant_connections c WHERE c.tenant_name = tenant;
    IF own <> target_schema THEN
        RAISE EXCEPTION 'the days of tenant % are in schema %, not in %', tenant, own, target_schema
            USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'run the same command again; where it stays, dayhaul status names what is elsewhere';
    END IF;
END
$$;

-- Begins to move a tenant to a schema, or to bring what it has in other ones there. Parents and views are moved at
-- once, so that readers see all of it all the time; the day tables follow by move_tables(). What the schema has of a
-- report already stays, and merge_days() adds to it.
CREATE FUNCTION _wh.begin_move(tenant text, target_schema text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own text;
    unfinished text;
    item record;
    taken text;
BEGIN
    SELECT coalesce(c.target_schema, c.tenant_name) INTO own
        FROM _wh.tenant_connections c WHERE c.tenant_name = tenant FOR NO KEY UPDATE;
    SELECT s.moving_to INTO unfinished
        FROM _wh.target_schemas s WHERE s.tenant_name = tenant AND s.moving_to <> target_schema;
    IF FOUND THEN
        PERFORM _wh.refuse_unfinished_move(tenant);
    END IF;
    PERFORM _wh.claim_schema(tenant, target_schema);
    -- Whoever publishes a day holds its target: they end first, and later ones find that it is gone.
    PERFORM FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name)
        WHERE s.tenant_name = tenant FOR UPDATE OF t;
    UPDATE _wh.target_schemas s SET moving_to = target_schema
        WHERE s.tenant_name = tenant AND s.schema_name <> target_schema;
    UPDATE _wh.tenant_connections c SET target_schema = nullif(begin_move.target_schema, tenant)
    WHERE c.tenant_name = tenant AND own <> begin_move.target_schema;
    FOR item IN
        SELECT t.* FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name)
            WHERE s.moving_to = begin_move.target_schema
            AND s.tenant_name = tenant
        ORDER BY t.schema_name <> own, t.schema_name, t.template_name
    LOOP
        CONTINUE WHEN EXISTS (
            SELECT FROM _wh.report_targets t
                WHERE t.schema_name = target_schema AND t.template_name = item.template_name);
        PERFORM _wh.refuse_taken(target_schema, item.template_name), _wh.refuse_taken(target_schema, item.days_table);
        SELECT l.day_table INTO taken FROM _wh.ledger l
        WHERE l.schema_name = item.schema_name AND l.template_name = item.template_name
            AND _wh.does_mv_exist(target_schema, l.day_table)
        ORDER BY l.day LIMIT 1;
        PERFORM _wh.refuse_taken(target_schema, taken);
        IF item.view_definition IS NOT NULL AND _wh.is_own_view(item.schema_name, item.template_name) THEN
            EXECUTE format('ALTER VIEW %I.%I SET SCHEMA %I', item.schema_name, item.template_name, target_schema);
        END IF;
        IF _wh.does_mv_exist(item.schema_name, item.days_table) THEN
            EXECUTE format('ALTER TABLE %I.%I SET SCHEMA %I', item.schema_name, item.days_table, target_schema);
        END IF;
        -- The ledger follows by its foreign key.
        UPDATE _wh.report_targets t SET schema_name = target_schema
        WHERE t.schema_name = item.schema_name AND t.template_name = item.template_name;
        IF _wh.does_mv_exist(target_schema, item.days_table) THEN
            PERFORM _wh.ensure_tenant_view(target_schema, item.template_name);
        END IF;
    END LOOP;
    -- Who could look into the old schemas can look into the new one.
    FOR item IN
        SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
        FROM _wh.target_schemas s JOIN pg_namespace n ON n.nspname = s.schema_name
            CROSS JOIN LATERAL aclexplode(n.nspacl) a
        WHERE s.tenant_name = tenant AND s.moving_to IS NOT NULL AND a.privilege_type = 'USAGE'
            AND a.grantee <> n.nspowner
    LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %s', target_schema, item.grantee);
    END LOOP;
    -- Requests are for the tenant's schema, and for the same work there is one.
    UPDATE _wh.queue q SET schema_name = begin_move.target_schema
    WHERE q.tenant_name = tenant AND q.schema_name <> begin_move.target_schema AND NOT EXISTS (
        SELECT FROM _wh.queue o WHERE q.state IN ('queued', 'running') AND o.tenant_name = tenant AND o.id <> q.id
            AND o.template_name = q.template_name AND o.kind = q.kind AND o.state = q.state
            AND (o.schema_name = begin_move.target_schema OR o.id < q.id)
            AND o.first_day IS NOT DISTINCT FROM q.first_day AND o.last_day IS NOT DISTINCT FROM q.last_day);
    UPDATE _wh.queue q SET state = 'cancelled', cancelled_by = session_user, finished_at = clock_timestamp(),
        lease_token = NULL,
        lease_until = NULL, message = 'another request for the same days is in the schema that the tenant was moved to',
        schema_name = begin_move.target_schema
    WHERE q.tenant_name = tenant AND q.schema_name <> begin_move.target_schema;
END
$$;

-- Moves some day tables after their parent, in the order in which readers lock them. Returns how many; none when all
-- are there.
CREATE FUNCTION _wh.move_tables(tenant text, target_schema text, batch integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item record;
    moved integer := 0;
BEGIN
    FOR item IN
        SELECT n.nspname, c.relname
        FROM _wh.report_targets t JOIN pg_namespace home ON home.nspname = t.schema_name
        JOIN pg_class p ON p.relnamespace = home.oid AND p.relname = t.days_table AND p.relkind = 'p'
        JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE t.schema_name = target_schema AND c.relnamespace <> p.relnamespace
            AND n.nspname IN (SELECT s.schema_name FROM _wh.target_schemas s WHERE s.tenant_name = tenant)
        ORDER BY c.oid LIMIT batch
    LOOP
        EXECUTE format('ALTER TABLE %I.%I SET SCHEMA %I', item.nspname, item.relname, target_schema);
        moved := moved + 1;
    END LOOP;
    RETURN moved;
END
$$;

-- Gives some days that only another schema of the tenant has to the one that it is moved to. Returns how many; none
-- when there is none left.
CREATE FUNCTION _wh.merge_days(tenant text, target_schema text, batch integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item record;
    bound text;
    name text;
    merged integer := 0;
BEGIN
    FOR item IN
        SELECT l.schema_name, l.template_name, l.day, l.day_table, t.days_table AS old_parent,
            h.days_table AS new_parent
        FROM _wh.ledger l JOIN _wh.target_schemas s USING (schema_name)
            JOIN _wh.report_targets t USING (schema_name, template_name)
        JOIN _wh.report_targets h ON h.schema_name = target_schema AND h.template_name = l.template_name
        WHERE s.tenant_name = tenant AND s.moving_to = target_schema AND NOT EXISTS (
            SELECT FROM _wh.ledger o
                WHERE o.schema_name = target_schema AND o.template_name = l.template_name AND o.day = l.day)
        ORDER BY l.template_name, l.schema_name, l.day LIMIT batch
    LOOP
        name := item.day_table;
        IF EXISTS (SELECT FROM _wh.ledger l WHERE l.schema_name = target_schema AND l.day_table = name)
            OR EXISTS (
                SELECT FROM _wh.report_targets t WHERE t.schema_name = target_schema AND t.days_table = name)
        THEN
            name := _wh.free_day_name(target_schema, item.template_name, item.day);
        END IF;
        SELECT pg_get_expr(c.relpartbound, c.oid) INTO bound FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
        WHERE c.oid = to_regclass(format('%I.%I', item.schema_name, item.day_table))
            AND i.inhparent = to_regclass(format('%I.%I', item.schema_name, item.old_parent));
        IF FOUND THEN
            PERFORM _wh.refuse_taken(target_schema, name);
            EXECUTE format('ALTER TABLE %I.%I DETACH PARTITION %I.%I', item.schema_name, item.old_parent,
                item.schema_name, item.day_table);
            IF name <> item.day_table THEN
                EXECUTE format('ALTER TABLE %I.%I RENAME TO %I', item.schema_name, item.day_table, name);
            END IF;
            EXECUTE format('ALTER TABLE %I.%I SET SCHEMA %I', item.schema_name, name, target_schema);
            EXECUTE format('ALTER TABLE %I.%I ATTACH PARTITION %I.%I %s', target_schema, item.new_parent, target_schema,
                name, bound);
        END IF;
        UPDATE _wh.ledger l SET schema_name = target_schema, day_table = name
        WHERE l.schema_name = item.schema_name AND l.template_name = item.template_name AND l.day = item.day;
        merged := merged + 1;
    END LOOP;
    RETURN merged;
END
$$;

-- Takes the views of a report in the schemas that its tenant is moved from out of the public view, and drops them. All
-- days are elsewhere by then.
CREATE FUNCTION _wh.drop_copied_views(tenant text, template text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item record;
BEGIN
    FOR item IN
        UPDATE _wh.report_targets t SET view_definition = NULL FROM _wh.target_schemas s
        WHERE s.schema_name = t.schema_name AND s.tenant_name = tenant AND s.moving_to IS NOT NULL
            AND t.template_name = template
            AND t.view_definition IS NOT NULL
        RETURNING t.schema_name
    LOOP
        PERFORM _wh.ensure_public_view(template);
        IF _wh.is_own_view(item.schema_name, template) THEN
            EXECUTE format('DROP VIEW %I.%I', item.schema_name, template);
        END IF;
    END LOOP;
END
$$;

-- Drops some days of which the schema that the tenant is moved to has its own. Returns how many; none when there is
-- none left.
CREATE FUNCTION _wh.drop_copies(tenant text, target_schema text, batch integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item record;
    dropped integer := 0;
BEGIN
    FOR item IN
        SELECT l.schema_name, l.template_name, l.day, l.day_table
        FROM _wh.ledger l JOIN _wh.target_schemas s USING (schema_name)
        JOIN _wh.ledger o ON o.schema_name = target_schema AND o.template_name = l.template_name AND o.day = l.day
        WHERE s.tenant_name = tenant AND s.moving_to = target_schema
        ORDER BY l.template_name, l.schema_name, l.day LIMIT batch
    LOOP
        DELETE FROM _wh.ledger l
        WHERE l.schema_name = item.schema_name AND l.template_name = item.template_name AND l.day = item.day;
        IF _wh.does_mv_exist(item.schema_name, item.day_table) THEN
            EXECUTE format('DROP TABLE %I.%I', item.schema_name, item.day_table);
        END IF;
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

-- Ends a move: the schemas that the tenant was moved from are its own no more, and go when nothing is left in them.
CREATE FUNCTION _wh.end_move(tenant text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT t.schema_name, t.template_name, t.days_table
        FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name)
            WHERE s.tenant_name = tenant AND s.moving_to IS NOT NULL
    LOOP
        IF EXISTS (
            SELECT FROM pg_inherits i WHERE i.inhparent = to_regclass(format('%I.%I', item.schema_name, item.days_table)))
        THEN
            RAISE EXCEPTION '%.% has partitions that dayhaul does not know', quote_ident(item.schema_name),
                quote_ident(item.days_table)
                USING ERRCODE = 'object_not_in_prerequisite_state',
                    HINT = 'detach them, then run the same command again';
        ELSIF _wh.does_mv_exist(item.schema_name, item.days_table) THEN
            EXECUTE format('DROP TABLE %I.%I', item.schema_name, item.days_table);
        END IF;
        DELETE FROM _wh.report_targets t
            WHERE t.schema_name = item.schema_name AND t.template_name = item.template_name;
    END LOOP;
    FOR item IN
        DELETE FROM _wh.target_schemas s
            WHERE s.tenant_name = tenant AND s.moving_to IS NOT NULL RETURNING s.schema_name
    LOOP
        IF EXISTS (
            SELECT FROM pg_namespace n WHERE n.nspname = item.schema_name AND pg_has_role(n.nspowner, 'USAGE')
                AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid)
                AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = n.oid)
                AND NOT EXISTS (SELECT FROM pg_type WHERE typnamespace = n.oid))
        THEN
            EXECUTE format('DROP SCHEMA %I', item.schema_name);
        END IF;
    END LOOP;
END
$$;
