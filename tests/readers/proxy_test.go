//go:build linux

package readers

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// apart runs lines of bash in a network of its own, where only the loopback is, with a
// /run of its own. In them V is vault, and dev a profile that needs no network. The user
// is root there.
func apart(t *testing.T, lines string) string {
	t.Helper()
	unshare := need.Program(t, "unshare", "util-linux")
	need.Program(t, "ip", "iproute2")
	need.Program(t, "curl", "curl")
	if out, err := exec.Command(unshare, "-rnm", "mount", "-t", "tmpfs", "none", "/run").CombinedOutput(); err != nil {
		t.Skipf("there are no namespaces for this user here (%v: %s): run outside a container", err, out)
	}
	w := world.New(t)
	if err := w.WriteConfig(`[profile dev]
region = eu-central-1
credential_process = echo '{"Version":1,"AccessKeyId":"ASIAEXAMPLEEXAMPLE00","SecretAccessKey":"x","SessionToken":"t","Expiration":"2035-01-01T00:00:00Z"}'
`); err != nil {
		t.Fatal(err)
	}
	// The root is another one, without the marks of a container, if this is one.
	const enter = `set -e; R="$T/root"; mkdir "$R"; mount -t tmpfs none "$R"
for f in /*; do
	if [ -L "$f" ]; then cp -P "$f" "$R$f"; elif [ -d "$f" ] && [ "$f" != /run ]; then mkdir "$R$f"; mount --rbind "$f" "$R$f"; fi
done
mkdir "$R/run"; ip link set lo up; exec chroot "$R" bash -c "$0"`
	const begin = `set -u; cd "$HOME"
lo() { ip -o -4 addr show dev lo | grep -c 169.254.169.254 || true; }
until_lo() { for i in {1..300}; do [ "$(lo)" = "$1" ] && return; sleep 0.1; done; echo "the address is there $(lo) times, not $1"; }
until_file() { for i in {1..300}; do [ -s "$1" ] && return; sleep 0.1; done; echo "no $1"; }
proxy() { : >"$T/log"; "$V" proxy "$@" 2>"$T/log" & P=$!; for i in {1..300}; do grep -q 'is on the loopback' "$T/log" && return; sleep 0.1; done; echo "no proxy: $(cat "$T/log")"; }
refused() { timeout -k 1 20 "$V" proxy "$@" 2>&1 | head -n 1; }
token() { curl -sS -X PUT -H 'X-Aws-Ec2-Metadata-Token-Ttl-Seconds: 60' http://169.254.169.254/latest/api/token; }
key() { curl -sS -H "X-Aws-Ec2-Metadata-Token: $(token)" http://169.254.169.254/latest/meta-data/iam/security-credentials/local-credentials | grep -o 'ASIA[A-Z0-9]*'; }
export -f lo token key
`
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	flags := "-rnmp"
	if strings.Contains(lines, "setpriv") { // there are more users than one
		flags = "-nmp"
	}
	cmd := exec.CommandContext(ctx, unshare, flags, "--kill-child", "bash", "-c", enter, begin+lines+"\ntrue")
	cmd.Env, cmd.Dir = w.Environ("V="+w.Vault, "T="+t.TempDir()), w.Home
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, 5*time.Second
	if err := cmd.Run(); err != nil {
		t.Errorf("%v", err)
	}
	return out.String()
}

// says compares what lines of bash print, line by line: some begin as is said.
func says(t *testing.T, got string, want ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	for i, line := range lines {
		if i >= len(want) || !strings.HasPrefix(line, want[i]) {
			t.Fatalf("line %d: %s\nall:\n%s\nwant:\n%s", i+1, line, got, strings.Join(want, "\n"))
		}
	}
	if len(lines) != len(want) {
		t.Errorf("it ends early:\n%s", got)
	}
}

