#!/usr/bin/env bash
# Times the re-ingest of a window of days: dayhaul into an empty warehouse, dayhaul once more with nothing changed, and what it
# replaces, one dblink materialized view a day with the same query, indexes and ANALYZE. Checks that both end with the same rows.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: benchmarks/reingest.sh [--days N] [--rows-per-day N] [--repetitions N] [--directory DIR]
       benchmarks/reingest.sh --admin CONNINFO --source CONNINFO --from DAY --to DAY [--template FILE] [--repetitions N]

Without --admin and --source, local clusters are made and filled (10 days of 50,000 rows; `dayhaul demo --directory DIR --destroy` removes
them). Otherwise --admin is a superuser of the warehouse's cluster, where two scratch databases are made and dropped, and --source is the
tenant's replica; both are keyword strings with host, port, user, password, and for the source dbname and sslmode. The template file must
hold one report with {TARGET_DATE}. The roles that dayhaul init makes stay in the cluster.
DAYHAUL names the program; .build/release/dayhaul by default.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dayhaul=${DAYHAUL:-$here/.build/release/dayhaul}
directory=/var/tmp/dayhaul-bench-$(id -u)
days=10 rows_per_day=50000 repetitions=3 admin='' source='' from='' to='' template=$here/sql/template-foodlogstats.sql
while [ $# -gt 0 ]; do
    case $1 in
    --days) days=$2 ;; --rows-per-day) rows_per_day=$2 ;; --repetitions) repetitions=$2 ;; --directory) directory=$2 ;;
    --admin) admin=$2 ;; --source) source=$2 ;; --from) from=$2 ;; --to) to=$2 ;; --template) template=$2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift 2 || { usage >&2; exit 2; }
done
[ -x "$dayhaul" ] || { echo "$dayhaul is missing: make build" >&2; exit 2; }

if [ -z "$admin$source" ]; then
    "$dayhaul" demo --directory "$directory" --tenants 1 --days "$days" --rows-per-day "$rows_per_day" >&2
    state() { sed -n "s/^$1=//p" "$directory/fleet.state"; }
    admin="host=127.0.0.1 port=$(state warehouse.port) user=postgres password=$(state warehouse.postgres.password)"
    source="host=127.0.0.1 port=$(state tenant_a_standby.port) dbname=production user=reader password=$(state tenant_a.reader.password) sslmode=disable"
    from=2025-09-01
    to=$(date -ud "$from + $((days - 1)) days" +%F)
fi
[ -n "$admin" ] && [ -n "$source" ] && [ -n "$from" ] && [ -n "$to" ] || { usage >&2; exit 2; }

# Values of keyword strings; passwords go through the environment and standard input, never through arguments.
value() { tr ' ' '\n' <<<"$1" | sed -n "s/^$2=//p"; }
export PGHOST PGPORT PGUSER PGPASSWORD PGTZ=UTC PGOPTIONS='-c client_min_messages=warning'
PGHOST=$(value "$admin" host) PGPORT=$(value "$admin" port) PGUSER=$(value "$admin" user) PGPASSWORD=$(value "$admin" password)
scratch=$(mktemp -d)
ours=dayhaul_bench_$$ theirs=dblink_bench_$$
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }
finish() {
    for database in "$ours" "$theirs"; do sql -d postgres -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" || true; done
    rm -rf "$scratch"
}
trap finish EXIT

export DAYHAUL_WAREHOUSE="dbname=$ours" DAYHAUL_KEY_FILE=$scratch/key DAYHAUL_SPILL_DIRECTORY=$scratch/spill DAYHAUL_LOG_LEVEL=error
value "$source" password | (umask 077 && cat >"$scratch/password")

fresh_database() {
    sql -d postgres -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" -c "CREATE DATABASE $1"
}

