package cmd

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/awsfile"
	"awsvault/internal/fault"
	"awsvault/internal/sso"
)

// SSOSyncCmd writes profiles.
type SSOSyncCmd struct {
	Session       string `arg:"" optional:"" help:"An [sso-session], or a profile."`
	Name          string `help:"How profiles are called, from {account}, {account_id}, {role}, {session} and {email}." default:"{account}/{role}" placeholder:"TEMPLATE"`
	Region        string `short:"r" help:"Region of new profiles." placeholder:"REGION"`
	Prune         bool   `help:"Remove profiles that sync wrote and that are not assigned any more."`
	DryRun        bool   `name:"dry-run" short:"n" help:"Only show what would change."`
	Yes           bool   `short:"y" help:"Do not ask."`
	UseDeviceCode bool   `name:"use-device-code" help:"Sign in with a code, if a sign-in is needed."`
}

// Help is the second part of `vault sso sync --help`.
func (SSOSyncCmd) Help() string {
	return `Writes a profile into ~/.aws/config for each account and role that you have.
Profiles that you wrote yourself are never changed, nor is any other line; those
that sync wrote carry a comment, and only they are updated and pruned.

  vault sso sync corp --dry-run
  vault sso sync corp --name "{account}.{role}" --region eu-west-1 --prune`
}

// syncPlan is what sync would do to the config file.
type syncPlan struct {
	edits   []awsconf.Edit
	added   []string // names, with what they lead to
	changed []string
	removed []string
	taken   []string // names that the person uses for something else
	there   int      // assignments that have a profile already
}

// Run lists what is assigned, and writes what is missing.
func (c *SSOSyncCmd) Run(a *App) error {
	s, bundle, err := a.ssoSession(c.Session)
	if err != nil {
		return err
	}
	if s.Name == "" {
		return fault.Hinted(errors.New("sync writes profiles that name an [sso-session], and these settings have none"), "aws configure sso-session   writes one")
	}
	if err := checkTemplate(c.Name); err != nil {
		return err
	}
	if !c.Yes && !c.DryRun && !a.canAsk() {
		return fault.NewUsage("there is no terminal to ask on", "--yes writes without asking, --dry-run only shows")
	}
	assigned, err := a.ssoClient(bundle, c.UseDeviceCode).Assignments(a.ctx, s, a.progress("accounts"))
	if err != nil {
		return err
	}
	for _, left := range assigned.Left {
		a.say("vault: warning: " + left.Text)
	}
	path, err := a.configPath()
	if err != nil {
		return err
	}
	var plan syncPlan
	look := func(data []byte) ([]byte, error) {
		if plan, err = c.plan(a.tilde(path), data, s, assigned); err != nil {
			return nil, err
		}
		return awsconf.Apply(data, plan.edits)
	}
	data, err := awsfile.Text(path, a.tilde(path))
	if err != nil {
		return err
	}
	if _, err := look(data); err != nil {
		return err
	}
	a.showSync(plan, len(assigned.Roles))
	if len(plan.edits) == 0 || c.DryRun {
		return nil
	}
	if !c.Yes {
		t, err := a.terminal()
		if err != nil {
			return err
		}
		ok, err := t.Confirm(a.ctx, fmt.Sprintf("Write %s to %s?", counted(len(plan.edits), "change"), a.tilde(path)), true)
		if err != nil || !ok {
			return err
		}
	}
	// Planned anew from what the file says now: an editor may have been open.
	if err := a.updateAWS(path, look); err != nil {
		return err
	}
	a.say(fmt.Sprintf("%s  %s written, %d changed, %d removed in %s", a.ok(), counted(len(plan.added), "profile"), len(plan.changed), len(plan.removed), a.tilde(path)))
	return nil
}

// progress shows how far something is, on a terminal only.
func (a *App) progress(what string) func(done, all int) {
	if !isTerminal(a.stderr) || a.environ["TERM"] == "dumb" {
		return nil
	}
	return func(done, all int) {
		end := "\r"
		if done == all {
			end = "\r\x1b[K"
		}
		fmt.Fprintf(a.stderr, "\r%d of %d %s%s", done, all, what, end)
	}
}

func mark(s sso.Session) string { return "sso sync " + s.Name }