// Programs that know nothing but the address are served there: by a proxy that runs.
func TestProxy(t *testing.T) {
	python, cli := debianBoto3(t), debianCLI(t)
	got := apart(t, `
proxy
stat -c '%F %a' /run/awsvault-proxy.sock
ip -o -4 addr show dev lo | grep -o '169.254.169.254/32 scope host dynamic'
"$V" exec dev --ec2-server -- bash -c 'echo $AWS_EC2_METADATA_SERVICE_ENDPOINT; unset AWS_EC2_METADATA_SERVICE_ENDPOINT; key
	`+sdk(t)+` keys
	`+quote(python)+` -c "import boto3; print(boto3.Session().get_credentials().get_frozen_credentials().access_key)"
	`+javaScript(t)+` keys
	`+quote(cli)+` configure list | grep access_key | grep -o iam-role
	curl -sS -H "Host: evil.example" http://169.254.169.254/latest/; echo
	AWS_VAULT= "$V" exec dev --ec2-server -- bash -c "echo \${AWS_EC2_METADATA_SERVICE_ENDPOINT%:*}"
	AWS_VAULT= "$V" exec dev --ec2-server=address -- true'
curl -sS http://169.254.169.254/stop 2>&1; echo
"$V" exec dev --ec2-server=address -- bash -c key
"$V" proxy
"$V" proxy --stop; wait $P; echo "it ended with $?, and the address is there $(lo) times"
ls /run
"$V" proxy --stop
`)
	says(t, got,
		"socket 666",
		"169.254.169.254/32 scope host dynamic",
		"http://169.254.169.254/",
		"ASIAEXAMPLEEXAMPLE00",
		"ASIAEXAMPLEEXAMPLE00",
		"ASIAEXAMPLEEXAMPLE00",
		"ASIAEXAMPLEEXAMPLE00",
		"iam-role",
		`{"code":"Refused","message":"vault: the Host header is not the address of this server"}`,
		"vault: note: serving on 127.0.0.1, not 169.254.169.254: another program serves on 169.254.169.254",
		"http://127.0.0.1",
		"vault: 169.254.169.254 cannot be used: another program serves on 169.254.169.254",
		"  hint: vault exec PROFILE --ec2-server -- CMD works without the address",
		"curl: (7) Failed to connect to 169.254.169.254",
		"",
		"ASIAEXAMPLEEXAMPLE00",
		"vault: a vault proxy is running already",
		"  hint: vault proxy --stop ends it",
		"the proxy has ended, and 169.254.169.254 is gone",
		"it ended with 0, and the address is there 0 times",
		"vault: no vault proxy is running",
		"  hint: vault off   leaves the server of a shell",
	)
}

// Without one, exec starts a proxy for its command: it outlives Ctrl-C, and nothing
// else.
func TestProxyOfOneCommand(t *testing.T) {
	got := apart(t, `
mkfifo "$T/go"
setsid -w "$V" exec dev --server --ec2-server=address -- bash -c 'trap : INT; echo ${AWS_CONTAINER_CREDENTIALS_FULL_URI%:*}; key; kill -INT 0; sleep 0.3; key; lo; exit 7'
echo $?; until_lo 0
"$V" exec dev --ec2-server=address -- bash -c 'echo $PPID >"$T/pid"; read <"$T/go"' 2>/dev/null &
until_file "$T/pid"; until_lo 1
disown -a; kill -9 $(cat "$T/pid"); until_lo 0; echo "gone"
touch /run/.containerenv
"$V" exec dev --ec2-server=address -- echo started
ls /run
`)
	says(t, got,
		"http://127.0.0.1",
		"ASIAEXAMPLEEXAMPLE00",
		"ASIAEXAMPLEEXAMPLE00",
		"1",
		"7",
		"gone",
		"vault: this looks like a container (/run/.containerenv)",
		"  hint: --in-container",
		"vault: the proxy could not be started by ",
		"  hint: in another terminal:  sudo vault proxy",
	)
}