prepare_ours() {
    fresh_database "$ours"
    "$dayhaul" init
    "$dayhaul" tenant add tenant --host "$(value "$source" host)" --port "$(value "$source" port)" --dbname "$(value "$source" dbname)" \
        --username "$(value "$source" user)" --sslmode "$(value "$source" sslmode)" --password-file "$scratch/password"
    sql -d "$ours" -f "$template"
} >"$scratch/prepare.log"

# What is timed for dblink: for each day a materialized view, its indexes, ANALYZE; then the view over all of them.
prepare_theirs() {
    fresh_database "$theirs"
    sql -d "$theirs" -c 'CREATE EXTENSION dblink' -c 'CREATE SCHEMA tenant'
    [ -s "$scratch/dblink.sql" ] ||
        sql -d "$ours" -v conninfo="$source options=-ctimezone=UTC" -v from="$from" -v to="$to" >"$scratch/dblink.sql" <<'SQL'
SELECT format(E'CREATE MATERIALIZED VIEW tenant.%I AS SELECT * FROM dblink(%L, %L) AS t(%s);\n', name, :'conninfo',
           replace(query_template, '{TARGET_DATE}', day), column_definitions)
       || replace(replace(replace(indexes, '{SCHEMA}', 'tenant'), '{VIEW_NAME}', name), '{TARGET_DATE}', day)
       || format(E';\nANALYZE tenant.%I;', name)
FROM _wh.mv_templates, to_char(generate_series(:'from'::date, :'to'::date, interval '1 day'), 'YYYY-MM-DD') day,
    concat(template_name, to_char(day::date, '_YYYY_MM_DD')) name ORDER BY day;
SELECT format('CREATE VIEW tenant.%I AS %s;', template_name,
           string_agg(format('SELECT * FROM tenant.%I', template_name || to_char(day, '_YYYY_MM_DD')), ' UNION ALL '))
FROM _wh.mv_templates, generate_series(:'from'::date, :'to'::date, interval '1 day') day GROUP BY template_name;
SQL
}

# Appends the seconds that a command took and the CPU time of the client to a file.
timed() {
    local name=$1 TIMEFORMAT='%R %U %S'
    shift
    sql -d postgres -c CHECKPOINT
    { time "$@" >"$scratch/$name.log" 2>&1; } 2>>"$scratch/$name.times" || { cat "$scratch/$name.log" >&2; return 1; }
}

# Rows and a digest of their text, whatever their order.
contents() {
    sql -d "$1" -c "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM tenant.\"$report\" t"
}

for repetition in $(seq "$repetitions"); do
    echo "repetition $repetition of $repetitions" >&2
    prepare_ours
    report=$(sql -d "$ours" -c 'SELECT template_name FROM _wh.mv_templates')
    timed ingest "$dayhaul" ingest --from "$from" --to "$to"
    timed unchanged "$dayhaul" ingest --from "$from" --to "$to"
    prepare_theirs
    timed dblink sql -d "$theirs" -f "$scratch/dblink.sql"
    mine=$(contents "$ours") other=$(contents "$theirs")
    [ "$mine" = "$other" ] || { echo "the rows differ: dayhaul $mine, dblink $other" >&2; exit 1; }
done

line() {
    local wall client
    wall=$(cut -d' ' -f1 "$scratch/$2.times" | sort -n)
    client=$(awk '{ print $2 + $3 }' "$scratch/$2.times" | sort -n)
    median() { awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }' <<<"$1"; }
    printf '| %s | %.2f s | %s–%s s | %.2f s |\n' "$1" "$(median "$wall")" "$(head -1 <<<"$wall")" "$(tail -1 <<<"$wall")" "$(median "$client")"
}
echo
echo "$report, $from to $to, ${mine%|*} rows, the same rows both ways; medians of $repetitions"
echo
echo '| what | wall | from–to | client CPU |'
echo '|---|---|---|---|'
line 'dayhaul ingest, empty warehouse' ingest
line 'dayhaul ingest again, nothing changed' unchanged
line 'dblink materialized views, a day at a time' dblink
