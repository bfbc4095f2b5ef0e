//go:build unix

package readers

import (
	"bufio"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"awsvault/internal/env"
	"awsvault/tests/need"
	"awsvault/tests/world"
)

// left are the variables of the AWS CLI that `use` and `exec` leave as they are, and
// why. One that is in neither list fails the test: it may be another identity.
var left = map[string]string{
	// Where the files are. Keys in variables go before keys in any file.
	"AWS_CONFIG_FILE": "where a file is", "AWS_SHARED_CREDENTIALS_FILE": "where a file is", "AWS_DATA_PATH": "where a file is",
	"AWS_LOGIN_CACHE_DIRECTORY": "where a file is", "AWS_CLI_HISTORY_FILE": "where a file is",
	// How calls are made. None of these has another identity.
	"AWS_ACCOUNT_ID_ENDPOINT_MODE": "how a call is made; the account in it is AWS_ACCOUNT_ID's, which is set",
	"AWS_AUTH_SCHEME_PREFERENCE":   "how a call is signed; a bearer token is taken away, so that there is none to prefer",
	"AWS_CA_BUNDLE":                "which certificates are trusted", "AWS_DEFAULTS_MODE": "how a call is made",
	"AWS_SIGV4A_SIGNING_REGION_SET":  "how a call is signed, with the same keys",
	"AWS_ENDPOINT_DISCOVERY_ENABLED": "how a call is made", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "how a call is made: the person's wish",
	"AWS_MAX_ATTEMPTS": "how a call is made", "AWS_RETRY_MODE": "how a call is made", "AWS_NEW_RETRIES_2026": "how a call is made",
	"AWS_STS_REGIONAL_ENDPOINTS": "how a call is made", "AWS_USE_DUALSTACK_ENDPOINT": "how a call is made", "AWS_USE_FIPS_ENDPOINT": "how a call is made",
	"AWS_DISABLE_HOST_PREFIX_INJECTION": "how a call is made", "AWS_DISABLE_REQUEST_COMPRESSION": "how a call is made",
	"AWS_REQUEST_CHECKSUM_CALCULATION": "how a call is made", "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "how a call is made",
	"AWS_RESPONSE_CHECKSUM_VALIDATION": "how a call is made", "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH": "how a call is made",
	"AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS": "how a call is made", "AWS_S3_USE_ARN_REGION": "how a call is made",
	"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "how a call is made", "AWS_PARTITION": "how a call is made", "AWS_CLI_S3_MV_VALIDATE_SAME_S3_PATHS": "how a call is made",
	// The instance's credentials come after keys in variables. Where the metadata
	// service is ours (exec --ec2-server), the variables that lead to it are taken over.
	"AWS_EC2_METADATA_V1_DISABLED": "comes after the keys", "AWS_IMDS_USE_IPV6": "comes after the keys",
	"AWS_METADATA_SERVICE_NUM_ATTEMPTS": "comes after the keys", "AWS_METADATA_SERVICE_TIMEOUT": "comes after the keys",
	// What is said and shown.
	"AWS_DEFAULT_OUTPUT": "how it is shown", "AWS_PAGER": "how it is shown", "AWS_CLI_FILE_ENCODING": "how files are read", "AWS_CLI_AUTO_PROMPT": "how it asks",
	"AWS_CLI_UPGRADE_DEBUG_MODE": "what is said", "AWS_SDK_UA_APP_ID": "what is said of the program", "AWS_EXECUTION_ENV": "what is said of the program",
	"AWS_LAMBDA_FUNCTION_NAME": "what is said of the program", "AWS_CSM_CLIENT_ID": "metrics", "AWS_CSM_ENABLED": "metrics", "AWS_CSM_HOST": "metrics", "AWS_CSM_PORT": "metrics",
	"AWS_ERROR_HTTP_CONNECTION_CLOSED": "the name of an error", "AWS_ERROR_HTTP_WEBSOCKET_CLOSE_FRAME_SENT": "the name of an error",
	"AWS_SSM_START_SESSION_RESPONSE": "the CLI sets it for its plugin", "AWS_TEST_COMMAND": "tests of the CLI's own",
}

// named are variables in the source of the AWS CLI. Those whose end is a service are
// put together there.
var named = regexp.MustCompile(`["'](AWS_[A-Z0-9_]+)["'{]`)

