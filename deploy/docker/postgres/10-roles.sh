#!/bin/bash
# Runs once, when the database is made: a role and a schema per service. No role can see another's schema.
set -euo pipefail

role() {
    local name=$1 password=$2
    psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
        --set=name="$name" --set=password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
GRANT CONNECT, TEMPORARY ON DATABASE :"DBNAME" TO :"name";
CREATE SCHEMA :"name" AUTHORIZATION :"name";
ALTER ROLE :"name" IN DATABASE :"DBNAME" SET search_path TO :"name";
SQL
}

psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" <<'SQL'
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL

role customers "$POSTGRES_CUSTOMERS_PASSWORD"
role orders "$POSTGRES_ORDERS_PASSWORD"
role credit "$POSTGRES_CREDIT_PASSWORD"
role insights "$POSTGRES_INSIGHTS_PASSWORD"

# `tallyman rebuild credit` folds the journal into a schema of its own, to compare it with the live one.
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" <<'SQL'
GRANT CREATE ON DATABASE :"DBNAME" TO credit;
SQL
