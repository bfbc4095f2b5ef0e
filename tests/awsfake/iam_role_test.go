package awsfake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"awsvault/tests/awsfake"
)

func TestInlinePoliciesOfARoleRevokeItsSessions(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	role := w.role(awsfake.Role{Name: "reader"})
	before := w.assume(w.keys, role)
	client, name, policy := w.iam(w.keys), "reader", "stop"
	id := *must[*iam.GetRoleOutput](t)(client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name})).Role.RoleId

	_, err := client.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
	same(t, refused(t, err), refusal{404, "NoSuchEntity", "The role policy with name stop cannot be found."})
	w.Clock.Advance(2 * time.Second)
	after := w.assume(w.keys, role)
	put := func(userid string) {
		document := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{
			"DateLessThan":{"aws:TokenIssueTime":"` + w.Clock.Now().UTC().Truncate(time.Second).Format(time.RFC3339) + `"},"StringEquals":{"aws:userid":"` + userid + `"}}}}`
		must[*iam.PutRolePolicyOutput](t)(client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: &policy, PolicyDocument: &document}))
	}
	list := func(c creds) error {
		_, err := w.iam(c).ListAccountAliases(t.Context(), nil)
		return err
	}
	session := w.whoami(before)
	put("AROAANOTHERONE:x")
	same(t, list(before), nil)
	put(id + ":" + session[strings.LastIndex(session, "/")+1:])
	same(t, refused(t, list(before)).Code, "AccessDenied")
	same(t, list(after), nil)
	same(t, w.whoami(before), session) // needs no permission

	must[*iam.DeleteRolePolicyOutput](t)(client.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: &policy}))
	same(t, list(before), nil)
}

func TestRolesOfIdentityCenterAreNotChanged(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	name, policy, document := "AWSReservedSSO_Admin_0123456789abcdef", "stop", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`
	w.role(awsfake.Role{Name: name})
	_, err := w.iam(w.keys).PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: &policy, PolicyDocument: &document})
	same(t, refused(t, err).Code, "UnmodifiableEntity")
}
