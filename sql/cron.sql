-- Schedules the warehouse's jobs with pg_cron. Run by whadmin, in the warehouse's database; safe to run again, which is also how a schedule
-- is changed: a job of the same name is replaced.
--
--   psql 'host=warehouse.example dbname=warehouse user=whadmin' -f sql/cron.sql
--
-- Before it, once, somebody who may (a superuser; on RDS a member of rds_superuser):
--
--   1. Settings, which take a restart. On RDS and Aurora they stand in the parameter group.
--        shared_preload_libraries = 'pg_cron'
--        cron.database_name = 'warehouse'      -- the extension lives in one database of a server
--   2. In the warehouse's database:
--        CREATE EXTENSION pg_cron;
--        GRANT USAGE ON SCHEMA cron TO whadmin;
--      Nobody else needs the schema. Through it people see their own jobs only, and schedule as themselves (row-level security).
--
-- How a job runs: as the user who scheduled it, which is why whadmin runs this file and not the administrator. Usually pg_cron connects to
-- cron.host (localhost) as that user, so pg_hba.conf has to let whadmin in from there: with `trust` on the server's own socket, or with a
-- password that stands in the server account's ~/.pgpass. With cron.use_background_workers = on it needs no login, but
-- max_worker_processes with room for every job at once, and a pg_cron later than 1.4, which looks after one such job until it ends while
-- all others are late (citusdata/pg_cron, issue 200).
--
-- A job that is still running when its time comes is not started a second time: pg_cron starts it once more when it has ended. Requests do
-- not pile up either: of the same work one runs and one waits. A time that passes while the server is down is not made up for by pg_cron;
-- the next nightly run is, because it reads every day that is missing.
--
-- Times are UTC (pg_cron 1.4; from 1.5 on those of cron.timezone).

-- The CALL has to be the command's only statement. It commits what it asks for, so that workers see it, and a procedure cannot commit in
-- a transaction, which several statements in one command are.
SELECT cron.schedule('dayhaul hourly', '5 * * * *', 'CALL _wh.run_hourly()');

-- Today, yesterday, the late-data window, and every day that is missing.
SELECT cron.schedule('dayhaul nightly', '15 2 * * *', 'CALL _wh.run_nightly()');

-- pg_cron keeps the history for ever. Of other users' jobs this deletes nothing.
SELECT cron.schedule(
    'dayhaul history', '45 3 * * *',
    $$DELETE FROM cron.job_run_details WHERE coalesce(end_time, start_time) < now() - interval '14 days'$$);

-- To stop one:       SELECT cron.unschedule('dayhaul hourly');
-- What became of it: SELECT * FROM cron.job_run_details ORDER BY runid DESC LIMIT 10;
--                    SELECT * FROM _wh.requests LIMIT 10;
