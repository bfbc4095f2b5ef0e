package source

import (
	"context"
	"errors"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
	"awsvault/internal/vault"
)

// maxToken is AWS's limit for a web identity token, in bytes.
const maxToken = 20000

// webIdentity assumes a role with the token of an identity provider. The call is not signed:
// the token identifies the caller.
type webIdentity struct {
	sts stsSource
	run programs
}

// Credentials makes the call.
func (o webIdentity) Credentials(ctx context.Context, r vault.Request) (aws.Credentials, error) {
	token, err := o.token(ctx, r)
	if err != nil {
		return aws.Credentials{}, err
	}
	r.From = aws.Credentials{}
	return o.sts.call(r, func(client *awsapi.STS) (aws.Credentials, error) {
		return client.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{
			RoleArn:          sdk.String(r.RoleARN),
			RoleSessionName:  sdk.String(r.SessionName),
			WebIdentityToken: sdk.String(token),
			DurationSeconds:  seconds(r.Duration),
			Policy:           optional(r.Policy),
			PolicyArns:       policyARNs(r.PolicyARNs),
		})
	})
}

// token reads the token each time, because another program renews the file.
func (o webIdentity) token(ctx context.Context, r vault.Request) (string, error) {
	what := "web_identity_token_file"
	var text []byte
	var err error
	if r.TokenFile != "" {
		text, err = o.run.world.ReadFile(r.TokenFile)
	} else {
		what = "web_identity_token_process"
		text, err = o.run.shell(ctx, r.Profile, r.TokenProcess)
	}
	token := strings.TrimSpace(string(text))
	switch {
	case err != nil:
	case token == "":
		err = errors.New("there is no token in it")
		if r.TokenFile == "" {
			err = errors.New("it printed no token")
		}
	case len(token) > maxToken:
		err = errors.New("the token is longer than 20000 bytes, the most that AWS takes")
	case !aws.Visible(token):
		err = errors.New("it does not contain a token")
	}
	return token, vault.Failed(r.Step, what, err, "")
}