// Another user gets neither the socket nor an answer.
func TestProxyIsForItsUser(t *testing.T) {
	need.Root(t, "who can be two users")
	need.Program(t, "setpriv", "util-linux")
	got := apart(t, `
proxy --allow-uid 65534
mkdir -m 755 /run/a /run/b && cp "$HOME/.aws/config" /run/config && cp "$V" /run/vault && chmod 644 /run/config && chown 65534 /run/a && chown 65533 /run/b && cd /
export AWS_CONFIG_FILE=/run/config V=/run/vault
as() { HOME=$1 setpriv --reuid="$2" --regid="$2" --clear-groups "${@:3}"; }
as /run/b 65533 "$V" exec dev --ec2-server=address -- true 2>&1 | head -n 1
as /run/b 65533 "$V" exec dev --ec2-server -- bash -c 'echo ${AWS_EC2_METADATA_SERVICE_ENDPOINT%:*}'
as /run/b 65533 "$V" proxy --stop
mkfifo /run/go; chmod 666 /run/go
as /run/a 65534 "$V" exec dev --ec2-server -- bash -c 'key >/run/a/key; read </run/go' &
until_file /run/a/key; cat /run/a/key
as /run/b 65533 curl -sS http://169.254.169.254/latest/; echo
as /run/a 65534 "$V" proxy --stop
echo go >/run/go; wait
`)
	const refused = "169.254.169.254 cannot be used: user 65533 may not use 169.254.169.254: vault proxy --allow-uid 65533"
	says(t, got,
		"vault: "+refused,
		"vault: note: serving on 127.0.0.1, not 169.254.169.254: user 65533",
		"http://127.0.0.1",
		"vault: user 65533 may not use 169.254.169.254",
		"ASIAEXAMPLEEXAMPLE00",
		`{"code":"Refused","message":"vault: this server answers only programs of the user who started it"}`,
		"the proxy has ended, and 169.254.169.254 is gone",
	)
}

// What has the address elsewhere, or answers there, is left alone. A proxy that is
// killed leaves nothing for long.
func TestProxyRefuses(t *testing.T) {
	got := apart(t, `
touch /run/.containerenv
refused
"$V" proxy --in-container 2>"$T/log" & P=$!
until_lo 1; kill $P; wait $P; echo "$?, $(lo)"; rm /run/.containerenv
{ ip link add other type dummy || ip link add other type veth || ip link add other type ifb || ip tuntap add other mode tap; } 2>/dev/null && ip addr add 169.254.169.254/16 dev other
refused
ip link del other
ip addr add 169.254.169.254/32 dev lo
python3 -c 'import http.server; http.server.HTTPServer(("169.254.169.254", 80), http.server.SimpleHTTPRequestHandler).serve_forever()' 2>/dev/null & S=$!
for i in {1..300}; do curl -sS -o /dev/null http://169.254.169.254/ 2>/dev/null && break; sleep 0.1; done
refused
disown $S; kill $S; for i in {1..300}; do curl -sS -o /dev/null http://169.254.169.254/ 2>/dev/null || break; sleep 0.1; done
proxy --lifetime 2s
disown -a; kill -9 $P
until_lo 0; echo "the kernel took it away"
ls /run
proxy; "$V" exec dev --ec2-server=address -- bash -c key; kill $P; wait $P; echo "it ended with $?"; lo
refused --allow-uid x
refused --hand-over
`)
	says(t, got,
		"vault: this looks like a container (/run/.containerenv), whose 169.254.169.254 may be that of its machine",
		"0, 0",
		"vault: other has the address 169.254.169.254 already",
		"vault: something answers at 169.254.169.254:80 already",
		"the kernel took it away",
		"awsvault-proxy.sock",
		"ASIAEXAMPLEEXAMPLE00",
		"it ended with 0",
		"0",
		`vault: --allow-uid "x" is not the number of a user`,
		"vault: stdout is not a socket",
	)
}
