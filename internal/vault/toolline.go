package vault

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/near"
)

// Tool is a program that signs in to an identity provider and prints credentials for a
// credential_process.
type Tool struct {
	Name string
	Home string // its home page
	// Ours means that only vault can read the tool's output. AWS tools cannot.
	Ours bool

	words []string // the program and its arguments; PROFILE stands for the profile's name
	needs []string // the flags without which it would ask or fail; "" is an argument
	usage string   // the arguments of an example
}

// tools are the programs that [Session.ToolLine] knows. The flags come from their sources:
// saml2aws 65195ee, gimme-aws-creds 728bef8, okta-aws-cli bc85496, Teleport's RFD on Roles
// Anywhere, and docs.aws.amazon.com/rolesanywhere/latest/userguide/credential-helper.html.
var tools = [...]Tool{
	{Name: "saml2aws", Home: "https://github.com/Versent/saml2aws",
		words: []string{"saml2aws", "login", "--credential-process", "--quiet", "--profile", "PROFILE"},
		needs: []string{"--role"}, usage: "--role arn:aws:iam::111122223333:role/reader"},
	{Name: "gimme-aws-creds", Home: "https://github.com/Nike-Inc/gimme-aws-creds", Ours: true,
		words: []string{"gimme-aws-creds", "--output-format", "json"},
		usage: "--profile NAME --roles arn:aws:iam::111122223333:role/reader"},
	{Name: "okta-aws-cli", Home: "https://github.com/okta/okta-aws-cli",
		words: []string{"okta-aws-cli", "web", "--format", "process-credentials"},
		usage: "--org-domain example.okta.com --oidc-client-id 0oa1 --aws-iam-idp ARN --aws-iam-role ARN --open-browser"},
	{Name: "tsh", Home: "https://goteleport.com/docs/connect-your-client/tsh/",
		words: []string{"tsh", "apps", "config", "--format", "aws-credential-process"},
		needs: []string{""}, usage: "APP"},
	{Name: "aws_signing_helper", Home: "https://docs.aws.amazon.com/rolesanywhere/latest/userguide/credential-helper.html",
		words: []string{"aws_signing_helper", "credential-process"},
		needs: []string{"--trust-anchor-arn", "--profile-arn", "--role-arn"},
		usage: "--certificate FILE --private-key FILE --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN"},
}

// ToolNames returns the names that [FindTool] knows.
func ToolNames() (names []string) {
	for _, t := range tools {
		names = append(names, t.Name)
	}
	return names
}

// FindTool returns the tool of that name.
func FindTool(name string) (Tool, error) {
	for _, t := range tools {
		if t.Name == name {
			return t, nil
		}
	}
	names := ToolNames()
	hint := "one of " + strings.Join(names, ", ") + "; any other program can be a credential_process"
	if like := near.Names(name, names); len(like) > 0 {
		hint = "did you mean " + strings.Join(like, " or ") + "?"
	}
	return Tool{}, fault.NewUsage(fmt.Sprintf("init cannot write a profile for %q", name), hint)
}

// Usage returns the command that writes a profile for the tool.
func (t Tool) Usage(profile string) string {
	return fmt.Sprintf("vault init --from %s -- %s %s", t.Name, line.Word(profile), t.usage)
}

// Notes returns what a person should know after writing a profile for the tool. found says
// that the tool is on their PATH.
func (t Tool) Notes(profile string, found bool) (notes []string) {
	if !found {
		notes = append(notes, "vault: warning: "+t.Name+" is not on your PATH; it comes from "+t.Home)
	}
	if t.Ours {
		notes = append(notes, fmt.Sprintf("    AWS tools cannot read the output of %s: give it to programs with vault use, vault exec, or vault credential-process %s", t.Name, line.Word(profile)))
	}
	return notes
}

