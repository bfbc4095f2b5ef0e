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
	// addPatience limits how long AWS may take to say who owns a key and which MFA devices
	// that user has. vault can go on without the answer, so it does not keep the person
	// waiting longer.
	addPatience = 5 * time.Second
	// A new key may take some seconds to work everywhere: IAM is eventually consistent.
	addTries = 4
	addPause = 2 * time.Second
)

// ErrSecretRefused means that the secret does not belong to the access key ID.
var ErrSecretRefused = errors.New("AWS rejects this secret: it does not belong to this access key ID")

// Owner describes the owner of a key, as AWS reports it.
type Owner struct {
	ARN, Account string
	plan         *Plan
}

// Known reports whether AWS has answered.
func (o Owner) Known() bool { return o.ARN != "" }

// Verify asks AWS who owns the key, and tells the person. It returns an Owner that is not
// Known, without an error, if AWS could not be reached, or if AWS does not know the key and
// the person wants to store it anyway.
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

// Unchecked warns that the key was not checked, and says why.
func (a Add) Unchecked(why string) {
	a.Session.person.Say("vault: warning: the key was not checked: " + why)
}

// unknown asks whether to store a key that AWS does not know.
func (a Add) unknown(ctx context.Context, key aws.Credentials) error {
	refused := fault.New(fmt.Sprintf("AWS does not know the key %s, so it is not stored", key.AccessKeyID), "vault add "+line.Word(a.Profile)+"   check the ID for a missing character")
	yes, err := a.Session.person.Confirm(ctx, Question{
		Text: "AWS does not know this key (mistyped, deleted or new). Store it anyway?", Unasked: refused,
	})
	if err == nil && !yes {
		err = refused
	}
	return err
}

// shortOf returns the short name of an ARN's user or role, such as user/ana.
func shortOf(arn string) string {
	a, _ := aws.ParseARN(arn)
	if a.IsRoot() {
		return "the root user"
	}
	return a.Short()
}

// MFALister lists the MFA devices of a user, through IAM.
type MFALister interface {
	MFADevices(ctx context.Context) ([]string, error)
}

// Devices returns the MFA devices of the key's user that produce codes. known is false if AWS
// does not say: many policies allow that call only after sign-in with MFA.
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

// MFADevice finds the device that a person has typed: an ARN, a serial number, or a name in
// the key's account.
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

// isSerial reports whether a text is the serial number of a hardware token, such as
// GAHT12345678. Names that people choose contain small letters or are shorter.
func isSerial(text string) bool {
	return len(text) >= 9 && madeOf(text, upper+digits) && strings.ContainsAny(text, digits)
}
