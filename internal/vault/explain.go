package vault

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

// Explanation shows a plan: Text is for people, and the JSON of Document for programs.
type Explanation struct {
	plan    *Plan
	preview Preview
	now     time.Time
	// signedIn says whether a step would open a browser to get its credentials.
	signedIn func(resolve.Step) string
}

// Explain looks into the cache. It makes no call and asks no person. signedIn describes the
// sign-in of a step.
func (p *Plan) Explain(ctx context.Context, signedIn func(resolve.Step) string) (Explanation, error) {
	preview, err := p.Preview(ctx)
	return Explanation{p, preview, p.session.Now(), signedIn}, err
}

// Document is the explanation for programs. Unknown values are null.
type Document struct {
	Schema    int               `json:"schema"`
	Profile   string            `json:"profile"`
	Account   *string           `json:"account"`
	Region    *string           `json:"region"`
	Protected bool              `json:"protected"`
	Narrowed  *documentNarrowed `json:"narrowed"`
	Steps     []documentStep    `json:"steps"`
	Calls     int               `json:"calls"`
	MFA       documentMFA       `json:"mfa"`
	Lifetime  *int64            `json:"lifetime_seconds"`
	Limit     *string           `json:"limit"`
	Notes     []string          `json:"notes"`
	Settings  []documentSetting `json:"settings"`
}

type documentStep struct {
	Kind     string     `json:"kind"`
	Profile  string     `json:"profile"`
	Role     *string    `json:"role"`
	MFA      *string    `json:"mfa_serial"`
	Duration *int64     `json:"duration_seconds"`
	Limit    *string    `json:"limit"`
	Endpoint *string    `json:"endpoint"`
	Cached   *time.Time `json:"cached_until"`
	Skipped  bool       `json:"skipped"`
	From     *string    `json:"from"`
}

type documentNarrowed struct {
	ReadOnly bool     `json:"read_only"`
	Policies []string `json:"policies"`
	From     string   `json:"from"`
}

type documentMFA struct {
	Now       int `json:"now"`
	Uncached  int `json:"uncached"`
	AfterThis int `json:"after_this"`
}

type documentSetting struct {
	Profile string  `json:"profile"`
	Key     string  `json:"key"`
	Value   string  `json:"value"`
	From    string  `json:"from"`
	Note    *string `json:"note"`
}

// Text is the explanation for people: the steps, and below them where each setting comes from.
// screen is the number of columns of the terminal; zero: no terminal. Text cuts nothing, so
// that people can copy it.
func (e Explanation) Text(screen int) string {
	steps, settings := &strings.Builder{}, &strings.Builder{}
	e.steps(steps)
	showSettings(settings, e.plan.Settings(), screen)
	return line.Fit(steps.String(), screen) + settings.String()
}

func (e Explanation) steps(out *strings.Builder) {
	plan, preview := e.plan, e.preview
	fmt.Fprintf(out, "Getting %s takes %s", line.Printable(plan.Profile), line.Count(len(plan.Steps), "step"))
	if plan.Account != "" {
		fmt.Fprintf(out, ", in account %s", plan.Account)
	}
	if plan.Protected {
		fmt.Fprint(out, "; it is protected")
	}
	fmt.Fprint(out, "\n\n")
	for i, s := range plan.Steps {
		fmt.Fprintf(out, "  %d  %s\n", i+1, line.Printable(strings.TrimSpace(s.Kind.String()+"  "+s.Subject())))
		for _, remark := range e.remarks(s, preview.Steps[i]) {
			fmt.Fprintf(out, "     %s\n", line.Printable(remark))
		}
	}
	if plan.Min > 0 {
		fmt.Fprintf(out, "\nAt least  %s must be left, or it is renewed first (%s)", line.Exact(plan.Min), line.Printable(plan.MinFrom))
	}
	fmt.Fprintf(out, "\nNow       %s, %s", line.Count(preview.Calls, "AWS call"), line.Count(preview.Codes, "MFA code"))
	if all := plan.MFAPrompts(); all != preview.Codes {
		fmt.Fprintf(out, " (%d without the cache)", all)
	}
	fmt.Fprintln(out)
	for _, note := range plan.Notes {
		fmt.Fprintln(out, line.Wrap("Note      "+line.Printable(note), 80, 10))
	}
	fmt.Fprintln(out)
}

// remarks returns the lines below a step.
func (e Explanation) remarks(s resolve.Step, p StepPreview) []string {
	var lines []string
	switch {
	case !p.Cached.IsZero():
		lines = append(lines, "cached: "+line.Left(p.Cached.Sub(e.now)))
	case p.Skipped:
		lines = append(lines, "not needed now: a later step is cached")
	case s.Kind == resolve.SSO:
		lines = append(lines, e.signedIn(s))
	}
	if s.Duration > 0 {
		lasts := line.Rounded(s.Duration)
		if p.Limit != "" {
			lasts += ", " + p.Limit
		}
		lines = append(lines, lasts)
	} else if s.From != "" {
		lines = append(lines, s.From)
	}
	if s.Primes {
		lines = append(lines, "saves typing the passphrase of "+s.Profile+" while it lasts: "+primeCost)
	}
	if s.Policy != "" || len(s.PolicyARNs) > 0 {
		lines = append(lines, narrowedTo(e.plan.Narrowed)...)
	}
	if ends := e.plan.FileKeys().Expires; s.Kind == resolve.FileKeys && !ends.IsZero() {
		lines = append(lines, keysEnd(s, ends.Sub(e.now)))
	}
	return lines
}

