package awsapi

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestServiceAt(t *testing.T) {
	for host, want := range map[string]string{
		"sts.eu-west-1.amazonaws.com":        "AWS STS (eu-west-1)",
		"sts.amazonaws.com":                  "AWS STS",
		"sts.cn-north-1.amazonaws.com.cn":    "AWS STS (cn-north-1)",
		"iam.amazonaws.com":                  "AWS IAM",
		"oidc.us-east-1.amazonaws.com":       "IAM Identity Center (us-east-1)",
		"portal.sso.us-east-1.amazonaws.com": "IAM Identity Center (us-east-1)",
		"us-east-1.signin.aws.amazon.com":    "AWS sign-in (us-east-1)",
		"signin.aws.amazon.com":              "signin.aws.amazon.com",
		"127.0.0.1:4566":                     "127.0.0.1:4566",
		"":                                   "",
	} {
		if got := ServiceAt(host); got != want {
			t.Errorf("%q is called %q, want %q", host, got, want)
		}
	}
}

// A wait ends with its call, whatever the result.
func TestAWaitEndsWithItsCall(t *testing.T) {
	var began string
	ended := 0
	c := &Client{HTTP: func() (*http.Client, error) { return &http.Client{Transport: broken{}}, nil }, Now: time.Now,
		Waiting: func(what string) func() { began = what; return func() { ended++ } }}
	if _, err := c.Do(t.Context(), Call{Op: "ListUsers", URL: "https://iam.amazonaws.com/", Unique: true}); err == nil {
		t.Error("no error")
	}
	if began != "AWS IAM" || ended != 1 {
		t.Errorf("it began with %q and ended %d times", began, ended)
	}
}

type broken struct{}

func (broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("broken") }