// plan compares what is assigned with what the file says.
func (c *SSOSyncCmd) plan(path string, data []byte, s sso.Session, assigned sso.Assigned) (syncPlan, error) {
	var plan syncPlan
	file, err := awsconf.Parse(path, awsconf.ConfigFile, data)
	if err != nil {
		return plan, err
	}
	config := awsconf.Merge(file, nil)
	ours := map[string]bool{}
	for _, h := range file.Marked(mark(s)) {
		ours[h.Name] = h.Type == awsconf.ProfileSection
	}
	covered := map[[2]string]bool{} // by profiles that the person wrote
	for _, name := range config.Names() {
		p, err := config.Profile(name)
		if err != nil || ours[name] {
			continue // a section with a fault is the person's to mend
		}
		if session, account, role := text(p, "sso_session"), text(p, "sso_account_id"), text(p, "sso_role_name"); session == s.Name {
			covered[[2]string{account, role}] = true
		}
	}
	wanted := map[string]bool{}
	for _, n := range c.names(s, assigned.Roles) {
		account, role := n.Account.ID, n.Role
		if covered[[2]string{account, role}] {
			plan.there++
			continue
		}
		header := awsconf.Header{Kind: awsconf.ConfigFile, Type: awsconf.ProfileSection, Name: n.name}
		set := []awsconf.KV{{Key: "sso_session", Value: s.Name}, {Key: "sso_account_id", Value: account}, {Key: "sso_role_name", Value: role}}
		line := fmt.Sprintf("%s   %s %s", n.name, account, role)
		switch {
		case ours[n.name]:
			wanted[n.name] = true
			p, err := config.Profile(n.name)
			if err != nil {
				return plan, err
			}
			if same(p, set) {
				plan.there++
				continue
			}
			plan.changed = append(plan.changed, line)
			plan.edits = append(plan.edits, awsconf.Edit{Header: header, Set: set})
		case config.Has(n.name):
			plan.taken = append(plan.taken, line)
		default:
			if c.Region != "" {
				set = append(set, awsconf.KV{Key: "region", Value: c.Region})
			}
			plan.added = append(plan.added, line)
			plan.edits = append(plan.edits, awsconf.Edit{Header: header, Set: set, New: true, Mark: mark(s)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		if ours[name] && !wanted[name] && c.Prune && !unlisted(config, name, assigned.Left) {
			plan.removed = append(plan.removed, name)
			plan.edits = append(plan.edits, awsconf.Edit{Header: awsconf.Header{Kind: awsconf.ConfigFile, Type: awsconf.ProfileSection, Name: name}, Drop: true})
		}
	}
	return plan, nil
}

// unlisted says that a profile's account was left out, so that it is not known
// whether the profile is still good.
func unlisted(config *awsconf.Config, name string, left []sso.Left) bool {
	p, err := config.Profile(name)
	return err == nil && slices.ContainsFunc(left, func(l sso.Left) bool { return l.Account == text(p, "sso_account_id") })
}

func text(p *awsconf.Profile, key string) string {
	v, _ := p.Get(key)
	return strings.TrimSpace(v.Text)
}

func same(p *awsconf.Profile, set []awsconf.KV) bool {
	for _, kv := range set {
		if text(p, kv.Key) != kv.Value {
			return false
		}
	}
	return true
}

type named struct {
	sso.Assignment
	name string
}

var placeholders = []string{"{account}", "{account_id}", "{role}", "{session}", "{email}"}

// checkTemplate refuses a template that names nothing, or something else.
func checkTemplate(template string) error {
	rest := template
	for _, p := range placeholders {
		rest = strings.ReplaceAll(rest, p, "")
	}
	if strings.ContainsAny(rest, "{}") || rest == template {
		return fault.NewUsage(fmt.Sprintf("--name %q is no template", template), "it is made of "+strings.Join(placeholders, " "))
	}
	return nil
}

// names gives each assignment a name. Two that would have the same one get the
// account id in it, both, so that it does not depend on the order.
func (c *SSOSyncCmd) names(s sso.Session, assigned []sso.Assignment) []named {
	out := make([]named, len(assigned))
	count := map[string]int{}
	for i, n := range assigned {
		account := n.Account.Name
		if account == "" {
			account = n.Account.ID
		}
		out[i] = named{n, strings.NewReplacer("{account}", nameable(account), "{account_id}", nameable(n.Account.ID),
			"{role}", nameable(n.Role), "{session}", nameable(s.Name), "{email}", nameable(n.Account.Email)).Replace(c.Name)}
		count[out[i].name]++
	}
	for i := range out {
		// [default] would be what every other profile inherits from.
		if n := &out[i]; count[n.name] > 1 || n.name == "default" {
			n.name += "-" + n.Account.ID
			if strings.Contains(c.Name, "{account_id}") || !strings.Contains(c.Name, "{role}") {
				n.name += "-" + nameable(n.Role)
			}
		}
	}
	return out
}

// nameable makes a part of a profile's name of any text: what an .awsprofile may
// say and no shell has to quote.
func nameable(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._@+=-", r):
			return r
		}
		return '-'
	}, text)
	return strings.Trim(text, "-")
}

// showSync shows what would change, a screen of it.
func (a *App) showSync(p syncPlan, assigned int) {
	const most = 15
	show := func(sign string, lines []string) {
		for i, line := range lines {
			if i == most && len(lines) > most+1 {
				a.say(fmt.Sprintf("  %s ... %d more", sign, len(lines)-most))
				return
			}
			a.say("  " + sign + " " + line)
		}
	}
	show("+", p.added)
	show("~", p.changed)
	show("-", p.removed)
	for _, line := range p.taken {
		a.say("vault: warning: there is a profile of that name already, and it is yours: " + line)
	}
	if len(p.edits) == 0 {
		a.say(fmt.Sprintf("%s  nothing to write: %d of %s have a profile", a.ok(), p.there, counted(assigned, "role")))
	}
}