// primeCost is the cost of a session that saves passphrases.
const primeCost = "one call more (AWS_VAULT_PRIME=never)"

// narrowedTo says what a narrowed session may do.
func narrowedTo(n resolve.Narrowing) []string {
	lines := []string{
		"narrowed to " + strings.Join(n.Names, ", ") + " (" + n.From + ")",
		"the session may do what the role allows and " + map[bool]string{true: "this policy", false: "one of these policies"}[len(n.Names) == 1] + " allows too; a policy never adds rights to the role",
	}
	if slices.ContainsFunc(n.ARNs, func(arn string) bool { return strings.HasSuffix(arn, ":iam::aws:policy/"+resolve.ReadOnlyPolicy) }) {
		lines = append(lines, "ReadOnlyAccess changes nothing, but it reads data too: objects in S3, items in DynamoDB, logs")
	}
	return lines
}

// keysEnd says how long the keys of a session in a file last.
func keysEnd(s resolve.Step, left time.Duration) string {
	if left > 0 {
		return "these keys expire in " + line.Rounded(left)
	}
	said := "these keys expired " + line.Rounded(-left) + " ago"
	if s.Hides != "" {
		said += ", and hide " + s.Hides
	}
	return said
}

// showSettings prints a table. If the table is wider than the screen, it prints the columns
// below each other.
func showSettings(out *strings.Builder, settings []resolve.SettingUse, screen int) {
	if len(settings) == 0 {
		return
	}
	keys, values, from := len("SETTING"), len("VALUE"), len("FROM")
	for _, s := range settings {
		keys, values, from = max(keys, len(s.Key)), max(values, line.Width(line.Printable(s.Text))), max(from, line.Width(line.Printable(s.From)))
	}
	if screen > 0 && keys+2+values+2+from > screen {
		for _, s := range settings {
			fmt.Fprintln(out, line.Wrap(s.Key+" = "+line.Printable(s.Text), screen, 2))
			fmt.Fprintln(out, line.Wrap("    "+line.Printable(s.From), screen, 6))
			if s.Note != "" {
				fmt.Fprintln(out, line.Wrap("    "+line.Printable(s.Note), screen, 6))
			}
		}
		return
	}
	fmt.Fprintf(out, "%-*s  %-*s  FROM\n", keys, "SETTING", values, "VALUE")
	for _, s := range settings {
		fmt.Fprintf(out, "%-*s  %s  %s\n", keys, s.Key, line.Pad(line.Printable(s.Text), values), line.Printable(s.From))
		if s.Note != "" {
			fmt.Fprintf(out, "%-*s  ^ %s\n", keys, "", line.Printable(s.Note))
		}
	}
}

// Document returns the explanation for programs.
func (e Explanation) Document() Document {
	plan, preview := e.plan, e.preview
	doc := Document{
		Schema: 1, Profile: plan.Profile, Account: known(plan.Owner()), Region: known(plan.Region.Text), Protected: plan.Protected,
		Calls: preview.Calls, MFA: documentMFA{Now: preview.Codes, Uncached: plan.MFAPrompts()},
		Notes: append([]string{}, plan.Notes...), Settings: []documentSetting{},
	}
	if n := plan.Narrowed; n.Given() {
		doc.Narrowed = &documentNarrowed{n.ReadOnly(), n.Names, n.From}
	}
	for i, s := range plan.Steps {
		p := preview.Steps[i]
		step := documentStep{
			Kind: s.Kind.String(), Profile: s.Profile, Role: known(cmp.Or(s.RoleARN, s.SSORole)), MFA: known(s.MFASerial), Duration: seconds(s.Duration),
			Limit: known(p.Limit), Endpoint: known(s.Endpoint.URL), Skipped: p.Skipped, From: known(s.From),
		}
		if !p.Cached.IsZero() {
			until := p.Cached.UTC()
			step.Cached = &until
		}
		doc.Steps = append(doc.Steps, step)
	}
	last := len(plan.Steps) - 1
	doc.Lifetime, doc.Limit = seconds(plan.Steps[last].Duration), known(preview.Steps[last].Limit)
	for _, s := range plan.Settings() {
		doc.Settings = append(doc.Settings, documentSetting{s.Profile, s.Key, s.Text, s.From, known(s.Note)})
	}
	return doc
}

func seconds(d time.Duration) *int64 {
	if d == 0 {
		return nil
	}
	n := int64(d / time.Second)
	return &n
}

// known returns the text, or nil if it is empty.
func known(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
