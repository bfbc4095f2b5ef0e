package awsfake_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awsvault/tests/awsfake"
)

func TestUserAndItsDevices(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	w.Account(account).SetAlias("example")
	w.jon.AddMFASerial("GAHT12345678")
	client := w.iam(w.keys)

	user := must[*iam.GetUserOutput](t)(client.GetUser(t.Context(), nil)).User
	same(t, []string{*user.UserName, *user.Path, *user.Arn, *user.UserId}, []string{"jon", "/team/", w.jon.ARN(), w.jon.ID})
	same(t, *user.CreateDate, w.Clock.Now().Truncate(time.Second))

	first := must[*iam.ListMFADevicesOutput](t)(client.ListMFADevices(t.Context(), &iam.ListMFADevicesInput{MaxItems: aws.Int32(1)}))
	same(t, []any{*first.MFADevices[0].SerialNumber, first.IsTruncated}, []any{"arn:aws:iam::111122223333:mfa/jon", true})
	second := must[*iam.ListMFADevicesOutput](t)(client.ListMFADevices(t.Context(), &iam.ListMFADevicesInput{Marker: first.Marker}))
	same(t, []any{*second.MFADevices[0].SerialNumber, second.IsTruncated}, []any{"GAHT12345678", false})

	same(t, must[*iam.ListAccountAliasesOutput](t)(client.ListAccountAliases(t.Context(), nil)).AccountAliases, []string{"example"})

	made := must[*iam.CreateUserOutput](t)(client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("eve")})).User
	same(t, *must[*iam.GetUserOutput](t)(client.GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String("eve")})).User.Arn, *made.Arn)
	_, err := client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("eve")})
	same(t, refused(t, err), refusal{409, "EntityAlreadyExists", "User with name eve already exists."})

	_, err = client.GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String("nobody")})
	same(t, refused(t, err), refusal{404, "NoSuchEntity", "The user with name nobody cannot be found."})
	role := w.assume(w.keys, w.role(awsfake.Role{Name: "reader"}))
	_, err = w.iam(role).GetUser(t.Context(), nil)
	same(t, refused(t, err), refusal{400, "ValidationError", "Must specify userName when calling with non-User credentials"})
}

func TestRotationOfKeys(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	client := w.iam(w.keys)
	statuses := func() []types.StatusType {
		var all []types.StatusType
		for _, k := range must[*iam.ListAccessKeysOutput](t)(client.ListAccessKeys(t.Context(), nil)).AccessKeyMetadata {
			all = append(all, k.Status)
		}
		return all
	}
	used := func(id string) *types.AccessKeyLastUsed {
		out := must[*iam.GetAccessKeyLastUsedOutput](t)(client.GetAccessKeyLastUsed(t.Context(), &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id}))
		same(t, *out.UserName, "jon")
		return out.AccessKeyLastUsed
	}

	key := must[*iam.CreateAccessKeyOutput](t)(client.CreateAccessKey(t.Context(), nil)).AccessKey
	fresh := creds{*key.AccessKeyId, *key.SecretAccessKey, ""}
	never := used(fresh.id)
	same(t, []any{never.LastUsedDate == nil, *never.ServiceName, *never.Region}, []any{true, "N/A", "N/A"})
	same(t, w.whoami(fresh), w.jon.ARN())
	once := used(fresh.id)
	same(t, []any{*once.LastUsedDate, *once.ServiceName, *once.Region}, []any{w.Clock.Now().Truncate(time.Second), "sts", "eu-west-1"})

	_, err := client.CreateAccessKey(t.Context(), nil)
	same(t, refused(t, err), refusal{409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"})
	same(t, statuses(), []types.StatusType{"Active", "Active"})

	_, err = client.UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{AccessKeyId: &w.keys.id, Status: "Asleep"})
	same(t, refused(t, err), refusal{400, "ValidationError", "1 validation error detected: Value 'Asleep' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]"})
	must[*iam.UpdateAccessKeyOutput](t)(client.UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{AccessKeyId: &w.keys.id, Status: "Inactive"}))
	_, err = w.sts(w.keys).GetCallerIdentity(t.Context(), nil)
	same(t, refused(t, err), invalidToken)

	client = w.iam(fresh)
	same(t, statuses(), []types.StatusType{"Inactive", "Active"})
	must[*iam.DeleteAccessKeyOutput](t)(client.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{AccessKeyId: &w.keys.id}))
	same(t, statuses(), []types.StatusType{"Active"})
	_, err = client.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{AccessKeyId: &w.keys.id})
	same(t, refused(t, err), refusal{404, "NoSuchEntity", "The Access Key with id " + w.keys.id + " cannot be found."})
	_, err = client.GetAccessKeyLastUsed(t.Context(), &iam.GetAccessKeyLastUsedInput{AccessKeyId: &w.keys.id})
	same(t, refused(t, err), denied(w.jon.ARN(), "iam:GetAccessKeyLastUsed", "access key "+w.keys.id))
}

