#!/bin/sh
# Make what compose.yaml needs, in `nodes/` beside it: two nodes that know each other, an invented register for one of
# them, and passwords for their databases.  `nodes/` is all there is: who removes it may begin anew.
#
# Programs run in the image oots:local; with OOTS_INSTALLED=1, those of this machine run instead.
set -eu
umask 077
cd "$(dirname "$0")"

# Containers run as whoever runs this, so that nobody else has to be let in; never as root.
user=$(id -u):$(id -g)
[ "$(id -u)" -ne 0 ] || user=10001:10001

run() {
  if [ -n "${OOTS_INSTALLED:-}" ]; then
    "$@"
  else
    program=$1
    shift
    docker run --rm --network none --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges:true \
      --user "$user" --volume "$PWD/nodes:/nodes" --workdir / --entrypoint "$program" oots:local "$@"
  fi
}

give_to_user() { [ "$(id -u)" -ne 0 ] || chown -R "$user" nodes; }

# node FOLDER COUNTRY AUTHORITY
node() {
  run oots init "nodes/$1" --party-id "AP_$2_01" --country "$2" --authority "$3" --address "https://$1:8443/as4" \
    >/dev/null
  # Here the databases are in PostgreSQL.
  rm -f "nodes/$1"/data/*.db
  for service in gateway requester provider; do
    password=$(od -A n -N 32 -t x1 /dev/urandom | tr -d ' \n')
    echo "database:5432:$1_$service:$1_$service:$password" >>"nodes/$1/secrets/databases.pgpass"
  done
}

# introduce FOLDER PARTY_ID OTHER_FOLDER: the other one learns who the first one is
introduce() {
  cp "nodes/$1/keys/message.crt" "nodes/$3/peers/$2.crt"
  cp "nodes/$1/keys/tls.crt" "nodes/$3/peers/$2-tls.crt"
  cat >>"nodes/$3/peers.toml" <<END

[[peer]]
party_id = "$2"
address = "https://$1:8443/as4"
signing_certificates = ["peers/$2.crt"]
encryption_certificate = "peers/$2.crt"
tls_certificates = ["peers/$2-tls.crt"]
END
}

mkdir nodes || {
  echo "Nothing was changed: the nodes are there already." >&2
  exit 1
}
mkdir nodes/postgresql
give_to_user
node finland FI "Population register"
node portugal PT "Municipality"
give_to_user
introduce finland AP_FI_01 portugal
introduce portugal AP_PT_01 finland

# Finland has birth records of people who do not exist.
run python -c '
from pathlib import Path
from evidence_provider.invented_people import make_register
make_register(Path("nodes/finland/data/register.db"), people=300)
'
cat >>nodes/finland/oots.toml <<'END'

[[provider.data_service]]
identifier = "11efa02b-5865-581f-8ebd-f651997552b2"
classification = "https://sr.demo.oots.tech.ec.europa.eu/evidencetypeclassifications/FI/353b2a47-e074-516a-9ca1-16be21376378"
requirements = ["https://sr.demo.oots.tech.ec.europa.eu/requirements/df81cba1-1936-46fe-ad4b-53254b79bf55"]
languages = ["EN"]
END

od -A n -N 32 -t x1 /dev/urandom | tr -d ' \n' >nodes/postgresql.password
echo "OOTS_USER=$user" >.env
give_to_user
echo "The nodes are in $PWD/nodes.  docker compose up --wait starts them."
