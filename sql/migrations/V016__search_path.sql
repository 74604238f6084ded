-- The engine's sessions search pg_catalog and nothing else, so that whoever may create something in public cannot have the engine run it: a
-- function or an operator that fits its arguments better than PostgreSQL's own would be taken (manual, "Operator Type Resolution"). Types
-- that reports have from public are written with it.

-- A type that is gone has no other place that it could have been found in.
UPDATE _wh.report_targets t SET types = qualified.types
FROM (
    SELECT schema_name, template_name, array_agg(
        CASE WHEN to_regtype(u.type) IS NULL AND u.type !~ '^("([^"]|"")+"|[^".]+)\.' THEN 'public.' || u.type ELSE u.type END ORDER BY u.n) AS types
    FROM _wh.report_targets, unnest(types) WITH ORDINALITY AS u(type, n) GROUP BY schema_name, template_name) qualified
WHERE (t.schema_name, t.template_name) = (qualified.schema_name, qualified.template_name) AND t.types <> qualified.types;
INSERT INTO _wh.type_definitions (type_name, definition)
SELECT 'public.' || type_name, definition FROM _wh.type_definitions WHERE type_name !~ '^("([^"]|"")+"|[^".]+)\.' ON CONFLICT DO NOTHING;

-- As in V011, but that types keep their schema.
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
        -- As PostgreSQL names them to the engine: a load compares them with the report's.
        UPDATE _wh.report_targets t SET types = ARRAY(
            SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
            WHERE a.attrelid = to_regclass(format('%I.%I', target_schema, parent)) AND a.attnum > 0 ORDER BY a.attnum)
        WHERE t.schema_name = target_schema AND t.template_name = template;
        PERFORM _wh.check_types(target_schema, template, t.columns, t.types) FROM _wh.report_targets t
        WHERE t.schema_name = target_schema AND t.template_name = template;
    END IF;
    PERFORM _wh.ensure_tenant_view(target_schema, template);
END
$$;

-- Who may create something in a schema and is neither the engine, nor somebody who could act as it, nor the database's owner: a row each, and
-- the statement that takes that from them, which granted_by can run.
CREATE FUNCTION _wh.strangers_in(in_schema text) RETURNS TABLE (role_name text, granted_by text, mend text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(r.rolname, 'PUBLIC')::text, pg_get_userbyid(CASE WHEN a.grantor = 'pg_database_owner'::regrole
        THEN (SELECT datdba FROM pg_database WHERE datname = current_database()) ELSE a.grantor END)::text, CASE
        WHEN a.grantee = n.nspowner THEN format('ALTER SCHEMA %I OWNER TO %I', in_schema, current_user)
        ELSE format('REVOKE CREATE ON SCHEMA %I FROM %s', in_schema, coalesce(quote_ident(r.rolname), 'PUBLIC')) END
    FROM pg_namespace n CROSS JOIN aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE n.nspname = in_schema AND a.privilege_type = 'CREATE'
        AND CASE WHEN a.grantee = 0 THEN true ELSE NOT coalesce(r.rolsuper OR _wh.is_trusted(a.grantee), false) END
    ORDER BY 1
$$;
COMMENT ON FUNCTION _wh.strangers_in(text) IS 'roles that may create something in a schema and are not the engine''s';

-- What keeps the engine from searching public for what an index needs, an operator class of an extension for one: somebody else may make
-- something there, or has. A row, with what mends it, or none.
CREATE FUNCTION _wh.distrust_of_public() RETURNS TABLE (reason text, mend text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM (
        SELECT format('%s may create something there', role_name), format('as %I: %s', granted_by, mend) FROM _wh.strangers_in('public')
        UNION ALL
        SELECT format('%s belongs to %I', o.what, pg_get_userbyid(o.owner)),
            format('as a superuser: ALTER %s OWNER TO %I', o.what, current_user)
        FROM (
            SELECT format('ROUTINE %s', oid::regprocedure) AS what, proowner AS owner FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
            UNION ALL
            SELECT format('OPERATOR %s', regexp_replace(oid::regoperator::text, ',', ', ')), oprowner FROM pg_operator
            WHERE oprnamespace = 'public'::regnamespace
            UNION ALL
            SELECT format('OPERATOR CLASS public.%I USING %I', c.opcname, m.amname), c.opcowner
            FROM pg_opclass c JOIN pg_am m ON m.oid = c.opcmethod WHERE c.opcnamespace = 'public'::regnamespace
            UNION ALL
            SELECT format('COLLATION public.%I', collname), collowner FROM pg_collation WHERE collnamespace = 'public'::regnamespace
            UNION ALL
            SELECT format('TYPE public.%I', t.typname), t.typowner FROM pg_type t
            WHERE t.typnamespace = 'public'::regnamespace AND t.typtype <> 'c' AND t.typcategory <> 'A') o
        WHERE NOT _wh.is_trusted(o.owner)) reasons
    LIMIT 1
$$;
COMMENT ON FUNCTION _wh.distrust_of_public() IS 'why the engine does not search public for what an index needs; no row where it does';
