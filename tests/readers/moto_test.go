//go:build unix

package readers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"awsvault/tests/need"
	"awsvault/tests/world"
)

const motoAccount = "123456789012"

// moto is an AWS of somebody else's making. What it does not have (MFA,
// durations, sessions of GetSessionToken that it accepts again) the fake has.
type moto struct{ url string }

// startMoto starts moto without authorization.
func startMoto(t *testing.T) moto {
	t.Helper()
	server, err := resolved("moto_server")
	if err != nil {
		need.Bonus(t, "pip install moto[server]")
	}
	cmd := exec.Command(server, "-H", "127.0.0.1", "-p", "0")
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "MOTO_ACCOUNT_ID=" + motoAccount, "LANG=C.UTF-8"}
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	url := make(chan string, 1)
	go func() {
		running := regexp.MustCompile(`Running on (http://127\.0\.0\.1:[0-9]+)`)
		var said strings.Builder
		for lines := bufio.NewScanner(errs); lines.Scan(); {
			said.WriteString(lines.Text() + "\n")
			if m := running.FindStringSubmatch(lines.Text()); m != nil {
				url <- m[1]
				io.Copy(io.Discard, errs) // or it would block, once the pipe is full
				return
			}
		}
		url <- "it ended: " + said.String()
	}()
	select {
	case u := <-url:
		if !strings.HasPrefix(u, "http://") {
			t.Fatalf("moto: %s", u)
		}
		return moto{u}
	case <-time.After(60 * time.Second):
		t.Fatal("moto does not start")
	}
	panic("not reached")
}

// people creates a user with a key and a role that the user may assume. moto
// compares the principal of the trust as it stands, so it is the user's ARN.
func (m moto) people(t *testing.T) (id, secret string) {
	t.Helper()
	ctx := t.Context()
	client := iam.New(iam.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(m.url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "anybody", SecretAccessKey: "anything"}, nil
		}),
	})
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	user := aws.String("ana")
	must(client.CreateUser(ctx, &iam.CreateUserInput{UserName: user}))
	must(client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{
		UserName: user, PolicyName: aws.String("assume"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`),
	}))
	must(client.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String("auditor"),
		AssumeRolePolicyDocument: aws.String(fmt.Sprintf(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:user/ana"},"Action":"sts:AssumeRole"}]}`, motoAccount)),
	}))
	key, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: user})
	must(key, err)
	return *key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey
}

// authorize has moto check signatures and policies from the next call on.
func (m moto) authorize(t *testing.T) {
	t.Helper()
	resp, err := http.Post(m.url+"/moto-api/reset-auth", "text/plain", strings.NewReader("0"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("moto: authorization cannot be switched on: %s", resp.Status)
	}
}

func TestMoto(t *testing.T) {
	m := startMoto(t)
	id, secret := m.people(t)
	m.authorize(t)

	w := world.New(t)
	if err := w.WriteConfig(fmt.Sprintf(`[profile ana]
region = eu-west-1

[profile mallory]
region = eu-west-1

[profile audit]
role_arn = arn:aws:iam::%[1]s:role/auditor
source_profile = ana
region = %[2]s

[profile forged]
role_arn = arn:aws:iam::%[1]s:role/auditor
source_profile = mallory
`, motoAccount, region)); err != nil {
		t.Fatal(err)
	}
	environ := func(more ...string) []string {
		return w.Environ(append([]string{"AWS_ENDPOINT_URL_STS=" + m.url}, more...)...)
	}
	wrong := strings.ToUpper(secret)
	if wrong == secret {
		wrong = strings.ToLower(secret)
	}
	for name, s := range map[string]string{"ana": secret, "mallory": wrong} {
		_, errs, status := w.Run([]string{"AWS_ACCESS_KEY_ID=" + id, "AWS_SECRET_ACCESS_KEY=" + s}, "add", name, "--env", "--no-add-config")
		if status != 0 {
			t.Fatalf("vault add %s: status %d\n%s", name, status, errs)
		}
	}

	want := "arn:aws:sts::" + motoAccount + ":assumed-role/auditor/vault-tester"
	for _, r := range readers {
		t.Run(r.name+" is the role", func(t *testing.T) {
			out, _ := shell(t, w, environ(), "vault use audit --no-session || exit", r.find(t))
			if arn, _, _ := strings.Cut(strings.TrimSpace(out), " "); arn != want {
				t.Errorf("it is %q, want %q", out, want)
			}
		})
	}

	t.Run("a wrong secret is refused", func(t *testing.T) {
		// moto has its errors one element deeper than AWS: the AWS CLI reads the code
		// nevertheless, the AWS SDK for Go and so vault do not. For AWS's own form,
		// there is TestAWrongSecretIsRefused.
		refused(t, w, environ(), "forged", `SignatureDoesNotMatch|is not AWS's \(HTTP 403\)`, wrong)
	})
}

func TestAWrongSecretIsRefused(t *testing.T) {
	w := world.New(t)
	if err := w.WriteConfig(`[profile mallory]

[profile forged]
role_arn = arn:aws:iam::111122223333:role/reader
source_profile = mallory
`); err != nil {
		t.Fatal(err)
	}
	wrong := strings.Repeat("wrong", 8)
	if _, errs, status := w.Run([]string{"AWS_ACCESS_KEY_ID=" + w.Example.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + wrong}, "add", "mallory", "--env"); status != 0 {
		t.Fatalf("vault add: status %d\n%s", status, errs)
	}
	refused(t, w, w.Environ(), "forged", "SignatureDoesNotMatch", wrong)
}

// refused uses a profile that AWS refuses: status 1, the environment as it was, one
// line with AWS's code and perhaps a hint.
func refused(t *testing.T, w *world.World, environ []string, profile, code, secret string) {
	t.Helper()
	const digest = "env -0 | sort -z | sha256sum"
	out, errs := shell(t, w, environ, digest, "vault use "+profile+" --no-session; echo $?", digest)
	lines := strings.Split(out, "\n")
	if len(lines) != 4 || lines[0] != lines[2] || lines[1] != "1" {
		t.Errorf("the environment before, the status, the environment after:\n%s", out)
	}
	if !regexp.MustCompile(`\Avault: AssumeRole arn:aws:\S+ .*(` + code + `).*\n(  hint: .*\n)?\z`).MatchString(errs) {
		t.Errorf("it says:\n%s", errs)
	}
	if strings.Contains(errs, secret) {
		t.Error("it shows the secret")
	}
}
