package awsfake

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

// ExampleSeed describes a small company: user jon with a key and an MFA device, and roles for
// every rule. See example.seed.
//
//go:embed example.seed
var ExampleSeed string

// Example contains what a client needs to know about a seeded fake: the first user with a
// key, and every role by name.
type Example struct {
	URL             string            `json:"url"`
	AccessKeyID     string            `json:"access_key_id"`
	SecretAccessKey string            `json:"secret_access_key"`
	UserARN         string            `json:"user_arn"`
	MFASerial       string            `json:"mfa_serial,omitempty"`
	MFASecret       string            `json:"mfa_secret,omitempty"` // base32
	Roles           map[string]string `json:"roles"`
	SSOStartURL     string            `json:"sso_start_url,omitempty"` // of the first Identity Center
	SSORegion       string            `json:"sso_region,omitempty"`
	CAFile          string            `json:"ca_file,omitempty"` // with TLS, if it was written to a file
}

// Load creates what a seed describes. example.seed shows the format:
//
//	account ID [alias=NAME]
//	user [PATH]NAME [key] [mfa[=NAME]]
//	role [PATH]NAME trust=P[,P] [mfa] [mfa-age=D] [keys-only] [external-id=X] [max=D] [tags] [source-identity]
//	center START-URL [region=R] [session=D]
//	person NAME
//	assign PERSON ACCOUNT SET[,SET] [session=D]
//	fill PERSON accounts=N roles=N
func (s *Server) Load(seed string) (Example, error) {
	l := loader{server: s, example: Example{URL: s.URL, Roles: map[string]string{}}}
	n := 0
	for line := range strings.Lines(seed) {
		n++
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := l.line(words); err != nil {
			return Example{}, fmt.Errorf("seed line %d: %w", n, err)
		}
	}
	return l.example, nil
}

type loader struct {
	server  *Server
	account *Account
	center  *Center
	example Example
}

func (l *loader) line(words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("%q without a name", words[0])
	}
	kind, name, settings := words[0], words[1], words[2:]
	switch {
	case kind == "account":
		return l.addAccount(name, settings)
	case kind == "center", kind == "person", kind == "assign", kind == "fill":
		return l.ssoLine(kind, name, settings)
	case l.account == nil:
		return fmt.Errorf("%q before the first account", kind)
	case kind == "user":
		return l.addUser(name, settings)
	case kind == "role":
		return l.addRole(name, settings)
	}
	return fmt.Errorf("unknown kind %q", kind)
}

func (l *loader) addAccount(id string, settings []string) error {
	if !isAccountID(id) {
		return fmt.Errorf("account id %q is not 12 digits", id)
	}
	l.account = l.server.Account(id)
	for _, setting := range settings {
		alias, ok := strings.CutPrefix(setting, "alias=")
		if !ok {
			return fmt.Errorf("unknown setting %q of an account", setting)
		}
		l.account.SetAlias(alias)
	}
	return nil
}

func (l *loader) addUser(name string, settings []string) error {
	u := l.account.AddUser(name)
	var key Key
	var device *Device
	for _, setting := range settings {
		word, value, _ := strings.Cut(setting, "=")
		switch word {
		case "key":
			key = u.AddKey()
		case "mfa":
			if value == "" {
				value = u.Name
			}
			device = u.AddMFA(value)
		default:
			return fmt.Errorf("unknown setting %q of a user", setting)
		}
	}
	if key.ID != "" && l.example.AccessKeyID == "" {
		l.example.AccessKeyID, l.example.SecretAccessKey, l.example.UserARN = key.ID, key.Secret, u.ARN()
		if device != nil {
			l.example.MFASerial, l.example.MFASecret = device.Serial, device.Secret()
		}
	}
	return nil
}

func (l *loader) addRole(name string, settings []string) error {
	at := strings.LastIndex(name, "/") + 1
	r := Role{Path: name[:at], Name: name[at:]}
	for _, setting := range settings {
		word, value, _ := strings.Cut(setting, "=")
		var err error
		switch word {
		case "trust":
			for p := range strings.SplitSeq(value, ",") {
				r.Trust.Principals = append(r.Trust.Principals, l.principal(p))
			}
		case "mfa":
			r.Trust.MFA = true
		case "keys-only":
			r.Trust.KeysOnly = true
		case "mfa-age":
			r.Trust.MFAMaxAge, err = time.ParseDuration(value)
		case "external-id":
			r.Trust.ExternalID = value
		case "max":
			r.MaxSession, err = time.ParseDuration(value)
		case "tags":
			r.Trust.TagSession = true
		case "source-identity":
			r.Trust.SetSourceIdentity = true
		default:
			err = fmt.Errorf("unknown setting %q of a role", setting)
		}
		if err != nil {
			return err
		}
	}
	l.example.Roles[r.Name] = l.account.AddRole(r)
	return nil
}

// principal expands a short form of a principal to an ARN.
func (l *loader) principal(short string) string {
	if strings.HasPrefix(short, "arn:") || short == "*" {
		return short
	}
	account := l.account.ID
	if other, resource, ok := strings.Cut(short, ":"); ok {
		account, short = other, resource
	}
	return l.server.arn("iam", account, short)
}