// Each variable that the AWS CLI reads is taken over by an activation, or stands
// above with a reason.
func TestEveryVariableOfTheAWSCLIIsTakenOverOrLeftForAReason(t *testing.T) {
	var roots []string
	for _, dir := range []string{"/usr/lib/python3/dist-packages/awscli", "/usr/lib/python3/dist-packages/botocore"} {
		if _, err := os.Stat(dir); err == nil {
			roots = append(roots, dir)
		}
	}
	if len(roots) == 0 {
		need.Missing(t, "apt-get install awscli")
	}
	if program, err := resolved("aws"); err == nil { // a newer one, of pip
		lib := filepath.Join(filepath.Dir(program), "..", "lib")
		found, _ := filepath.Glob(filepath.Join(lib, "python3*", "site-packages", "botocore"))
		cli, _ := filepath.Glob(filepath.Join(lib, "python3*", "site-packages", "awscli"))
		roots = append(append(roots, found...), cli...)
	}
	where := map[string]string{}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".py") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range named.FindAllSubmatch(text, -1) {
				where[string(m[1])] = path
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, known := range []string{"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_DISCOVERY_ENABLED"} {
		if where[known] == "" {
			t.Errorf("%s is not found in %v: the search is broken", known, roots)
		}
	}
	for name, path := range where {
		service := strings.HasSuffix(name, "_") && env.Managed(name+"X")
		if !env.Managed(name) && left[name] == "" && !service {
			t.Errorf("%s (%s) is neither taken over nor left for a reason", name, path)
		}
		if env.Managed(name) && left[name] != "" {
			t.Errorf("%s is taken over, and has a reason to be left", name)
		}
	}
}

// bearing finds an AWS CLI that sends bearer tokens. Debian's does not.
func bearing(t *testing.T) string {
	t.Helper()
	cli := python(t, "aws")
	if out, err := exec.Command(cli, "--version").CombinedOutput(); err != nil || !regexp.MustCompile(`botocore/1\.(39|[4-9]\d)`).Match(out) {
		need.Bonus(t, "pip install awscli (1.41 or newer)")
	}
	return quote(cli)
}

// A token of a single service is another identity, and the AWS CLI prefers it.
func TestABearerTokenOfOneServiceDoesNotWin(t *testing.T) {
	cli := bearing(t)
	var sent []string
	listener := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("Authorization"))
	}))
	defer listener.Close()
	w := world.New(t)
	call := cli + " bedrock list-foundation-models >/dev/null"
	out, _ := shell(t, w, w.Environ("AWS_BEARER_TOKEN_BEDROCK=stale-token", "AWS_ENDPOINT_URL_BEDROCK="+listener.URL, "AWS_REGION=eu-west-1"),
		call,
		"vault use dev || exit", call,
		"vault off || exit", call,
		"vault exec dev -- "+call,
		"echo $AWS_BEARER_TOKEN_BEDROCK",
	)
	if out != "stale-token\n" {
		t.Errorf("after off and exec the token is %q", out)
	}
	signed := func(i int) bool { return strings.HasPrefix(sent[i], "AWS4-HMAC-SHA256 Credential=ASIA") }
	if len(sent) != 4 || sent[0] != "Bearer stale-token" || !signed(1) || sent[2] != sent[0] || !signed(3) {
		t.Errorf("before, in use, after off, in exec: %q", sent)
	}
}

// The AWS CLI can be told to call by account, and fails where it does not know it.
func TestTheAccountReachesTheAWSCLI(t *testing.T) {
	cli := bearing(t) // those know accounts, too
	hosts := make(chan string, 8)
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	go func() {
		for {
			c, err := proxy.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(c).ReadString('\n')
			hosts <- line
			c.Write([]byte("HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n"))
			c.Close()
		}
	}()
	w := world.New(t)
	call := "HTTPS_PROXY=http://" + proxy.Addr().String() + " AWS_MAX_ATTEMPTS=1 " + cli + " dynamodb list-tables"
	environ := w.Environ("AWS_ACCOUNT_ID_ENDPOINT_MODE=required")
	for name, lines := range map[string][]string{
		"use":                {"vault use dev || exit", call},
		"exec":               {"vault exec dev -- sh -c " + quote(call)},
		"export":             {`eval "$(vault export dev --format=bash)" || exit`, call},
		"credential_process": {`printf '[profile p]\nregion = eu-west-1\ncredential_process = env AWS_CONFIG_FILE=%s/.aws/config %s credential-process dev\n' "$HOME" ` + quote(w.Vault) + ` >p.conf`, "AWS_CONFIG_FILE=p.conf AWS_PROFILE=p " + call},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := shell(t, w, environ, append(slices.Clone(lines), "true")...)
			select {
			case got := <-hosts:
				if !strings.HasPrefix(got, "CONNECT 111122223333.ddb.eu-") {
					t.Errorf("it calls %q", got)
				}
			default:
				t.Errorf("it calls nothing:\n%s", errs)
			}
		})
	}
}
