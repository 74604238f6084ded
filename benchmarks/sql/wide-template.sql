-- A report without code of its own: the engine runs its query.
INSERT INTO _wh.mv_templates (template_name, description, query_template, column_definitions, indexes, day_column, key_columns)
VALUES ('wideevents', 'wide and hostile rows',
$query$
SELECT id, happened, kind, note, document, amount, precise, huge, ratio, is_open, tag_1, tag_2, tag_3, tag_4, tag_5, tag_6,
       value_1, value_2, value_3, value_4, count_1, count_2, count_3, count_4, due, raw
FROM wide_event pf
WHERE pf.happened >= '{TARGET_DATE}'::date AND pf.happened < '{TARGET_DATE}'::date + 1
$query$,
'id bigint, happened timestamptz, kind text, note text, document text, amount numeric, precise numeric, huge numeric,
 ratio double precision, is_open boolean, tag_1 text, tag_2 text, tag_3 text, tag_4 text, tag_5 text, tag_6 text,
 value_1 numeric, value_2 numeric, value_3 numeric, value_4 numeric, count_1 integer, count_2 integer, count_3 bigint, count_4 smallint,
 due date, raw bytea',
'CREATE UNIQUE INDEX idx_{SCHEMA}_{VIEW_NAME}_id ON {SCHEMA}.{VIEW_NAME} (id);
 CREATE INDEX idx_{SCHEMA}_{VIEW_NAME}_happened ON {SCHEMA}.{VIEW_NAME} (happened);
 CREATE INDEX idx_{SCHEMA}_{VIEW_NAME}_kind ON {SCHEMA}.{VIEW_NAME} (kind);
 CREATE INDEX idx_{SCHEMA}_{VIEW_NAME}_amount ON {SCHEMA}.{VIEW_NAME} (amount)',
'happened', '{id}');
