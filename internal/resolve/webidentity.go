package resolve

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// webIdentity is the setting that says where the token of a web identity is: a
// file, or aws-vault's web_identity_token_process.
func (l *link) webIdentity() setting {
	return first(l.get("web_identity_token_file"), l.get("web_identity_token_process"))
}

// webIdentityStep plans AssumeRoleWithWebIdentity. The profile's role is the
// one that the token is for, and not assumed again.
func (l *link) webIdentityStep() (Step, error) {
	v := l.webIdentity()
	if l.role == nil {
		return Step{}, v.bad("a web identity needs a role_arn").withHint("role_arn = arn:aws:iam::123456789012:role/NAME under %s", label(l.name))
	}
	return Step{
		Kind: WebIdentity, Profile: l.name, From: v.export().From, RoleARN: l.role.ARN, SessionName: l.role.SessionName,
		TokenFile: l.get("web_identity_token_file").text, TokenProcess: l.get("web_identity_token_process").text,
	}, nil
}

// maxToken is AWS's limit for a web identity token, in bytes.
const maxToken = 20000

// webIdentity makes the call, which nobody signs: the token says who it is.
func (r *run) webIdentity(ctx context.Context, s Step) (Credentials, error) {
	token, err := r.webToken(ctx, s)
	if err != nil {
		return Credentials{}, err
	}
	client, err := r.http()
	if err != nil {
		return Credentials{}, err
	}
	api := newCaller(client, r.Now, s.Endpoint, Credentials{})
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := api.client.AssumeRoleWithWebIdentity(bounded, &sts.AssumeRoleWithWebIdentityInput{
		RoleArn:          aws.String(s.RoleARN),
		RoleSessionName:  aws.String(s.SessionName),
		WebIdentityToken: aws.String(token),
		DurationSeconds:  seconds(s.Duration),
	})
	if err != nil {
		return Credentials{}, explain(err, r.plan.callOf(0), s, api.clock.skew)
	}
	c, err := session(out.Credentials)
	if err != nil {
		return Credentials{}, explain(err, r.plan.callOf(0), s, 0)
	}
	return c, nil
}

// webToken reads the token anew each time: what writes the file renews it.
func (r *run) webToken(ctx context.Context, s Step) (string, error) {
	what := "web_identity_token_file"
	var text []byte
	var err error
	if s.TokenFile != "" {
		text, err = r.ReadFile(s.TokenFile)
	} else {
		what = "web_identity_token_process"
		text, err = r.Run(ctx, Command{Shell: s.TokenProcess})
	}
	token := strings.TrimSpace(string(text))
	switch {
	case err != nil:
	case token == "":
		err = errors.New("there is no token in it")
		if s.TokenFile == "" {
			err = errors.New("it printed no token")
		}
	case len(token) > maxToken:
		err = errors.New("the token is longer than 20000 bytes, the most that AWS takes")
	case !printable(token):
		err = errors.New("what is there is not a token")
	}
	return token, s.sourced(what, err, "")
}
