package env

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Formats returns the formats of Export: aws-vault's four first, then the shells.
func Formats() []string {
	return []string{"env", "export-env", "json", "ini", "sh", "bash", "zsh", "fish", "powershell", "cmd", "dotenv", "nushell", "elvish"}
}

// CheckFormat refuses an unknown format.
func CheckFormat(format string) error {
	if !slices.Contains(Formats(), format) {
		return fault.NewUsage("there is no format "+`"`+line.Printable(format)+`"`, "one of "+strings.Join(Formats(), ", "))
	}
	return nil
}

// Export writes the credentials and region of t in one of Formats. env, export-env and ini are
// byte for byte those of aws-vault. json and the shell formats add the account, if it is
// known, and the shell formats also the endpoints of the profile.
func Export(format string, t Target) (string, error) {
	switch format {
	case "json":
		return exportJSON(t.Credentials, t.About.Account)
	case "ini":
		return exportINI(t)
	}
	d, ok := exporters[format]
	if !ok {
		return "", fmt.Errorf("there is no format %q; there are %s", format, strings.Join(Formats(), ", "))
	}
	vars := exported(t)
	if format != "env" && format != "export-env" {
		vars = append(vars, alsoExported(t)...)
	}
	var b strings.Builder
	for _, v := range vars {
		line, err := d(v.name, v.value)
		if err != nil {
			return "", fmt.Errorf("%s in format %s: %w", v.name, format, err)
		}
		b.WriteString(line + "\n")
	}
	return b.String(), nil
}

type pair struct{ name, value string }

// exported returns the variables in aws-vault's order.
func exported(t Target) []pair {
	c := t.Credentials
	if t.Server.URI != "" {
		c = aws.Credentials{}
	}
	list := []pair{{"AWS_ACCESS_KEY_ID", c.AccessKeyID}, {"AWS_SECRET_ACCESS_KEY", c.SecretAccessKey}}
	if t.Server.URI != "" {
		list = []pair{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", t.Server.URI}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", t.Server.Token}}
	}
	if c.SessionToken != "" {
		list = append(list, pair{"AWS_SESSION_TOKEN", c.SessionToken})
	}
	if !c.Expires.IsZero() {
		list = append(list, pair{"AWS_CREDENTIAL_EXPIRATION", Expiration(c.Expires)})
	}
	if t.Region != "" {
		list = append(list, pair{"AWS_REGION", t.Region}, pair{"AWS_DEFAULT_REGION", t.Region})
	}
	return list
}

// alsoExported returns the variables that aws-vault does not print.
func alsoExported(t Target) []pair {
	var list []pair
	if aws.IsAccount(t.About.Account) && t.Server.URI == "" { // a server tells the account
		list = append(list, pair{"AWS_ACCOUNT_ID", t.About.Account})
	}
	for _, name := range slices.Sorted(maps.Keys(t.Endpoints)) {
		list = append(list, pair{name, t.Endpoints[name]})
	}
	return list
}

var exporters = map[string]func(name, value string) (string, error){
	"env":        func(n, v string) (string, error) { return exportPlain("", n, v) },
	"export-env": func(n, v string) (string, error) { return exportPlain("export ", n, v) },
	"sh":         sh{}.set,
	"bash":       posix{}.set,
	"zsh":        posix{}.set,
	"fish":       fish{}.set,
	"powershell": powershell{}.set,
	"cmd":        exportCmd,
	"dotenv":     exportDotenv,
	"nushell":    exportNushell,
	"elvish":     exportElvish,
}

// exportPlain writes values unchanged. Only a line break could damage such a line.
func exportPlain(prefix, name, value string) (string, error) {
	if strings.ContainsAny(value, "\x00\r\n") {
		return "", errLine
	}
	return prefix + name + "=" + value, nil
}

// exportCmd refuses characters that cmd.exe would interpret: how to quote a % or a ^ depends
// on whether the line is typed, in a batch file or in a `for /f`.
func exportCmd(name, value string) (string, error) {
	if !allPrintable(value) || strings.ContainsAny(value, `"%!^&|<>`) {
		return "", errBatch
	}
	return `set "` + name + "=" + value + `"`, nil
}

// exportDotenv writes only what all readers of .env files read alike: a bare value where
// possible (docker takes quotes as part of the value), else '...'.
func exportDotenv(name, value string) (string, error) {
	if !strings.ContainsFunc(value, func(r rune) bool { return !bare(r) }) {
		return name + "=" + value, nil
	}
	if !utf8.ValidString(value) || strings.Contains(value, "'") || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", errLine
	}
	return name + "='" + value + "'", nil
}

func bare(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("+/=_:.,@-", r)
}

// exportNushell writes "..." with nushell's escapes, see the Nushell book, "Working with
// strings".
func exportNushell(name, value string) (string, error) {
	if strings.IndexByte(value, 0) >= 0 {
		return "", errNUL
	}
	if !utf8.ValidString(value) {
		return "", errUTF8
	}
	return "$env." + name + " = " + quoteNushell(value), nil
}

func quoteNushell(value string) string {
	return quoteASCII(value, func(r rune) string { return `\u{` + strconv.FormatInt(int64(r), 16) + `}` })
}

// exportElvish writes '...', in which only the quote is special, see the Elvish language
// reference, "Single-quoted string".
func exportElvish(name, value string) (string, error) {
	if strings.IndexByte(value, 0) >= 0 {
		return "", errNUL
	}
	if !utf8.ValidString(value) {
		return "", errUTF8
	}
	return "set-env " + name + " '" + strings.ReplaceAll(value, "'", "''") + "'", nil
}

// exportJSON writes what an SDK expects from a credential_process, see the AWS SDK reference,
// "Process credential provider".
func exportJSON(c aws.Credentials, account string) (string, error) {
	for _, v := range []string{c.AccessKeyID, c.SecretAccessKey, c.SessionToken} {
		if !utf8.ValidString(v) {
			return "", fmt.Errorf("format json: %w", errUTF8)
		}
	}
	doc := struct {
		Version         int
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string `json:",omitempty"`
		Expiration      string `json:",omitempty"`
		AccountID       string `json:"AccountId,omitempty"`
	}{1, c.AccessKeyID, c.SecretAccessKey, c.SessionToken, "", ""}
	if aws.IsAccount(account) {
		doc.AccountID = account
	}
	if !c.Expires.IsZero() {
		doc.Expiration = Expiration(c.Expires)
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	return string(b) + "\n", err
}

func exportINI(t Target) (string, error) {
	if !plain(t.Profile) || strings.Contains(t.Profile, "]") {
		return "", fmt.Errorf("format ini: the profile name %q cannot be a section name", t.Profile)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "[%s]\n", t.Profile)
	c := t.Credentials
	expires := ""
	if !c.Expires.IsZero() {
		expires = Expiration(c.Expires)
	}
	for _, p := range []pair{
		{"aws_access_key_id", c.AccessKeyID}, {"aws_secret_access_key", c.SecretAccessKey},
		{"aws_session_token", c.SessionToken}, {"aws_credential_expiration", expires}, {"region", t.Region},
	} {
		if strings.ContainsAny(p.value, "\x00\r\n") {
			return "", fmt.Errorf("%s in format ini: %w", p.name, errLine)
		}
		if p.value != "" {
			fmt.Fprintf(&b, "%s=%s\n", p.name, p.value)
		}
	}
	return b.String(), nil
}
