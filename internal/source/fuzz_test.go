package source

import (
	"strings"
	"testing"

	"awsvault/internal/aws"
	"awsvault/internal/resolve"
	"awsvault/internal/vault"
)

// Whatever a program or server answers, the result fits in a header and in a variable. An
// error is one line that does not repeat the answer.
func FuzzParseProcess(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", "{}", `{"Version":1}`, `{"Version":"1","AccessKeyId":"a","SecretAccessKey":"b"}`,
		`{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"s","SessionToken":"t","Expiration":"2030-01-01T00:00:00Z"}`,
		`{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"s","SessionToken":null,"Expiration":"2030-01-01T00:00:00UTC"}`, "{\"Version\":1,\"AccessKeyId\":\"a\\u0000\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, out []byte) {
		c, err := parseProcess(out)
		judge(t, c, err, false)
	})
}

func FuzzParseMetadata(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", "{}", `{"Code":"Failed","Message":"x\ny"}`, `{"Code":"` + strings.Repeat("x", 2000) + `"}`, `{"Code":"Success","AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":"2030-01-01T00:00:00Z"}`,
		`{"AccessKeyId":"a","SecretAccessKey":"b","Token":"c\u001b","Expiration":"2030-01-01T00:00:00Z"}`, `{"code":"Success","accesskeyid":"a","secretaccesskey":"b","token":"c","expiration":""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := parseMetadata(body)
		judge(t, c, err, true)
	})
}

func judge(t *testing.T, c aws.Credentials, err error, temporary bool) {
	t.Helper()
	if err != nil {
		if text := vault.Failed(resolve.Step{}, "x", err, "").Error(); len(text) > 700 || strings.ContainsAny(text, "\n\r\x1b\x00") {
			t.Errorf("the error %q", text)
		}
		return
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" || !aws.Visible(c.AccessKeyID+c.SecretAccessKey+c.SessionToken) || temporary && (c.SessionToken == "" || c.Expires.IsZero()) {
		t.Errorf("credentials %+v", c)
	}
	if c.Expires.Nanosecond() != 0 {
		t.Errorf("expires %v", c.Expires)
	}
}
