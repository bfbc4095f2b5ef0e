package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

const (
	// addPatience is how long AWS may take to say whose a key is, or which devices its user
	// has. Nothing depends on the answer that a person would wait longer for.
	addPatience = 5 * time.Second
	// AWS may take some seconds to know a key that was just made: IAM is eventually consistent.
	addTries = 4
	addPause = 2 * time.Second
)

// ErrSecretRefused says that the secret is not that of the key id.
var ErrSecretRefused = errors.New("AWS rejects this secret: it does not belong to this access key ID")

// Owner is what AWS says of a key.
type Owner struct {
	ARN, Account string
	plan         *Plan
}

// Known tells whether AWS has said anything.
func (o Owner) Known() bool { return o.ARN != "" }

// Verify asks AWS whose the key is, and says so. An Owner that is not Known comes without
// an error where AWS could not be asked, or does not know the key and the person wants it
// stored all the same.
func (a Add) Verify(ctx context.Context, key aws.Credentials) (Owner, error) {
	plan, err := a.Session.Owner(a.Profile, a.Region)
	if err != nil {
		return Owner{}, err
	}
	for try := 1; ; try++ {
		bounded, cancel := context.WithTimeout(ctx, addPatience)
		arn, account, err := plan.Identity(bounded, key)
		late := bounded.Err() != nil
		cancel()
		switch {
		case err == nil:
			a.Session.person.Done(fmt.Sprintf("key works: %s in account %s", shortOf(arn), account))
			return Owner{ARN: arn, Account: account, plan: plan}, nil
		case ctx.Err() != nil:
			return Owner{}, ctx.Err()
		case refusedWith(err, "SignatureDoesNotMatch"):
			return Owner{}, ErrSecretRefused
		case refusedWith(err, "InvalidClientTokenId"):
			if try < addTries {
				if try == 1 {
					a.Session.person.Say("vault: AWS does not know this key yet. Trying again.")
				}
				if err := a.Session.world.Wait(ctx, addPause); err != nil {
					return Owner{}, err
				}
				continue
			}
			return Owner{}, a.unknown(ctx, key)
		case late:
			err = fmt.Errorf("AWS did not answer in %s", line.Rounded(addPatience))
		}
		a.Unchecked(err.Error())
		return Owner{}, nil
	}
}

// Unchecked says that the key is stored without a look at it, and why.
func (a Add) Unchecked(why string) {
	a.Session.person.Say("vault: warning: the key was not checked: " + why)
}

// unknown asks whether to store a key that AWS does not know.
func (a Add) unknown(ctx context.Context, key aws.Credentials) error {
	refused := fault.New(fmt.Sprintf("AWS does not know the key %s, so it is not stored", key.AccessKeyID), "vault add "+line.Word(a.Profile)+"   check the ID for a missing character")
	yes, err := a.Session.person.Confirm(ctx, Question{
		Text: "AWS does not know this key: it is mistyped, deleted, or new. Store it anyway?", Unasked: refused,
	})
	if err == nil && !yes {
		err = refused
	}
	return err
}

// shortOf is the name of who an ARN is: user/ana.
func shortOf(arn string) string {
	a, _ := aws.ParseARN(arn)
	if a.IsRoot() {
		return "the root user"
	}
	return a.Short()
}

// MFALister lists the MFA devices of a user, by IAM.
type MFALister interface {
	MFADevices(ctx context.Context) ([]string, error)
}

// Devices are the MFA devices of the key's user that a code can be asked of. known is
// false where AWS does not say: many users may list none before they have used one.
func (a Add) Devices(ctx context.Context, o Owner, key aws.Credentials, list func(*Plan, aws.Credentials) (MFALister, error)) (devices []string, known bool) {
	if !o.Known() {
		return nil, false
	}
	lister, err := list(o.plan, key)
	if err != nil {
		return nil, false
	}
	bounded, cancel := context.WithTimeout(ctx, addPatience)
	defer cancel()
	all, err := lister.MFADevices(bounded)
	if err != nil {
		return nil, false
	}
	for _, d := range all {
		if !strings.Contains(d, ":u2f/") && CheckMFASerial(d) == nil { // a security key has no code
			devices = append(devices, d)
		}
	}
	return devices, true
}

// MFADevice is the device that a person means: by its ARN, its serial number, or its name
// in the key's account.
func MFADevice(text string, key aws.Credentials, o Owner) (string, error) {
	if err := CheckMFASerial(text); err == nil && (strings.HasPrefix(text, "arn:") || isSerial(text)) {
		return text, nil
	}
	if strings.ContainsAny(text, ":/") || !madeOf(text, serialCharacters) || text == "" || strings.HasPrefix(text, "arn") {
		return "", CheckMFASerial(text)
	}
	account, partition := o.Account, "aws"
	if arn, ok := aws.ParseARN(o.ARN); ok {
		partition = arn.Partition
	}
	if account == "" {
		account, _ = aws.AccountOf(key.AccessKeyID)
	}
	if account == "" {
		return "", errors.New("the account is not known: type the whole ARN, like arn:aws:iam::111122223333:mfa/ana")
	}
	return fmt.Sprintf("arn:%s:iam::%s:mfa/%s", partition, account, text), nil
}

// isSerial tells whether a text is the number of a hardware token, as GAHT12345678 is: a
// name that a person gives has small letters, or is short.
func isSerial(text string) bool {
	return len(text) >= 9 && madeOf(text, upper+digits) && strings.ContainsAny(text, digits)
}
