#!/usr/bin/env bash
# Checks the files of the deployment as far as this machine can: scripts, YAML, and nginx's configuration, run for real in front of two hosts on loopback.
# What it lacks is skipped with the reason. EVENTLY_APP names a folder with a published host; without it the host is published as the Dockerfile does.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

port=${EVENTLY_CHECK_PORT:-18080}   # and the three after it
work=$(mktemp -d)
pids=()
failures=0

has() { command -v "$1" >/dev/null 2>&1; }
skip() { echo "skipped: $1"; }
check() { # sentence, then a command that must succeed
  local sentence=$1
  shift
  if "$@" >"$work/out" 2>&1; then echo "ok: $sentence"; else echo "FAILED: $sentence"; sed 's/^/    /' "$work/out"; failures=$((failures + 1)); fi
}
end() { # a process that this script started
  kill -TERM "$1" 2>/dev/null
  wait "$1" 2>/dev/null
}
clean_up() {
  for pid in "${pids[@]:-}"; do [ -n "$pid" ] && end "$pid"; done
  rm -rf "$work"
}
trap clean_up EXIT

if has shellcheck; then check "the scripts pass shellcheck" shellcheck localstack/ready.d/*.sh deploy/check.sh .ci/run; else skip "shellcheck is not installed"; fi

if has python3; then
  check "the dashboard is JSON" python3 -m json.tool deploy/grafana/evently.json
  if python3 -c 'import yaml' 2>/dev/null; then
    check "the YAML files can be read" python3 - <<'PYTHON'
import yaml
class Loader(yaml.SafeLoader):
    pass
Loader.add_multi_constructor("!", lambda loader, tag, node: node.value)  # CloudFormation's short forms, such as !Sub
for path in ("docker-compose.yml", "deploy/aws/cloudformation.yaml"):
    with open(path) as file:
        assert isinstance(yaml.load(file, Loader), dict), path
PYTHON
  else
    skip "python3 has no yaml module, so the YAML files were not read"
  fi
else
  skip "there is no python3, so JSON and YAML files were not read"
fi

if has docker && docker compose version >/dev/null 2>&1; then
  check "docker-compose.yml has the schema of Compose" env EVENTLY_SIGNING_KEY=x EVENTLY_ADMIN_EMAIL=x EVENTLY_ADMIN_PASSWORD=x docker compose config --quiet
else
  skip "there is no docker compose"
fi

start_host() { # number, arguments...: a host with a store of its own
  local number=$1
  shift
  Evently__Storage__DataDirectory="$work/data$number" Evently__Auth__SigningKey=a-key-for-this-check-only-0123456789 \
    Evently__Proxies__Trusted__0=127.0.0.1 Evently__RateLimiting__Enabled=false Logging__LogLevel__Default=Warning \
    dotnet "$app/Evently.Host.dll" --urls "http://127.0.0.1:$((port + number))" "$@" >"$work/host$number.log" 2>&1 &
  pids[number]=$!
  for _ in $(seq 120); do
    dotnet "$app/Evently.Host.dll" --probe "http://127.0.0.1:$((port + number))/health/ready" >/dev/null 2>&1 && return 0
    sleep 0.5
  done
  echo "host $number is not ready:"
  tail -5 "$work/host$number.log"
  return 1
}

# nginx as an ordinary user in a folder of its own, with these addresses in place of Docker's name of the service.
start_nginx() {
  local address
  mkdir -p "$work/conf.d" "$work/cache"
  {
    echo "upstream evently {"
    for address in "$@"; do echo "server $address max_fails=2 fail_timeout=5s;"; done
    echo "keepalive 64; }"
  } >"$work/conf.d/upstream.conf"
  sed -e "s#listen 8080#listen 127.0.0.1:$port#" -e "s#/tmp/evently-cache#$work/cache#" -e "s#/etc/nginx/conf.d/#$work/conf.d/#" deploy/nginx/evently.conf >"$work/conf.d/default.conf"
  cat >"$work/nginx.conf" <<CONF
$([ "$(id -u)" -eq 0 ] && echo "user root;")
daemon off;
pid $work/nginx.pid;
error_log $work/nginx-error.log warn;
events { worker_connections 256; }
http {
  log_format hosts '\$request_method \$uri \$status \$upstream_addr';
  access_log $work/nginx-access.log hosts;
  client_body_temp_path $work/body;
  proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fastcgi;
  uwsgi_temp_path $work/uwsgi;
  scgi_temp_path $work/scgi;
  include $work/conf.d/*.conf;
}
CONF
  nginx -t -q -e "$work/nginx-error.log" -c "$work/nginx.conf" || return 1
  nginx -e "$work/nginx-error.log" -c "$work/nginx.conf" 2>/dev/null &
  pids[9]=$!
  for _ in $(seq 50); do
    curl --silent --output /dev/null "http://127.0.0.1:$port/" && return 0
    sleep 0.1
  done
  return 1
}

url=http://127.0.0.1:$port
get() { curl --silent --show-error --max-time 45 --dump-header "$work/headers" --output "$work/body.out" "$@"; }
header() { grep -iq "^$1: *$2" "$work/headers" || { cat "$work/headers"; return 1; }; }
status() { grep -q "^HTTP/1.1 $1" "$work/headers" || { cat "$work/headers" "$work/body.out"; return 1; }; }

is_cached() {
  sleep 2.2
  get "$url/events?limit=1" && status 200 && header X-Cache '\(MISS\|EXPIRED\)' || return 1
  get "$url/events?limit=1" && header X-Cache HIT && header X-Content-Type-Options nosniff
}
expires() { sleep 2.2; get "$url/events?limit=1" && header X-Cache '\(EXPIRED\|MISS\)'; }
goes_past_the_cache() { get "$url/events?limit=1" && get -H "Authorization: Bearer $token" "$url/events?limit=1" && status 200 && header X-Cache BYPASS; }
keeps_two_forms() {
  get -H 'Accept: application/vnd.evently.seatmap+json' "$url/events/$event/seats" && status 200 && header Content-Type 'application/vnd.evently.seatmap+json' || return 1
  get -H 'Accept: application/json' "$url/events/$event/seats?limit=5" && status 200 && header Content-Type application/json || return 1
  get -H 'Accept: application/vnd.evently.seatmap+json' "$url/events/$event/seats" && header Content-Type 'application/vnd.evently.seatmap+json'
}
answers_304() {
  get -H 'Accept: application/vnd.evently.seatmap+json' "$url/events/$event/seats" || return 1
  local tag
  tag=$(tr -d '\r' <"$work/headers" | sed -n 's/^[Ee][Tt][Aa][Gg]: //p')
  [ -n "$tag" ] && get -H 'Accept: application/vnd.evently.seatmap+json' -H "If-None-Match: $tag" "$url/events/$event/seats" && status 304
}
is_compressed() { get -H 'Accept-Encoding: gzip' "$url/openapi/v1.json" && status 200 && header Content-Encoding gzip; }
passes_posts() { get -H 'Content-Type: application/json' -d '{}' "$url/user" && status 400 && header Content-Type application/problem+json; }
used_both_hosts() { for number in 1 2; do grep -q "127.0.0.1:$((port + number))" "$work/nginx-access.log" || return 1; done; }
survives_a_host() {
  end "${pids[2]}"
  for _ in $(seq 10); do get "$url/venue?limit=1&city=$RANDOM" && status 200 || return 1; done
}
refuses_floods() {
  curl --silent --dump-header "$work/all-headers" --output "$work/flood#1" "$url/nothing?[1-400]"
  grep -q '^HTTP/1.1 404' "$work/all-headers" || { echo "Nothing came through."; return 1; }
  # Headers of the first refusal.
  tr -d '\r' <"$work/all-headers" | awk -v RS= '/^HTTP\/1.1 429/ { print; exit }' >"$work/headers"
  status 429 && header Content-Type application/problem+json && header Retry-After 1 && header X-Frame-Options DENY && header Cache-Control no-store &&
    grep -q '"code":"rate_limited","trace_id":"[0-9a-f]\{32\}"' "$work"/flood*
}
# One buyer behind two proxies of the balancer's network, who claims another address with every request, against as many buyers.
flood_as() { # a pattern of X-Forwarded-For with # for the number
  local number count=0
  for number in $(seq 250); do
    [ "$(curl --silent --output /dev/null --write-out '%{http_code}' -H "X-Forwarded-For: ${1//#/$number}" "$url/nothing")" = 429 ] && count=$((count + 1))
  done
  echo "$count of 250 were refused"
  [ "$count" -gt 0 ]
}
tells_buyers_apart() { ! flood_as '203.0.113.#, 127.0.0.2'; }
believes_no_claims() { flood_as '198.51.100.#, 203.0.113.9, 127.0.0.2'; }
refuses_bulk() {
  head -c 17000000 /dev/zero >"$work/bulk"
  get -H 'Content-Type: application/json' -H 'Expect:' --data-binary "@$work/bulk" "$url/user"
  status 413 && grep -q '"code":"payload_too_large"' "$work/body.out"
}
# Two servers that take a request and hang up: how often does one arrive?
arrivals() { : >"$work/arrivals"; get "$@" "$url/user/x"; status 503 && header Content-Type application/problem+json || return 9; return "$(wc -l <"$work/arrivals")"; }
repeats_gets_only() {
  arrivals; [ $? -eq 2 ] || { echo "GET:"; cat "$work/arrivals"; return 1; }
  sleep 6   # until the servers are no longer taken for failed
  arrivals -d x; [ $? -eq 1 ] || { echo "POST:"; cat "$work/arrivals"; return 1; }
}

if ! has nginx || ! has curl; then
  skip "nginx or curl is not installed, so the proxy was not run"
elif ! has dotnet; then
  skip "there is no .NET SDK, so the proxy was not run"
else
  if nginx -v 2>&1 | awk -F'[/. ]' '{ exit !($(NF-2) * 10000 + $(NF-1) * 100 + $NF >= 12703) }' 2>/dev/null; then
    printf 'events {}\nhttp { include %s/deploy/nginx/*.conf; }\n' "$PWD" >"$work/as-is.conf"
    check "nginx takes the configuration as it is" nginx -t -e "$work/as-is.log" -c "$work/as-is.conf"
  else
    skip "this nginx is older than 1.27.3, which knows 'resolve': deploy/nginx/upstream.conf was replaced, not run"
  fi

  app=${EVENTLY_APP:-$work/app}
  [ -n "${EVENTLY_APP:-}" ] || check "the host can be published" dotnet publish src/Host/Evently.Host.csproj --configuration Release --output "$app" --nologo -v quiet

  check "a published host fills an empty store" start_host 1 --demo
  for _ in $(seq 240); do grep -q 'customer@demo.example' "$work/host1.log" && break; sleep 0.5; done
  end "${pids[1]}"
  cp -r "$work/data1" "$work/data2"
  check "a host starts again" start_host 1
  check "another host starts on a copy of its data" start_host 2
  check "nginx runs in front of two hosts" start_nginx "127.0.0.1:$((port + 1))" "127.0.0.1:$((port + 2))"
  event=$(curl --silent "$url/events?limit=1" | sed 's/.*"event_id":"\([^"]*\)".*/\1/')
  token=$(curl --silent "$url/user/token" -H 'Content-Type: application/json' -d '{"email": "customer@demo.example", "password": "evently-demo-2030"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

  check "an anonymous read is kept" is_cached
  check "for one second (nginx counts whole ones, so up to two)" expires
  check "a signed-in caller's is not" goes_past_the_cache
  check "the two forms of the seats are kept apart" keeps_two_forms
  check "a seat map that did not change is answered with 304" answers_304
  check "answers are compressed" is_compressed
  check "a POST reaches a host and its problem comes back" passes_posts
  check "both hosts take requests" used_both_hosts
  check "a body that is too large is refused with a problem" refuses_bulk
  check "a flood from one address is refused with a problem" refuses_floods
  sleep 3
  check "a host that ends is left out" survives_a_host
  end "${pids[9]}"
  sed 's#10.0.0.0/16#127.0.0.0/8#' deploy/nginx/balancer.inc.example >"$work/conf.d/balancer.inc"
  check "nginx runs behind a load balancer" start_nginx "127.0.0.1:$((port + 1))"
  check "and limits each buyer, not the balancer" tells_buyers_apart
  check "whatever buyers claim" believes_no_claims
  rm "$work/conf.d/balancer.inc"
  end "${pids[9]}"
  end "${pids[1]}"

  if has python3; then
    python3 - "$work/arrivals" $((port + 1)) $((port + 2)) <<'PYTHON' &
import socketserver, sys, threading
class HangUp(socketserver.BaseRequestHandler):
    def handle(self):
        line = self.request.recv(65536).split(b"\r\n")[0]
        if b"/user/x" in line:
            with open(sys.argv[1], "ab") as file:
                file.write(line + b"\n")
socketserver.ThreadingTCPServer.allow_reuse_address = True
for port in sys.argv[2:]:
    threading.Thread(target=socketserver.ThreadingTCPServer(("127.0.0.1", int(port)), HangUp).serve_forever).start()
PYTHON
    pids[3]=$!
    sleep 1
    check "nginx runs in front of servers that hang up" start_nginx "127.0.0.1:$((port + 1))" "127.0.0.1:$((port + 2))"
    sleep 6
    check "what a host dropped is tried on another if it is a GET, never if it is a POST" repeats_gets_only
  else
    skip "there is no python3, so the repetition of dropped requests was not tried"
  fi
fi

echo "$failures failed."
[ "$failures" -eq 0 ]
