package iam

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/awsapi"
)

// Role is a client for the inline policies of a role.
type Role struct {
	Client *Client
	Name   string // without its path
}

// Role returns the role's unique id, with which the aws:userid of its sessions begins, and its
// ARN.
func (r Role) Role(ctx context.Context) (id, arn string, err error) {
	const op = "GetRole"
	var answer struct {
		ID  string `xml:"GetRoleResult>Role>RoleId"`
		ARN string `xml:"GetRoleResult>Role>Arn"`
	}
	if err := r.call(ctx, op, nil, &answer); err != nil {
		return "", "", err
	}
	if !aws.IsName(answer.ID) {
		return "", "", &awsapi.Error{Op: op, Status: http.StatusOK, Reason: "the answer has no id of the role in it"}
	}
	return answer.ID, answer.ARN, nil
}

// Policy reads an inline policy. The error for a missing policy has the code NoSuchEntity.
func (r Role) Policy(ctx context.Context, name string) (string, error) {
	const op = "GetRolePolicy"
	var answer struct {
		Document string `xml:"GetRolePolicyResult>PolicyDocument"`
	}
	if err := r.call(ctx, op, url.Values{"PolicyName": {name}}, &answer); err != nil {
		return "", err
	}
	document, err := url.PathUnescape(answer.Document) // by RFC 3986, where + is not a space
	if err != nil || document == "" {
		return "", &awsapi.Error{Op: op, Status: http.StatusOK, Reason: "the answer has no policy in it"}
	}
	return document, nil
}

// PutPolicy creates or replaces an inline policy.
func (r Role) PutPolicy(ctx context.Context, name, document string) error {
	return r.call(ctx, "PutRolePolicy", url.Values{"PolicyName": {name}, "PolicyDocument": {document}}, nil)
}

func (r Role) call(ctx context.Context, op string, params url.Values, answer any) error {
	form := url.Values{"RoleName": {r.Name}}
	for name, value := range params {
		form[name] = value
	}
	client := *r.Client
	client.User = "" // a role belongs to no user
	return client.call(ctx, op, form, answer)
}

// Now converts a time of this computer's clock to AWS's clock, by the last answer of AWS.
func (r Role) Now(t time.Time) time.Time { return t.Add(r.Client.API.Skew()) }
