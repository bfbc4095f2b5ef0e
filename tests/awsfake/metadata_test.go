package awsfake_test

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"awsvault/tests/awsfake"
)

func (w *world) http(method, path string, header ...string) (int, string) {
	w.t.Helper()
	r := must[*http.Request](w.t)(http.NewRequest(method, w.URL+path, nil))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response := must[*http.Response](w.t)(http.DefaultClient.Do(r))
	defer response.Body.Close()
	return response.StatusCode, string(must[[]byte](w.t)(io.ReadAll(response.Body)))
}

func TestInstanceMetadata(t *testing.T) {
	const ttl, header, path = "X-aws-ec2-metadata-token-ttl-seconds", "X-aws-ec2-metadata-token", "/latest/meta-data/iam/security-credentials/"
	w := newWorld(t, awsfake.Options{Clock: awsfake.NewClock()})
	status := func(method, path string, header ...string) int {
		code, _ := w.http(method, path, header...)
		return code
	}
	same(t, status("PUT", "/latest/api/token", ttl, "60"), 404) // not on an instance

	role := w.role(awsfake.Role{Name: "server", Trust: awsfake.Trust{Principals: []string{"ec2.amazonaws.com"}}})
	w.SetInstance(awsfake.Instance{Account: account, Region: "eu-north-1", Role: role})
	client := imds.New(imds.Options{Endpoint: w.URL, EnableFallback: aws.FalseTernary, Retryer: aws.NopRetryer{}})
	got := must[aws.Credentials](t)(ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client }).Retrieve(t.Context()))
	same(t, w.whoami(creds{got.AccessKeyID, got.SecretAccessKey, got.SessionToken}), "arn:aws:sts::111122223333:assumed-role/server/i-0123456789abcdef0")
	same(t, must[*imds.GetRegionOutput](t)(client.GetRegion(t.Context(), nil)).Region, "eu-north-1")

	for _, bad := range []string{"", "0", "21601", "soon"} {
		same(t, status("PUT", "/latest/api/token", ttl, bad), 400)
	}
	same(t, status("PUT", "/latest/api/token", ttl, "60", "X-Forwarded-For", "192.0.2.1"), 403)
	same(t, []int{status("GET", path), status("GET", path, header, "wrong"), status("POST", path)}, []int{401, 401, 405})
	_, token := w.http("PUT", "/latest/api/token", ttl, "60")
	_, list := w.http("GET", path, header, token)
	same(t, list, "server")
	same(t, status("GET", path+"other", header, token), 404)
	same(t, status("GET", "/latest/meta-data/iam/security-credentials-extended/", header, token), 404)
	_, first := w.http("GET", path+"server", header, token)
	_, second := w.http("GET", path+"server", header, token)
	same(t, first, second)
	w.Clock.Advance(time.Minute)
	same(t, status("GET", path, header, token), 401)
	w.Clock.Advance(5 * time.Hour)
	_, token = w.http("PUT", "/latest/api/token", ttl, "60")
	if _, third := w.http("GET", path+"server", header, token); third == first || !strings.Contains(third, `"Code":"Success"`) {
		t.Errorf("got %s, want new credentials", third)
	}

	w.SetInstance(awsfake.Instance{Account: account, Region: "eu-north-1", Role: w.role(awsfake.Role{Name: "deaf"}), V1: true})
	same(t, status("GET", path, header, token), 401) // another instance's
	code, document := w.http("GET", path+"deaf")
	same(t, code, 200)
	if !strings.Contains(document, "AssumeRoleUnauthorizedAccess") {
		t.Errorf("got %s, want a role that cannot be assumed", document)
	}
	w.SetInstance(awsfake.Instance{V1: true})
	same(t, status("GET", path), 404)
	w.SetInstance(awsfake.Instance{Off: true})
	same(t, status("PUT", "/latest/api/token", ttl, "60"), 403)
}

func TestContainerCredentials(t *testing.T) {
	w := newWorld(t, awsfake.Options{Clock: awsfake.NewClock()})
	role := w.role(awsfake.Role{Name: "task", Trust: awsfake.Trust{Principals: []string{"ecs-tasks.amazonaws.com"}}})
	task := w.AddTask(role, "Bearer secret")
	provider := func(token string) *endpointcreds.Provider {
		return endpointcreds.New(task.FullURI, func(o *endpointcreds.Options) { o.AuthorizationToken, o.Retryer = token, aws.NopRetryer{} })
	}
	got := must[aws.Credentials](t)(provider(task.Token).Retrieve(t.Context()))
	if arn := w.whoami(creds{got.AccessKeyID, got.SecretAccessKey, got.SessionToken}); !strings.HasPrefix(arn, "arn:aws:sts::111122223333:assumed-role/task/") {
		t.Errorf("got %s, want the task's role", arn)
	}
	same(t, got.AccountID, account)
	_, err := provider("Bearer wrong").Retrieve(t.Context())
	if err == nil || !strings.Contains(err.Error(), "AccessDeniedException: Authorization token is missing or invalid") {
		t.Errorf("got error %v, want a token that is wrong", err)
	}
	w.SetTaskToken(task, "rotated")
	must[aws.Credentials](t)(provider("rotated").Retrieve(t.Context()))

	code, body := w.http("GET", "/v2/credentials/none")
	same(t, []any{code, strings.Contains(body, "InvalidIdInRequest")}, []any{400, true})
	code, _ = w.http("GET", w.AddTask(w.jon.ARN(), "").RelativeURI)
	same(t, code, 500)
	code, _ = w.http("GET", w.AddTask(role, "").RelativeURI)
	same(t, code, 200)
}

func TestRealCLIReadsMetadata(t *testing.T) {
	cli := debianCLI(t)
	t.Parallel()
	w := newWorld(t, awsfake.Options{Clock: awsfake.NewClock()})
	role := w.role(awsfake.Role{Name: "both", Trust: awsfake.Trust{Principals: []string{"ec2.amazonaws.com", "ecs-tasks.amazonaws.com"}}})
	w.SetInstance(awsfake.Instance{Account: account, Region: "eu-north-1", Role: role})
	task := w.AddTask(role, "secret")
	for name, env := range map[string][]string{
		"imds": {"AWS_EC2_METADATA_SERVICE_ENDPOINT=" + w.URL + "/"},
		"ecs":  {"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + task.FullURI, "AWS_CONTAINER_AUTHORIZATION_TOKEN=secret"},
	} {
		cmd := exec.CommandContext(t.Context(), cli, "sts", "get-caller-identity", "--output", "text", "--query", "Arn", "--endpoint-url", w.URL)
		home := t.TempDir()
		cmd.Env = append(env, "HOME="+home, "AWS_CONFIG_FILE="+filepath.Join(home, "none"), "PATH="+os.Getenv("PATH"), "AWS_DEFAULT_REGION=eu-north-1", "AWS_METADATA_SERVICE_TIMEOUT=30")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil || !strings.HasPrefix(string(out), "arn:aws:sts::111122223333:assumed-role/both/") {
			t.Errorf("%s: got %s, %v", name, out, err)
		}
	}
}
