//go:build linux

package readers

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// compose is as much of a file of docker compose as ours has.
type compose struct {
	Services map[string]struct {
		Image    string
		Command  []string
		EnvFile  []string `json:"env_file"`
		User     string
		Volumes  []struct{ Type, Source, Target string }
		Networks map[string]struct {
			Address string `json:"ipv4_address"`
		}
		Healthcheck struct{ Test []string }
	}
	Networks map[string]struct {
		IPAM struct{ Config []struct{ Subnet string } }
	}
}

// readYAML reads YAML as another reader does.
func readYAML(t *testing.T, text []byte, into any) {
	t.Helper()
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import yaml").Run() != nil {
		need.Missing(t, "apt-get install python3-yaml")
	}
	cmd := exec.Command(python, "-c", "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)")
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// What `--format compose` writes is run as Docker would run it: the command of the
// sidecar at its address, with its files and variables, and programs with theirs. There
// is nothing else in that network.
func TestCompose(t *testing.T) {
	unshare, ip := need.Program(t, "unshare", "util-linux"), need.Program(t, "ip", "iproute2")
	need.Program(t, "curl", "curl")
	if err := exec.Command(unshare, "-rn", ip, "link", "set", "lo", "up").Run(); err != nil {
		t.Skipf("there is no network namespace for this user here (%v): run outside a container", err)
	}
	w := world.New(t)
	socket, variables := filepath.Join(w.Dir, "dev.sock"), filepath.Join(w.Home, "vault.env")
	printed := serving(t, w, "dev", "--socket", socket, "--format", "compose", "--env-file", "~/vault.env")
	text, err := os.ReadFile(printed)
	if err != nil {
		t.Fatal(err)
	}
	var files []compose
	readYAML(t, text, &files)
	s := files[0].Services["aws-credentials"]
	const address = "169.254.170.2"
	if s.Networks["aws-credentials"].Address != address || files[0].Networks["aws-credentials"].IPAM.Config[0].Subnet != "169.254.170.0/24" || len(s.EnvFile) != 1 || s.EnvFile[0] != variables || len(s.Volumes) != 2 || s.Image == "" {
		t.Fatalf("%+v", files[0])
	}
	info, err := os.Stat(variables)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the token: %v, %v", info.Mode(), err)
	}
	secrets, err := os.ReadFile(variables)
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(string(secrets), "AWS_CONTAINER_AUTHORIZATION_TOKEN=")
	token, _, _ = strings.Cut(token, "\n")
	if len(token) != 43 || bytes.Contains(text, []byte(token)) || !strings.Contains(string(secrets), "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://"+address+"/l/") {
		t.Errorf("%s\n%s", secrets, text)
	}
	inside := func(args []string) string {
		var words []string
		for _, arg := range args {
			for _, v := range s.Volumes {
				if arg == v.Target {
					arg = v.Source
				}
			}
			words = append(words, quote(arg))
		}
		return strings.Join(words, " ")
	}
	python := debianBoto3(t)
	cmd := exec.Command(unshare, "-rn", "bash", "-c", quote(ip)+" link set lo up; "+quote(ip)+" addr add "+address+"/24 dev lo; set -a; . "+quote(variables)+"; set +a\n"+
		inside(s.Command)+" & P=$!\n"+
		"for i in {1..300}; do curl -sS "+quote(s.Healthcheck.Test[len(s.Healthcheck.Test)-1])+" 2>/dev/null && break; sleep 0.1; done\n"+
		"curl -sS -H \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" $AWS_CONTAINER_CREDENTIALS_FULL_URI | grep -o 'role/reader'; "+
		"curl -sS -H 'Authorization: x' $AWS_CONTAINER_CREDENTIALS_FULL_URI | grep -o Forbidden; "+
		quote(python)+" -c 'import boto3; print(boto3.Session().get_credentials().get_frozen_credentials().access_key[:4])'; "+
		quote(debianCLI(t))+" configure list | grep access_key | grep -o container-role; "+sdk(t)+" keys | cut -c 1-4; "+javaScript(t)+" keys | cut -c 1-4\n"+
		"kill $P; wait $P; echo $?")
	cmd.Env, cmd.Dir = []string{"PATH=" + os.Getenv("PATH"), "HOME=/proc/nonexistent", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"}, "/"
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, errs.String())
	}
	if got, want := out.String(), "ok\nrole/reader\nForbidden\nASIA\ncontainer-role\nASIA\nASIA\n0\n"; got != want {
		t.Errorf("got %s, want %s\n%s", got, want, errs.String())
	}
}

// A unit reads the same variables. They go when the server does.
func TestSystemd(t *testing.T) {
	w := world.New(t)
	variables := filepath.Join(w.Home, "vault.env")
	t.Run("serves", func(t *testing.T) {
		text, err := os.ReadFile(serving(t, w, "dev", "--format", "systemd", "--env-file", variables))
		if err != nil || !strings.HasSuffix(string(text), "\n[Service]\nEnvironmentFile="+variables+"\n") {
			t.Errorf("%s, %v", text, err)
		}
		out, errs := shell(t, w, w.Environ(), "set -a; . "+quote(variables), readers[0].find(t))
		if strings.TrimSpace(out) != role {
			t.Errorf("it is %q\n%s", out, errs)
		}
	})
	if _, err := os.Lstat(variables); !os.IsNotExist(err) {
		t.Errorf("the file with the token stays: %v", err)
	}
}

// The YAML and JSON of docs/servers.md is that, and its commands are ours.
func TestTheGuidesOfServers(t *testing.T) {
	root, err := world.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "servers.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "\n```")
	found := map[string]int{}
	for i := 1; i < len(blocks); i += 2 {
		kind, body, _ := strings.Cut(blocks[i], "\n")
		var documents []map[string]any
		readYAML(t, []byte(body), &documents) // JSON is YAML
		found[kind] += len(documents)
		for _, d := range documents {
			if spec, ok := d["spec"].(map[string]any); ok {
				command := spec["containers"].([]any)[0].(map[string]any)["command"].([]any)
				if command[1] != "serve" || command[2] != "--connect" || command[4] != "--" {
					t.Errorf("the pod runs %v", command)
				}
			}
		}
	}
	if found["yaml"] != 3 || found["json"] != 1 {
		t.Errorf("%v documents", found)
	}
}
