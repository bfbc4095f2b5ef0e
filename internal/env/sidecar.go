package env

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// SidecarAddress is one of the few addresses apart from the loopback from which every SDK
// accepts credentials over HTTP (AWS SDKs and Tools Reference Guide, "Container credential
// provider").
const SidecarAddress = "169.254.170.2"

// Sidecar lets containers ask a server on their host: one more container forwards to the
// server, from an address that SDKs accept.
type Sidecar struct {
	Program string // this program, for Linux
	Profile string
	Socket  string // the server's socket; empty: use URL
	URL     string // the lease, as seen from a container
	EnvFile string // the file with the lease, for programs and the sidecar
	User    string // who may connect to the socket: uid:gid; empty: root
}

// Compose writes a file for `docker compose -f compose.yaml -f THIS`. It quotes all texts as
// JSON, which is valid YAML.
func (s Sidecar) Compose() (string, error) {
	command := []string{"/vault", "serve", "--connect", "/run/vault.sock", "--profile", s.Profile, "--bind", SidecarAddress, "--port", "80", "--i-know"}
	if s.Socket == "" {
		command = []string{"/vault", "serve", "--connect", s.URL, "--bind", SidecarAddress, "--port", "80", "--i-know"}
	}
	var failed error
	text := func(values ...string) string {
		var quoted []string
		for _, v := range values {
			if !utf8.ValidString(v) {
				failed = errUTF8
			}
			q, err := json.Marshal(strings.ReplaceAll(v, "$", "$$")) // compose expands $NAME
			if err != nil {
				failed = err
			}
			quoted = append(quoted, string(q))
		}
		return strings.Join(quoted, ", ")
	}
	var b strings.Builder
	b.WriteString(`# Each service that asks for credentials needs:
#   env_file: [` + text(s.EnvFile) + `]
#   networks: [default, aws-credentials]
#   depends_on: {aws-credentials: {condition: service_healthy}}
services:
  aws-credentials:
    image: busybox:stable
    command: [` + text(command...) + `]
    env_file: [` + text(s.EnvFile) + `]
`)
	if s.User != "" {
		b.WriteString("    user: " + text(s.User) + "\n")
	}
	b.WriteString("    volumes:\n      - {type: bind, source: " + text(s.Program) + ", target: /vault, read_only: true}\n")
	if s.Socket != "" {
		b.WriteString("      - {type: bind, source: " + text(s.Socket) + ", target: /run/vault.sock}\n")
	}
	b.WriteString(`    networks:
      default:
      aws-credentials: {ipv4_address: ` + SidecarAddress + `}
    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, "http://` + SidecarAddress + `/health"]
      interval: 2s
      timeout: 2s
      retries: 15
    restart: on-failure
networks:
  aws-credentials:
    ipam:
      config: [{subnet: 169.254.170.0/24}]
`)
	return b.String(), failed
}

// Systemd writes a drop-in for the unit of a program, see systemd.exec(5), EnvironmentFile.
func (s Sidecar) Systemd() (string, error) {
	if strings.ContainsFunc(s.EnvFile, func(r rune) bool { return r < ' ' }) || strings.HasSuffix(s.EnvFile, `\`) {
		return "", errors.New("format systemd: the path of the file cannot be in a unit")
	}
	return fmt.Sprintf("# for a unit NAME.service:  systemctl --user edit NAME.service\n[Service]\nEnvironmentFile=%s\n", strings.ReplaceAll(s.EnvFile, "%", "%%")), nil
}
