//go:build unix

// Package readers has real AWS tools read what vault puts into a shell: the AWS
// CLI and boto3 of Debian, the AWS SDKs for Go and for JavaScript and, where they are,
// the AWS CLI 1 and boto3 of pip. Each says who it is, to the fake AWS or to moto.
package readers

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

// reader is a tool that reads credentials as its users have it read them.
type reader struct {
	name string
	// find returns a command that prints the ARN of whoever it is, as words of bash.
	find func(t *testing.T) string
	// noProfile is what it says of a profile that does not exist.
	noProfile string
}

var readers = []reader{
	{"AWS CLI 2", func(t *testing.T) string { return identity(debianCLI(t)) }, "could not be found"},
	{"AWS SDK for Go", sdk, "failed to get shared config profile"},
	{"AWS SDK for JavaScript", javaScript, "ENOENT"},
	{"boto3 of Debian", func(t *testing.T) string {
		return quote(debianBoto3(t)) + ` -c 'import boto3, os; print(boto3.client("sts", endpoint_url=os.environ["AWS_ENDPOINT_URL_STS"]).get_caller_identity()["Arn"])'`
	}, "could not be found"},
	{"AWS CLI 1", func(t *testing.T) string { return identity(python(t, "aws")) }, "could not be found"},
	{"boto3", func(t *testing.T) string {
		return quote(python(t, "python3")) + ` -c 'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])'`
	}, "could not be found"},
}

// identity asks an AWS CLI. Those before 2.13 do not know AWS_ENDPOINT_URL_STS.
func identity(cli string) string {
	return quote(cli) + ` sts get-caller-identity --endpoint-url "$AWS_ENDPOINT_URL_STS" --query Arn --output text`
}

// debianCLI is the AWS CLI 2 of Debian, and not what another one puts before it
// on PATH.
func debianCLI(t *testing.T) string {
	t.Helper()
	path := "/usr/bin/aws"
	if _, err := os.Stat(path); err != nil {
		if path, err = exec.LookPath("aws"); err != nil {
			need.Missing(t, "apt-get install awscli")
		}
	}
	if out, err := exec.Command(path, "--version").CombinedOutput(); err != nil || !bytes.HasPrefix(out, []byte("aws-cli/2.")) {
		need.Missing(t, "apt-get install awscli (2.x)")
	}
	return path
}

var buildSDK = sync.OnceValues(func() (string, error) {
	root, err := world.Root()
	if err != nil {
		return "", err
	}
	program := filepath.Join(root, "build", "test", "gosdk")
	temp := fmt.Sprintf("%s.%d", program, os.Getpid())
	cmd := exec.Command("go", "build", "-trimpath", "-o", temp, "./tests/readers/gosdk")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build gosdk: %w\n%s", err, out)
	}
	return program, os.Rename(temp, program)
})

func sdk(t *testing.T) string {
	t.Helper()
	program, err := buildSDK()
	if err != nil {
		t.Fatal(err)
	}
	return quote(program)
}

var installJavaScript = sync.OnceValues(func() (string, error) {
	root, err := world.Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "build", "test", "jssdk")
	out, err := exec.Command("sh", filepath.Join(root, "tests", "readers", "jssdk", "install"), dir).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return filepath.Join(dir, "who.js"), err
})

// javaScript is a command that says who the AWS SDK for JavaScript is.
func javaScript(t *testing.T) string {
	t.Helper()
	node := need.Program(t, "node", "nodejs npm")
	script, err := installJavaScript()
	if err != nil {
		t.Log(err)
		need.Missing(t, "tests/readers/jssdk/install build/test/jssdk   needs npm and its registry")
	}
	return quote(node) + " --no-warnings " + quote(script)
}

// python finds a program of the Python that has moto, boto3 and the AWS CLI 1.
// They are a bonus: no package of Debian brings them, so nobody has to have them.
func python(t *testing.T, name string) string {
	t.Helper()
	server, err := resolved("moto_server")
	if err == nil {
		name, err = exec.LookPath(filepath.Join(filepath.Dir(server), name))
	}
	if err != nil {
		need.Bonus(t, "pip install moto[server] boto3 awscli")
	}
	return name
}