func TestKeysTakeEffectLate(t *testing.T) {
	w := newWorld(t, awsfake.Options{KeyDelay: 10 * time.Second})
	client := w.iam(w.keys) // a key that a test adds is good at once
	key := must[*iam.CreateAccessKeyOutput](t)(client.CreateAccessKey(t.Context(), nil)).AccessKey
	fresh := creds{*key.AccessKeyId, *key.SecretAccessKey, ""}
	invalid := func(c creds) {
		t.Helper()
		_, err := w.sts(c).GetCallerIdentity(t.Context(), nil)
		same(t, refused(t, err), invalidToken)
	}
	invalid(fresh)
	w.Clock.Advance(10 * time.Second)
	same(t, w.whoami(fresh), w.jon.ARN())

	must[*iam.DeleteAccessKeyOutput](t)(client.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{AccessKeyId: &w.keys.id}))
	same(t, w.whoami(w.keys), w.jon.ARN())
	w.Clock.Advance(10 * time.Second)
	invalid(w.keys)

	w.SetKeyDelay(time.Minute)
	must[*iam.UpdateAccessKeyOutput](t)(w.iam(fresh).UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{AccessKeyId: &fresh.id, Status: "Inactive"}))
	w.Clock.Advance(59 * time.Second)
	same(t, w.whoami(fresh), w.jon.ARN()) // works for a while
	w.Clock.Advance(time.Second)
	invalid(fresh)
}

func TestIAMThatPolicyTiesToMFA(t *testing.T) {
	w := newWorld(t, awsfake.Options{})
	w.Deny(awsfake.Denial{Principal: w.jon.ARN(), Action: "iam:*AccessKey*", WithoutMFA: true})
	_, err := w.iam(w.keys).CreateAccessKey(t.Context(), nil)
	want := denied(w.jon.ARN(), "iam:CreateAccessKey", "user jon")
	want.Message += " with an explicit deny in an identity-based policy"
	same(t, refused(t, err), want)
	must[*iam.CreateAccessKeyOutput](t)(w.iam(w.session(true)).CreateAccessKey(t.Context(), nil))
}

func TestOtherPartitions(t *testing.T) {
	w := newWorld(t, awsfake.Options{Partition: "aws-us-gov"})
	same(t, w.jon.ARN(), "arn:aws-us-gov:iam::111122223333:user/team/jon")
	_, err := w.sts(w.keys).GetCallerIdentity(t.Context(), nil)
	same(t, refused(t, err), refusal{403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region, not 'eu-west-1'. "})
	must[*sts.GetCallerIdentityOutput](t)(w.sts(w.keys).GetCallerIdentity(t.Context(), nil, func(o *sts.Options) { o.Region = "us-gov-east-1" }))
	must[*iam.GetUserOutput](t)(w.iam(w.keys).GetUser(t.Context(), nil, func(o *iam.Options) { o.Region = "us-gov-west-1" }))
}
