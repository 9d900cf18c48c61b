#!/bin/sh
# Three replicas on this machine that share 10 MB/s, with a web server behind them and, if none is given, a Redis of their own:
#
#   sh conf/cluster.sh                                     needs redis-server
#   REDIS_URL=redis://host:6379 sh conf/cluster.sh         or one that runs
#
# Ctrl-C ends all of it.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
program=$here/bin/chaos-proxy
[ -x "$program" ] || program=$here/target/chaos-proxy/bin/chaos-proxy
if [ ! -x "$program" ]; then
    echo "there is no $program; build it by: mvn -q -DskipTests package" >&2
    exit 1
fi

children=
end() {
    trap - EXIT INT TERM
    # shellcheck disable=SC2086
    [ -z "$children" ] || kill $children 2>/dev/null || true
    wait
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -z "${REDIS_URL:-}" ]; then
    if ! command -v redis-server >/dev/null; then
        echo "redis-server is not installed; install it, or set REDIS_URL to a Redis that runs" >&2
        exit 1
    fi
    redis_port=${REDIS_PORT:-6390}
    redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no >/dev/null &
    children="$children $!"
    export REDIS_URL="redis://127.0.0.1:$redis_port"
fi

command=demo # the first one brings the web server behind them
for number in 1 2 3; do
    REPLICA=replica-$number PORT=808$number CONTROL_PORT=847$number "$program" "$command" "$here/conf/cluster.conf" \
        >/dev/null </dev/null &
    children="$children $!"
    command=run
done

cat <<END
Three replicas on 127.0.0.1:8081, :8082 and :8083. Try, in other terminals:

  for port in 8081 8082 8083; do curl -o /dev/null http://127.0.0.1:\$port/bytes/200000000 & done; wait
  $program ctl fleet --url http://127.0.0.1:8471
  $program ctl --cluster --url http://127.0.0.1:8471 replace all-speed type=rate rate=2MB
  $program ctl --cluster --url http://127.0.0.1:8472 add web slow type=latency delay=1s ttl=30s
END
wait