// line returns the credential_process of a profile that gets its credentials from the tool.
func (t Tool) line(goos, profile string, args []string) (string, error) {
	words := slices.Clone(t.words)
	for i, w := range words {
		if w == "PROFILE" {
			words[i] = profile
		}
	}
	return commandLine(goos, append(words, args...))
}

// lacks returns the first thing that the tool needs and that args do not contain.
func (t Tool) lacks(args []string) (string, bool) {
	for _, need := range t.needs {
		has := slices.ContainsFunc(args, func(arg string) bool {
			if need == "" {
				return !strings.HasPrefix(arg, "-")
			}
			return arg == need || strings.HasPrefix(arg, need+"=")
		})
		if !has {
			return need, true
		}
	}
	return "", false
}

// ToolLine returns the line with which a profile gets its credentials from a tool. The profile
// need not exist.
func (s *Session) ToolLine(goos string, t Tool, profile string, args []string) (ProcessLine, error) {
	if err := CheckProfileName(profile); err != nil {
		return ProcessLine{}, err
	}
	if need, lacks := t.lacks(args); lacks {
		if need == "" {
			need = "an argument"
		}
		return ProcessLine{}, fault.NewUsage(fmt.Sprintf("%s needs %s", t.Name, need),
			t.Usage(profile))
	}
	if secret, has := secretFlag(args); has {
		return ProcessLine{}, fault.NewUsage(secret+" has a secret, and every program could read it in ~/.aws/config",
			"leave it out: "+t.Name+" asks for it, or keeps it in its own keychain")
	}
	config, err := s.world.Config()
	if err != nil {
		return ProcessLine{}, err
	}
	if err := config.Above(); err != nil {
		return ProcessLine{}, err
	}
	text, err := t.line(goos, profile, args)
	if err != nil {
		return ProcessLine{}, err
	}
	p, err := config.Profile(profile)
	if missing := (*awsconf.NotFoundError)(nil); errors.As(err, &missing) {
		return ProcessLine{Profile: profile, Command: text}, nil
	} else if err != nil {
		return ProcessLine{}, err
	}
	for _, key := range append(slices.Clone(askedFirst[:]), processKey) {
		if v, ok := p.Get(key); ok && v.Text != text {
			return ProcessLine{}, fault.Hinted(fmt.Errorf("%s: profile %q already gets its credentials from %s", v.Pos, profile, key),
				"choose another name, or take "+key+" out: vault edit "+profile)
		}
	}
	return ProcessLine{Profile: p.Name(), Command: text}, nil
}

// secretFlag finds an argument that would put a secret into the config file. It looks at the
// words in a flag's name, for any tool, and at the form of the value.
func secretFlag(args []string) (string, bool) {
	for i, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		flag := strings.HasPrefix(name, "-")
		given := flag && (value != "" || i+1 < len(args) && !strings.HasPrefix(args[i+1], "-")) // --cache-access-token takes no value
		switch {
		case given && slices.ContainsFunc(strings.Split(strings.ToLower(name), "-"), func(word string) bool { return slices.Contains(secretWords, word) }):
			return name, true
		case given && len(name) > len("--mfa-") && strings.HasPrefix("--mfa-code", name): // Python programs accept shortened flags
			return name, true
		case !looksSecret(arg):
		case flag && value != "":
			return name, true
		case i > 0 && strings.HasPrefix(args[i-1], "-"):
			return args[i-1], true
		default:
			return fmt.Sprintf("argument %d", i+1), true
		}
	}
	return "", false
}

// secretWords are words in the names of flags that take a secret.
var secretWords = []string{"password", "passwd", "passphrase", "pass", "secret", "token", "pin", "code", "otp"}

// looksSecret reports whether a value contains a key, a PIN, or a URL with a password.
func looksSecret(text string) bool {
	_, rest, _ := strings.Cut(text, "://")
	user, _, ok := strings.Cut(rest, "@")
	return strings.Contains(text, "-----BEGIN") || strings.Contains(text, "pin-value=") || ok && strings.Contains(user, ":") && !strings.Contains(user, "/")
}
