-- The food-log report: one row for each food log and each distinct station of its item at its location.
--   psql "$DAYHAUL_WAREHOUSE" -f sql/template-foodlogstats.sql
INSERT INTO _wh.mv_templates (template_name, description, query_template, column_definitions, indexes, day_column, key_columns, native_report)
VALUES ('foodlogstats', 'food logs with their store, station, item, pan and prices',
$query$
SELECT pf.id,
       pl.name AS store,
       s.station,
       pf.validation_status,
       pr.name AS region,
       pf.action_taken_id,
       pa.name AS action_taken,
       pi.name,
       pf.quantity,
       pp.average_weight,
       pp.name AS pan_name,
       pf.quantity - pp.average_weight AS weight,
       fc.name AS food_category,
       pi.cost_per_lb,
       pi.target_weight,
       pi.price_per_lb,
       par.name AS action_reason,
       pi.client_id,
       pf.logged_time,
       pf.flags
FROM phood_foodlogsum pf
LEFT JOIN phood_location pl ON pl.id = pf.location_id
LEFT JOIN phood_region pr ON pr.id = pl.region_id
LEFT JOIN phood_actiontaken pa ON pa.id = pf.action_taken_id
LEFT JOIN phood_actionreason par ON par.id = pf.action_reason_id
LEFT JOIN phood_inventoryitem pi ON pi.id = pf.inventory_item_id
LEFT JOIN phood_foodcategory fc ON fc.id = pi.food_category_id
LEFT JOIN phood_pan pp ON pp.id = pf.pan_id
LEFT JOIN (SELECT DISTINCT pm.inventory_item_id, pm.location_id, pm.station_id, ps.name AS station
           FROM phood_menuitem pm LEFT JOIN phood_station ps ON ps.id = pm.station_id) s
       ON s.inventory_item_id = pf.inventory_item_id AND s.location_id = pf.location_id
WHERE pf.logged_time >= '{TARGET_DATE}'::date AND pf.logged_time < '{TARGET_DATE}'::date + 1
$query$,
'id integer, store text, station text, validation_status text, region text, action_taken_id integer, action_taken text, name text,
 quantity numeric, average_weight numeric, pan_name text, weight numeric, food_category text, cost_per_lb numeric,
 target_weight numeric, price_per_lb numeric, action_reason text, client_id text, logged_time timestamptz, flags text',
'CREATE UNIQUE INDEX idx_{SCHEMA}_{VIEW_NAME}_id ON {SCHEMA}.{VIEW_NAME} (id);
 CREATE INDEX idx_{SCHEMA}_{VIEW_NAME}_logged_time ON {SCHEMA}.{VIEW_NAME} (logged_time);
 CREATE INDEX idx_{SCHEMA}_{VIEW_NAME}_store ON {SCHEMA}.{VIEW_NAME} (store);
 CREATE INDEX idx_{SCHEMA}_{VIEW_NAME}_action_taken_id ON {SCHEMA}.{VIEW_NAME} (action_taken_id)',
'logged_time', '{id}', 'FoodLogStats')
ON CONFLICT (template_name) DO UPDATE SET
    description = excluded.description, query_template = excluded.query_template, column_definitions = excluded.column_definitions,
    indexes = excluded.indexes, day_column = excluded.day_column, key_columns = excluded.key_columns,
    native_report = excluded.native_report;
