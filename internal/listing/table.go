package listing

import (
	"bufio"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"awsvault/internal/awsconf"
	"awsvault/internal/line"
	"awsvault/internal/say"
)

// awsVaultTable is the output of `aws-vault list` for programs, with the same columns, widths
// and order.
type awsVaultTable struct {
	profiles []string       // of the AWS files
	stored   []string       // names of stored keys; some have no profile
	sessions []sessionLabel // some have no profile
}

// awsVaultNames returns the profiles that aws-vault lists, for loops over them: the profiles
// of the config file, without a [default] that has only settings of other tools.
func awsVaultNames(c *awsconf.Config) []string {
	c = c.OfConfigFile()
	names := c.Names()
	section, err := c.Profile("default")
	if err != nil || slices.ContainsFunc(awsVaultKeys[:], func(key string) bool {
		v, _ := section.Get(key)
		return strings.TrimSpace(v.Text) != ""
	}) {
		return names
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "default" })
}

// awsVaultKeys lists the settings that aws-vault reads.
var awsVaultKeys = [...]string{
	"mfa_serial", "role_arn", "external_id", "region", "role_session_name", "duration_seconds", "source_profile", "include_profile",
	"sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name", "web_identity_token_file", "web_identity_token_process",
	"sts_regional_endpoints", "endpoint_url", "session_tags", "transitive_session_tags", "source_identity", "credential_process", "mfa_process",
}

type sessionLabel struct{ profile, text string }

// rows calls row for each row.
func (t awsVaultTable) rows(row func(name, key, sessions string)) {
	hasKey, labels := map[string]bool{}, map[string][]string{}
	for _, name := range t.stored {
		hasKey[name] = true
	}
	for _, s := range t.sessions {
		labels[s.profile] = append(labels[s.profile], s.text)
	}
	row("Profile", "Credentials", "Sessions")
	row("=======", "===========", "========")
	listed := map[string]bool{} // the listed names with a key or a session
	for _, profile := range t.profiles {
		name, key := line.Printable(profile), ""
		if hasKey[profile] {
			key = name
		}
		sessions := labels[profile]
		if key != "" || sessions != nil {
			listed[profile] = true
		}
		row(name, key, strings.Join(sessions, ", "))
	}
	for _, name := range t.stored {
		if !listed[name] {
			row("", line.Printable(name), "")
		}
	}
	for _, s := range t.sessions {
		if !listed[s.profile] {
			row("", "", s.text)
		}
	}
}

// write formats the rows as text/tabwriter does with aws-vault's settings, but uses no memory
// for each of ten thousand rows. Every column, including the last, is 25 wide or two wider
// than its widest text. A name that is too long for `use` does not widen its column: it would
// lengthen all the rows.
func (t awsVaultTable) write(w *bufio.Writer) {
	widths := [3]int{25, 25, 25}
	each := func(call func(column int, text string)) func(name, key, sessions string) {
		return func(name, key, sessions string) {
			for i, text := range [...]string{name, key, sessions} {
				if text == "" {
					text = "-"
				}
				call(i, text)
			}
		}
	}
	t.rows(each(func(column int, text string) {
		widths[column] = max(widths[column], min(utf8.RuneCountInString(text), mostUsable)+2)
	}))
	t.rows(each(func(column int, text string) {
		w.WriteString(text)
		for n := widths[column] - utf8.RuneCountInString(text); n > 0; n -= len(blanks) {
			w.WriteString(blanks[:min(n, len(blanks))])
		}
		if column == len(widths)-1 {
			w.WriteByte('\n')
		}
	}))
}

// mostUsable is the longest profile name that `use` accepts.
const mostUsable = 512

const blanks = "                         "

// columns returns the columns of vault's own table.
func columns() []line.Column {
	return []line.Column{
		{Head: "PROFILE", Least: 8}, {Head: "ACCOUNT", Drop: 4}, {Head: "ROLE", Drop: 3}, {Head: "REGION", Drop: 2}, {Head: "SESSION", Drop: 5},
		{Head: "SOURCE", Drop: 1, Least: 16, End: true}, // for a broken profile, the cause is at the beginning
	}
}

// ownTable formats vault's own table in at most screen columns; 0 means no limit.
func (w Page) ownTable(rows []profile, screen int) []string {
	table := line.Table{Columns: columns()}
	for _, r := range rows {
		left := "-"
		if !r.expires.IsZero() {
			left = line.Left(r.expires.Sub(w.Now))
		}
		source, role, region := cmp.Or(r.Source, "-"), "-", "-"
		if r.key {
			role = "user"
		}
		if r.Problem == nil {
			region = say.NoRegion
		}
		if age := r.since.Text(w.Now); age != "" && r.key {
			source += " (" + age + " old)"
		}
		if r.MFA {
			source += " + MFA"
		}
		if r.Protected {
			source += "   protected"
		}
		if r.broken() {
			source = "broken: " + r.Problem.Error()
		}
		fields := []string{r.Name, cmp.Or(r.Account, "-"), cmp.Or(r.Role, role), cmp.Or(r.Region, region), left, source}
		for i := range fields {
			fields[i] = line.Printable(fields[i])
		}
		table.Rows = append(table.Rows, fields)
	}
	margin := 2
	if slices.ContainsFunc(rows, func(p profile) bool { return len(p.marks()) == 2 }) {
		margin = 3
	}
	room := screen
	if screen > 0 {
		room = max(screen-margin, 1)
	}
	lines := table.Lines(room)
	for n, l := range lines {
		if n == 0 {
			lines[n] = w.Ink.Paint(say.Bold, line.Pad("", margin)+l)
			continue
		}
		p := rows[n-1]
		marks := line.Pad(p.marks(), margin)
		switch {
		case p.active:
			lines[n] = w.Ink.Paint(say.Bold, marks+l)
		case p.broken():
			lines[n] = w.Ink.Paint(say.Red, p.marks()) + marks[len(p.marks()):] + l
		default:
			lines[n] = marks + l
		}
	}
	return append(lines, legend(rows, screen)...)
}

// marks returns the marks of a row. They come first, so that a narrow terminal shows them.
func (p *profile) marks() (marks string) {
	if p.active {
		marks = "*"
	}
	switch {
	case p.broken():
		return marks + "x"
	case p.Protected:
		return marks + "!"
	}
	return marks
}

// broken reports whether a profile cannot be used.
func (p *profile) broken() bool { return p.Problem != nil && !p.settings() }

// legend explains the marks of the rows.
func legend(rows []profile, screen int) (lines []string) {
	if slices.ContainsFunc(rows, func(p profile) bool { return p.Protected }) {
		lines = append(lines, "  ! protected")
	}
	if i := slices.IndexFunc(rows, func(p profile) bool { return p.broken() }); i >= 0 {
		said := line.Wrap("  x broken: vault explain "+line.Word(rows[i].Name)+" says why", screen, 4)
		lines = append(lines, strings.Split(said, "\n")...)
	}
	return lines
}
