package cmd

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/line"
	"awsvault/internal/resolve"
	"awsvault/internal/source"
	"awsvault/internal/vault"
)

// ExplainCmd shows the plan of a profile.
type ExplainCmd struct {
	Profile   string        `arg:"" help:"The profile."`
	Region    string        `short:"r" help:"As with use." placeholder:"REGION"`
	Duration  time.Duration `short:"d" help:"As with use." env:"AWS_VAULT_DURATION" placeholder:"DURATION"`
	NoSession bool          `short:"n" help:"As with use."`
	JSON      bool          `name:"json" help:"Print one JSON object."`
}

// Help is the second part of `vault explain --help`.
func (ExplainCmd) Help() string {
	return `What "vault use" would do: each step and AWS call, whether a session is cached,
how many MFA codes it takes, how long the result lasts and what limits that, and
each setting with the file and line it comes from. Without network and questions.

  vault explain prod
  vault explain prod --duration 4h`
}

type explainJSON struct {
	Schema    int           `json:"schema"`
	Profile   string        `json:"profile"`
	Account   *string       `json:"account"`
	Region    *string       `json:"region"`
	Protected bool          `json:"protected"`
	Steps     []stepJSON    `json:"steps"`
	Calls     int           `json:"calls"`
	MFA       mfaJSON       `json:"mfa"`
	Lifetime  *int64        `json:"lifetime_seconds"`
	Limit     *string       `json:"limit"`
	Notes     []string      `json:"notes"`
	Settings  []settingJSON `json:"settings"`
}

type stepJSON struct {
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

type mfaJSON struct {
	Now       int `json:"now"`
	Uncached  int `json:"uncached"`
	AfterThis int `json:"after_this"`
}

type settingJSON struct {
	Profile string  `json:"profile"`
	Key     string  `json:"key"`
	Value   string  `json:"value"`
	From    string  `json:"from"`
	Note    *string `json:"note"`
}

// Run prints the plan.
func (c *ExplainCmd) Run(a *App) error {
	plan, err := a.session().As(a.nobody()).Plan(a.ctx, vault.Want{Profile: c.Profile, Region: c.Region, Duration: c.Duration, NoSession: c.NoSession, OwnRegion: true})
	if err != nil {
		return err
	}
	preview, err := plan.Preview(a.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.PrintJSON(explained(plan, preview))
	}
	out := &strings.Builder{}
	a.explainSteps(out, plan, preview)
	explainSettings(out, plan.Settings())
	_, err = a.Stdout.WriteString(out.String())
	return err
}

func (a *App) explainSteps(out *strings.Builder, plan *vault.Plan, preview vault.Preview) {
	last := len(plan.Steps) - 1
	fmt.Fprintf(out, "Getting %s takes %s", front.Printable(plan.Profile), front.Counted(len(plan.Steps), "step"))
	if plan.Account != "" {
		fmt.Fprintf(out, ", in account %s", plan.Account)
	}
	if plan.Protected {
		fmt.Fprint(out, "; it is protected")
	}
	fmt.Fprint(out, "\n\n")
	for i, s := range plan.Steps {
		fmt.Fprintf(out, "  %d  %s\n", i+1, front.Printable(strings.TrimSpace(s.Kind.String()+"  "+s.Subject())))
		for _, line := range a.remarks(s, preview.Steps[i], i == last) {
			fmt.Fprintf(out, "     %s\n", front.Printable(line))
		}
	}
	fmt.Fprintf(out, "\nNow       %s, %s", front.Counted(preview.Calls, "AWS call"), front.Counted(preview.Codes, "MFA code"))
	if all := plan.MFAPrompts(); all != preview.Codes {
		fmt.Fprintf(out, " (%d without the cache)", all)
	}
	fmt.Fprintln(out)
	for _, note := range plan.Notes {
		fmt.Fprintln(out, line.Wrap("Note      "+front.Printable(note), 80, 10))
	}
	fmt.Fprintln(out)
}

// remarks are the lines below a step.
func (a *App) remarks(s resolve.Step, p vault.StepPreview, delivered bool) []string {
	var lines []string
	switch {
	case !p.Cached.IsZero():
		lines = append(lines, "cached: "+front.Brief(p.Cached.Sub(a.Now()))+" left")
	case p.Skipped:
		lines = append(lines, "not needed now: a later step is cached")
	case s.Kind == resolve.SSO:
		lines = append(lines, a.signedInNow(s))
	}
	if s.Duration > 0 {
		line := front.Brief(s.Duration)
		if p.Limit != "" {
			line += ", " + p.Limit
		}
		lines = append(lines, line)
	} else if s.From != "" {
		lines = append(lines, s.From)
	}
	return lines
}

// signedInNow says whether getting the credentials would open a browser.
func (a *App) signedInNow(s resolve.Step) string {
	until, renewable, err := source.SSO(a.sources(), a.session().As(a.nobody()), resolve.Never, resolve.Setting{}).Token(source.SSOSession(s.SignIn))
	switch {
	case err != nil:
		return err.Error()
	case until.IsZero():
		return "not signed in: opens a page in the browser"
	case renewable:
		return "signed in, and renews by itself"
	}
	return "signed in, " + a.Expiry(until)
}

func explainSettings(out *strings.Builder, settings []resolve.SettingUse) {
	if len(settings) == 0 {
		return
	}
	keys, values := len("SETTING"), len("VALUE")
	for _, s := range settings {
		keys, values = max(keys, len(s.Key)), max(values, line.Width(line.CutStart(front.Printable(s.Text), widestValue)))
	}
	fmt.Fprintf(out, "%-*s  %-*s  FROM\n", keys, "SETTING", values, "VALUE")
	for _, s := range settings {
		value := line.Pad(line.CutStart(front.Printable(s.Text), widestValue), values)
		fmt.Fprintf(out, "%-*s  %s  %s\n", keys, s.Key, value, front.Printable(s.From))
		if s.Note != "" {
			fmt.Fprintf(out, "%-*s  ^ %s\n", keys, "", front.Printable(s.Note))
		}
	}
}

// widestValue is how much of a value is shown; its end, which tells ARNs apart.
const widestValue = 40

func explained(plan *vault.Plan, preview vault.Preview) explainJSON {
	doc := explainJSON{
		Schema: 1, Profile: plan.Profile, Account: front.Optional(plan.Owner()), Region: front.Optional(plan.Region.Text), Protected: plan.Protected,
		Calls: preview.Calls, MFA: mfaJSON{Now: preview.Codes, Uncached: plan.MFAPrompts()},
		Notes: append([]string{}, plan.Notes...), Settings: []settingJSON{},
	}
	for i, s := range plan.Steps {
		p := preview.Steps[i]
		step := stepJSON{
			Kind: s.Kind.String(), Profile: s.Profile, Role: front.Optional(cmp.Or(s.RoleARN, s.SSORole)), MFA: front.Optional(s.MFASerial), Duration: seconds(s.Duration),
			Limit: front.Optional(p.Limit), Endpoint: front.Optional(s.Endpoint.URL), Skipped: p.Skipped, From: front.Optional(s.From),
		}
		if !p.Cached.IsZero() {
			until := p.Cached.UTC()
			step.Cached = &until
		}
		doc.Steps = append(doc.Steps, step)
	}
	last := len(plan.Steps) - 1
	doc.Lifetime, doc.Limit = seconds(plan.Steps[last].Duration), front.Optional(preview.Steps[last].Limit)
	for _, s := range plan.Settings() {
		doc.Settings = append(doc.Settings, settingJSON{s.Profile, s.Key, s.Text, s.From, front.Optional(s.Note)})
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