// resolved finds a program on PATH. A shim of pyenv needs the real home, which the
// world has not, so it is followed.
func resolved(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil || !strings.Contains(path, "/shims/") {
		return path, err
	}
	out, err := exec.Command("pyenv", "which", name).Output()
	return strings.TrimSpace(string(out)), err
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// shell runs lines in one bash with the hook, and returns what they print.
func shell(t *testing.T, w *world.World, environ []string, lines ...string) (stdout, stderr string) {
	t.Helper()
	bash := need.Program(t, "bash", "bash")
	script := fmt.Sprintf("eval \"$(%s hook bash)\" || exit 9\n%s\n", quote(w.Vault), strings.Join(lines, "\n"))
	cmd := exec.Command(bash, "--noprofile", "--norc", "-c", script)
	cmd.Env, cmd.Dir = environ, w.Home
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

const (
	role   = "arn:aws:sts::111122223333:assumed-role/reader/vault-tester"
	region = "eu-central-1" // of the profile
)

// inEach runs a test with each reader. The world is one: none of them changes it.
func inEach(t *testing.T, test func(t *testing.T, r reader, who string, w *world.World)) {
	w := world.New(t)
	for _, r := range readers {
		t.Run(r.name, func(t *testing.T) { test(t, r, r.find(t), w) })
	}
}

// hostile is what a shell may have from elsewhere: every one of these would have
// some tool take other credentials, or none.
var hostile = []string{
	"AWS_PROFILE=doesnotexist",
	"AWS_DEFAULT_PROFILE=neitherdoesthis",
	"AWS_ACCESS_KEY_ID=AKIASTALESTALESTALE0",
	"AWS_SECRET_ACCESS_KEY=stale secret",
	"AWS_SESSION_TOKEN=stale token",
	"AWS_SECURITY_TOKEN=stale",
	"AWS_CREDENTIAL_EXPIRATION=2001-01-01T00:00:00Z",
	"AWS_ACCESS_KEY=AKIASTALESTALESTALE0",
	"AWS_SECRET_KEY=stale",
	"AWS_ACCOUNT_ID=999999999999",
	"AWS_CREDENTIAL_FILE=/proc/nonexistent/credentials",
	"AWS_SDK_LOAD_CONFIG=0",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/none",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/none",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN=stale",
	"AWS_WEB_IDENTITY_TOKEN_FILE=/proc/nonexistent/token",
	"AWS_ROLE_ARN=arn:aws:iam::111122223333:role/reader", // a setting of vault's as well, so it is the right one
	"AWS_ROLE_SESSION_NAME=vault-tester",
	"AWS_BEARER_TOKEN_BEDROCK=stale",
	"AWS_REGION=us-gov-west-1",
	"AWS_DEFAULT_REGION=",
}

func TestEachReaderIsTheRole(t *testing.T) {
	inEach(t, func(t *testing.T, r reader, who string, w *world.World) {
		out, _ := shell(t, w, w.Environ(),
			"vault use dev || exit",
			who,
		)
		if arn, _, _ := strings.Cut(strings.TrimSpace(out), " "); arn != role {
			t.Errorf("it is %q, want %q", out, role)
		}
	})
}

// What was there before does not matter to the reader, and is there again after.
func TestEarlierVariablesDoNotMatterAndComeBack(t *testing.T) {
	inEach(t, func(t *testing.T, r reader, who string, w *world.World) {
		const mark = "====="
		out, errs := shell(t, w, w.Environ(hostile...),
			"env -0 | grep -z '^AWS_' | sort -z | tr '\\0' '\\n'; echo "+mark,
			// They are hostile indeed.
			who+" && exit 8; echo "+mark,
			"vault use dev || exit",
			who+" || exit; echo "+mark,
			"vault off || exit",
			"env -0 | grep -z '^AWS_' | sort -z | tr '\\0' '\\n'",
		)
		parts := strings.Split(out, mark+"\n")
		if len(parts) != 4 {
			t.Fatalf("it printed:\n%s\n%s", out, errs)
		}
		if !strings.Contains(errs, r.noProfile) {
			t.Errorf("before: it does not say %q:\n%s", r.noProfile, errs)
		}
		if arn, _, _ := strings.Cut(strings.TrimSpace(parts[2]), " "); arn != role {
			t.Errorf("it is %q, want %q", parts[2], role)
		}
		if diff := cmp.Diff(parts[0], parts[3]); diff != "" {
			t.Errorf("variables before use and after off (-before +after):\n%s", diff)
		}
	})
}

// The AWS CLI itself says where it has its settings from.
func TestTheAWSCLITakesEverythingFromTheEnvironment(t *testing.T) {
	w := world.New(t)
	for name, find := range map[string]func(*testing.T) string{
		"AWS CLI 2": debianCLI,
		"AWS CLI 1": func(t *testing.T) string { return python(t, "aws") },
	} {
		t.Run(name, func(t *testing.T) {
			cli := quote(find(t))
			out, _ := shell(t, w, w.Environ("AWS_PROFILE=doesnotexist", "AWS_REGION=us-west-2"),
				"vault use dev || exit",
				"echo ${AWS_ACCESS_KEY_ID: -4}",
				cli+" configure list",
			)
			id, list, _ := strings.Cut(out, "\n")
			for _, want := range []string{
				`profile[ :]+<not set>`,
				`access_key[ :]+\*+` + id + `[ :]+env\b`,
				`secret_key[ :]+\*+\S+[ :]+env\b`,
				`region[ :]+` + region + `[ :]+env\b`,
			} {
				if !regexp.MustCompile(want).MatchString(list) {
					t.Errorf("it does not say %s:\n%s", want, list)
				}
			}
		})
	}
}

// The SDK says so too.
func TestTheSDKTakesEverythingFromTheEnvironment(t *testing.T) {
	w := world.New(t)
	out, _ := shell(t, w, w.Environ("AWS_PROFILE=doesnotexist", "AWS_REGION=us-west-2"),
		"vault use dev || exit",
		sdk(t),
	)
	if want := role + " " + region + " EnvConfigCredentials\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// A user's own key becomes a session, which says it is the user.
func TestASessionIsTheUser(t *testing.T) {
	inEach(t, func(t *testing.T, r reader, who string, w *world.World) {
		out, _ := shell(t, w, w.Environ(),
			"vault use plain || exit",
			`[[ $AWS_ACCESS_KEY_ID == ASIA* && -n $AWS_SESSION_TOKEN ]] || exit`,
			who,
		)
		if arn, _, _ := strings.Cut(strings.TrimSpace(out), " "); arn != "arn:aws:iam::111122223333:user/jon" {
			t.Errorf("it is %q, want the user", out)
		}
	})
}
