package services_test

import (
	"net/url"
	"strings"
	"testing"

	"awsvault/internal/fault"
	"awsvault/internal/services"
)

func TestTheTableIsSound(t *testing.T) {
	all := services.All()
	if len(all) < 80 {
		t.Errorf("%d services, want 80 or more", len(all))
	}
	seen, last := map[string]bool{}, ""
	for _, s := range all {
		if s.Names[0] <= last {
			t.Errorf("%s comes after %s", s.Names[0], last)
		}
		last = s.Names[0]
		for _, n := range s.Names {
			if seen[n] || n != strings.ToLower(n) {
				t.Errorf("the name %s is there twice, or not in lower case", n)
			}
			seen[n] = true
		}
		if u, err := url.Parse("https://console.aws.amazon.com/" + s.Path); err != nil || strings.ContainsAny(s.Path, " *|") || u.Path == "/" || s.Title == "" {
			t.Errorf("%s: path %q, title %q", s.Names[0], s.Path, s.Title)
		}
	}
	// Those that people have in their fingers from granted.
	for _, n := range strings.Fields("acm apigw aos athena c9 ce cf cfn cw ct ddb dms dx eb ec2 ecr ecs eks events gd grafana iam kms l mwaa param r53 ram rds redshift s3 sagemaker scrm scrh ses sfn sm sns sqs ssm sso stepfn tra vpc waf") {
		if !seen[n] {
			t.Errorf("there is no %s", n)
		}
	}
}

func TestFind(t *testing.T) {
	for name, want := range map[string]string{"s3": "S3", "DDB": "DynamoDB", "l": "Lambda", "logs": "CloudWatch log groups"} {
		if s, err := services.Find(name); err != nil || s.Title != want {
			t.Errorf("%s is %q (%v), want %q", name, s.Title, err, want)
		}
	}
	for name, near := range map[string]string{
		"lamda": "lambda", "cloudfrot": "cloudfront", "dynamo": "dynamodb", "secret": "secrets", "Route5": "route53",
		"": "", "zzzzzz": "", "?": "", strings.Repeat("s3", 5000): "",
	} {
		_, err := services.Find(name)
		hint := fault.HintOf(err)
		if fault.KindOf(err) != fault.Usage || strings.Contains(hint, "did you mean") != (near != "") || !strings.Contains(hint, near) {
			t.Errorf("%.20q: %v, want a hint of %q", name, err, near)
		}
	}
}

func TestSearch(t *testing.T) {
	for words, want := range map[string]string{"log": "logs", "identity center": "identitycenter", "BUCKET": "s3"} {
		found := false
		for _, s := range services.Search(words) {
			found = found || s.Names[0] == want
		}
		if !found {
			t.Errorf("%q does not find %s", words, want)
		}
	}
	if n := len(services.Search("no such thing")); n > 0 {
		t.Errorf("%d services for nothing", n)
	}
	if len(services.Search("")) != len(services.All()) {
		t.Error("no words are not all services")
	}
}

func TestList(t *testing.T) {
	got, err := services.List("no such thing")
	if err == nil {
		t.Errorf("for words that no service has: %q", got)
	}
	if kind := fault.KindOf(err); kind != fault.Failed {
		t.Errorf("an empty list is a wrong use: %v", kind)
	}
	if got, err = services.List("identity center"); err != nil || !strings.Contains(got, "identitycenter") || strings.Count(got, "\n") > 3 {
		t.Errorf("%q, %v", got, err)
	}
}
