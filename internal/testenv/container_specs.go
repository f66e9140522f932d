package testenv

import "strings"

// postgresContainer runs Postgres as the image's user postgres, in a folder that every image has. The settings follow as the
// script's arguments.
func postgresContainer(password string) containerSpec {
	script := `
set -e
for bin in /usr/lib/postgresql/*/bin; do PATH="$bin:$PATH"; done
data=/tmp/skald-postgres
if [ ! -s "$data/PG_VERSION" ]; then
	printf '%s\n' "$SECRET" >/tmp/password
	initdb --pgdata "$data" --username postgres --auth scram-sha-256 --pwfile /tmp/password --encoding UTF8 --locale C --no-sync
	echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
fi
exec postgres -D "$data" -c listen_addresses='*' "$@"`
	script = strings.Replace(script, "$SECRET", password, 1)
	return containerSpec{
		user:       "postgres",
		entrypoint: []string{"sh", "-c", script, "postgres"},
		command:    postgresSettings,
		port:       5432,
	}
}

func redisContainer(password string) containerSpec {
	return containerSpec{
		entrypoint: []string{"redis-server"},
		command:    append([]string{"--bind", "0.0.0.0", "--port", "6379", "--dir", "/tmp", "--requirepass", password}, redisSettings...),
		port:       6379,
	}
}
