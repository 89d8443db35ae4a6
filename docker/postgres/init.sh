#!/bin/sh
# Make a role and a database for each service.  The PostgreSQL image runs this once, when it has no databases yet.
#
# The secrets are the files that the nodes' libpq reads: host:port:database:role:password, one service a line.
set -eu

for file in "${SECRETS:-/run/secrets}"/*-databases; do
  while IFS=: read -r _ _ database role password; do
    # Not as arguments: others could read them while psql runs.
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<END
CREATE ROLE "$role" LOGIN PASSWORD '$password';
CREATE DATABASE "$database" OWNER "$role";
REVOKE ALL ON DATABASE "$database" FROM PUBLIC;
END
  done <"$file"
done
