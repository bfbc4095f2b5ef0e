package cmd

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"awsvault/cmd/front"
	"awsvault/internal/awsconf"
	"awsvault/internal/doctor"
	"awsvault/internal/fault"
	"awsvault/internal/store"
)

// DoctorCmd looks for what is wrong.
type DoctorCmd struct {
	JSON   bool   `name:"json" help:"Print one JSON object."`
	Report bool   `help:"Without names, ids, and paths in your home: to paste into an issue."`
	Fix    bool   `help:"Mend what is safe: modes of files, and what killed runs left."`
	Hook   string `hidden:"" help:"What the hook says of itself."`
}

// Help is the second part of `vault doctor --help`.
func (DoctorCmd) Help() string {
	return `Looks at this shell, the keystores, the AWS files, the variables, the clock and the
network, and says in a line each what is good, a warning (!) or a problem (x).
Asks nobody, changes nothing without --fix, and no check takes over 2 seconds.
Exit status 1 if there is a problem.

  vault doctor
  vault doctor --fix
  vault doctor --report`
}

// What a check may take, and what a keystore may take in it: to open, and to list.
const (
	checkLimit    = 2 * time.Second
	keystoreLimit = 900 * time.Millisecond
)

// examination is what several checks look at.
type examination struct {
	*App
	hook   hookSays
	config func() (*awsconf.Config, error)
	// compared is what the keystore says, and how what was known of it differs;
	// stored are the names of stored keys alone. An error if that cannot be told.
	compared func() (store.Comparison, error)
	stored   func() ([]string, error)
}

func (a *App) examination(hook string) *examination {
	e := &examination{App: a, hook: readHook(hook)}
	e.config = sync.OnceValues(a.Config)
	e.compared = sync.OnceValues(func() (store.Comparison, error) {
		ctx, cancel := context.WithTimeout(a.ctx, checkLimit*3/4)
		defer cancel()
		return store.Open(a.quietStore()).Compare(ctx)
	})
	e.stored = func() ([]string, error) {
		c, err := e.compared()
		return c.Names, err
	}
	return e
}

// quietStore is the keystore for somebody who asks nobody and is in a hurry.
func (a *App) quietStore() store.Settings {
	s := a.storeSettings(a.nobody())
	s.Timeout, s.PassedOver, s.Passphrase, s.NewPassphrase = keystoreLimit, nil, nil, nil
	return s
}

// checks are all of them, in the order in which they are shown.
func (e *examination) checks() []doctor.Check {
	return []doctor.Check{
		{Name: "program", Look: e.checkProgram},
		{Name: "hook", Look: e.checkHook},
		{Name: "start-up file", Look: e.checkStartup},
		{Name: "path", Look: e.checkPath},
		{Name: "activation", Look: e.checkActivation},
		{Name: "variables", Look: e.checkVariables},
		{Name: "keystores", Look: e.checkKeystores},
		{Name: "message bus", Look: e.checkBus},
		{Name: "kernel keyring", Look: e.checkQuota},
		{Name: "config", Look: e.checkConfig},
		{Name: "default profile", Look: e.checkDefault},
		{Name: "profiles", Look: e.checkProfiles},
		{Name: "plaintext keys", Look: e.checkKeys},
		{Name: "modes", Look: e.checkModes},
		{Name: "leftovers", Look: e.checkLeftovers},
		{Name: "clock", Look: e.checkClock},
		{Name: "proxy", Look: e.checkProxy},
		{Name: "endpoints", Look: e.checkEndpoints},
		{Name: "sign-ins", Look: e.checkSignIns},
		{Name: "mfa", Look: e.checkMFA},
		{Name: "browser", Look: e.checkBrowser},
	}
}

type doctorJSON struct {
	Schema   int           `json:"schema"`
	Version  string        `json:"version"`
	Findings []findingJSON `json:"findings"`
	OK       int           `json:"ok"`
	Warnings int           `json:"warnings"`
	Problems int           `json:"problems"`
}

type findingJSON struct {
	Check   string       `json:"check"`
	State   doctor.State `json:"state"`
	Text    string       `json:"text"`
	Hint    *string      `json:"hint"`
	Fixable bool         `json:"fixable"`
	Fixed   bool         `json:"fixed"`
}

// Run prints what the checks found.
func (c *DoctorCmd) Run(a *App) error {
	e := a.examination(c.Hook)
	results := doctor.Run(a.ctx, e.checks(), checkLimit)
	if a.ctx.Err() != nil {
		return a.ctx.Err()
	}
	show := front.Printable
	if c.Report {
		scrubber := doctor.Scrubber{Home: a.Home(), Names: e.names()}
		show = func(text string) string { return front.Printable(scrubber.Scrub(text)) }
	}
	doc := doctorJSON{Schema: 1, Version: e.version(), Findings: []findingJSON{}}
	for _, r := range results {
		for _, f := range r.Findings {
			shown := findingJSON{Check: r.Check, Fixable: f.Fix != nil}
			if c.Fix && f.Fix != nil {
				if err := f.Fix(); err != nil {
					f.Hint = "not mended: " + err.Error() + "; " + f.Hint
				} else {
					f.State, f.Text, f.Hint, shown.Fixed = doctor.OK, "mended: "+f.Text, "", true
				}
			} else if f.Fix != nil && !strings.Contains(f.Hint, "--fix") {
				f.Hint += "   or: vault doctor --fix"
			}
			shown.State, shown.Text, shown.Hint = f.State, show(f.Text), front.Optional(show(f.Hint))
			switch f.State {
			case doctor.OK:
				doc.OK++
			case doctor.Warning:
				doc.Warnings++
			case doctor.Problem:
				doc.Problems++
			}
			doc.Findings = append(doc.Findings, shown)
		}
	}
	var err error
	if c.JSON {
		err = a.PrintJSON(doc)
	} else {
		_, err = a.Stdout.WriteString(doc.text())
	}
	if err == nil && doc.Problems > 0 {
		err = fault.Silent(fault.Failed)
	}
	return err
}

func (d doctorJSON) text() string {
	text := &strings.Builder{}
	for _, f := range d.Findings {
		fmt.Fprintf(text, "%-3s %s\n", f.State, f.Text)
		if f.Hint != nil {
			fmt.Fprintf(text, "      hint: %s\n", *f.Hint)
		}
	}
	fmt.Fprintf(text, "%d ok, %s, %s\n", d.OK, front.Counted(d.Warnings, "warning"), front.Counted(d.Problems, "problem"))
	return text.String()
}

// names are what a report must not have in it.
func (e *examination) names() []string {
	var names []string
	if config, err := e.config(); err == nil {
		names = append(names, config.Names()...)
		names = append(names, config.SSOSessions()...)
	}
	if stored, err := e.stored(); err == nil {
		names = append(names, stored...)
	}
	if host, err := os.Hostname(); err == nil {
		names = append(names, host)
	}
	s := e.Active()
	names = append(names, s.Profile, s.Previous, e.Getenv("AWS_VAULT"), e.Getenv("AWS_PROFILE"), e.Getenv("AWS_DEFAULT_PROFILE"),
		e.Getenv("USER"), e.Getenv("LOGNAME"), e.Getenv("USERNAME"))
	slices.Sort(names)
	return slices.Compact(names)
}
