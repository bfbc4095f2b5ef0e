package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/resolve"
)

// SSOAdd writes an [sso-session] into the config file.
type SSOAdd struct {
	Session  *Session
	Name     string
	StartURL string
	Region   string // the region of Identity Center
	File     ConfigFile
}

// CheckStartURL refuses a text that cannot be the start URL of an Identity Center.
func CheckStartURL(text string) error {
	if startHost(text) == "" || strings.ContainsAny(text, " \t\"'?\\") || strings.ContainsFunc(text, unicode.IsControl) {
		return errors.New("that is not a start URL, like https://corp.awsapps.com/start")
	}
	return nil
}

// startHost returns the host of a start URL, or an empty text. (It does not use net/url, which
// would then be initialised before every command that cmd/instant answers.)
func startHost(text string) string {
	rest, _ := strings.CutPrefix(text, "https://")
	if rest == text {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	name, port, _ := strings.Cut(host, ":")
	if !madeOf(strings.ToLower(name), lower+digits+".-") || !madeOf(port, digits) {
		return ""
	}
	return name
}

// CheckRegion refuses a region that cannot exist. The error names the ones that are near,
// because a question that is asked again has no hint.
func CheckRegion(text string) error {
	if err := resolve.CheckRegion(text); err != nil {
		return fmt.Errorf("%w: %s", err, fault.HintOf(err))
	}
	return nil
}

// SSOName derives a name for a session from its start URL: corp from
// https://corp.awsapps.com/start.
func SSOName(startURL string) string {
	name, rest, _ := strings.Cut(startHost(startURL), ".")
	if !strings.HasPrefix(rest, "awsapps.") || strings.HasPrefix(name, "d-") || nameable(name) != name || name == "" {
		return "sso"
	}
	return name
}

// with returns the config file with the session added. An existing session of that name must
// have the same start URL.
func (a SSOAdd) with(text []byte) ([]byte, error) {
	file, err := awsconf.Parse(a.File.Shown, awsconf.ConfigFile, text)
	if err != nil {
		return nil, err
	}
	if there, err := awsconf.Merge(file, nil).SSOSession(a.Name); err == nil {
		start, _ := there.Get("sso_start_url")
		if strings.TrimSpace(start.Text) != a.StartURL {
			return nil, fault.NewUsage(fmt.Sprintf("%s: [sso-session %s] has another start URL, %s", there.Pos(), a.Name, strings.TrimSpace(start.Text)),
				"vault sso add NAME   gives the new one another name")
		}
		return text, nil
	}
	return awsconf.Apply(text, []awsconf.Edit{{
		Header: awsconf.Header{Kind: awsconf.ConfigFile, Type: awsconf.SSOSessionSection, Name: a.Name}, New: true,
		Set: []awsconf.KV{
			{Key: "sso_start_url", Value: a.StartURL}, {Key: "sso_region", Value: a.Region}, {Key: "sso_registration_scopes", Value: "sso:account:access"},
		},
	}})
}

// SignIn returns how to sign in to the session before it is written, because a wrong start URL
// must not stay in the file.
func (a SSOAdd) SignIn() (*resolve.SignIn, resolve.Setting, error) {
	text, err := a.File.Text()
	if err == nil {
		text, err = a.with(text)
	}
	if err != nil {
		return nil, resolve.Setting{}, err
	}
	file, err := awsconf.Parse(a.File.Shown, awsconf.ConfigFile, text)
	if err != nil {
		return nil, resolve.Setting{}, err
	}
	return resolve.NewSignIn(resolve.Inputs{Config: awsconf.Merge(file, nil), Profile: a.Name, Getenv: a.Session.Getenv}, a.Name)
}

// Write writes the session.
func (a SSOAdd) Write(ctx context.Context) error {
	wrote := false
	err := a.File.Update(ctx, func(text []byte) ([]byte, error) {
		after, err := a.with(text)
		wrote = err == nil && string(after) != string(text)
		return after, err
	})
	if err == nil && wrote {
		a.Session.person.Done(fmt.Sprintf("wrote [sso-session %s] to %s", a.Name, a.File.Shown))
	}
	return err
}
