package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"awsvault/internal/env"
	"awsvault/internal/fault"
	"awsvault/internal/mfa"
	"awsvault/internal/resolve"
)

// whom returns a plan for asking STS, with the active profile's settings for the connection.
func (e *Examination) whom() (*resolve.Plan, error) {
	config, err := e.config()
	if err != nil {
		config = nil // the variables still count
	}
	name := e.Active.Profile
	if name == "" {
		name = "default"
	}
	return resolve.NewOwner(resolve.Inputs{Config: config, Profile: name, Getenv: e.outside()})
}

// checkClock asks STS for the time. An answer also shows that the network, the proxy and the
// certificates work.
func (e *Examination) checkClock(ctx context.Context) []Finding {
	plan, err := e.whom()
	if err != nil {
		return []Finding{problem(err)}
	}
	ask, err := e.Ask(plan)
	if err != nil {
		return []Finding{problem(err)}
	}
	host := "STS"
	if u, err := url.Parse(plan.STS().URL); err == nil {
		host = u.Host
	}
	ctx, cancel := context.WithTimeout(ctx, Limit*9/10)
	defer cancel()
	ahead, took, err := Clock(ctx, ask, e.Now)
	if err != nil {
		msg, hint := err.Error(), fault.HintOf(err)
		if ctx.Err() != nil {
			msg = "no answer in time"
		}
		return []Finding{{State: Problem, Text: fmt.Sprintf("AWS cannot be reached: %s: %s; the clock was not checked", host, msg), Hint: hint}}
	}
	return []Finding{
		{Text: fmt.Sprintf("%s answers in %v", host, took.Round(time.Millisecond))},
		ClockFinding(ahead),
	}
}

func problem(err error) Finding {
	return Finding{State: Problem, Text: err.Error(), Hint: fault.HintOf(err)}
}

// checkProxy names the settings for the connection to AWS. It does not show their values,
// which may contain passwords.
func (e *Examination) checkProxy(context.Context) []Finding {
	var set []string
	for _, name := range []string{"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "AWS_CA_BUNDLE"} {
		if e.Environ[name] != "" {
			set = append(set, name)
		}
	}
	if e.GOOS == "windows" { // Windows ignores case in the names of variables
		set = slices.DeleteFunc(set, func(name string) bool { return name != strings.ToUpper(name) })
	}
	var found []Finding
	if len(set) > 0 {
		found = append(found, Finding{State: Note, Text: "the connection to AWS is set by " + strings.Join(set, ", ") + " (values not shown)"})
	}
	var others []string
	for _, name := range []string{"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} {
		if e.Environ[name] != "" && e.Environ["AWS_CA_BUNDLE"] == "" {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		found = append(found, Finding{State: Note, Text: "not all AWS tools read these certificate settings: " + strings.Join(others, ", "), Hint: "AWS_CA_BUNDLE, or ca_bundle in the profile, works for all of them"})
	}
	return found
}

// checkEndpoints names the settings that redirect calls away from AWS.
func (e *Examination) checkEndpoints(context.Context) []Finding {
	var found []Finding
	var names []string
	for name, value := range env.Outside(e.Environ, e.Active) {
		if value != "" && (name == "AWS_ENDPOINT_URL" || strings.HasPrefix(name, "AWS_ENDPOINT_URL_")) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) > 0 {
		verb := " redirect"
		if len(names) == 1 {
			verb += "s"
		}
		found = append(found, Finding{State: Warning, Text: strings.Join(names, ", ") + verb + " calls away from AWS", Hint: "unset " + strings.Join(names, " ")})
	}
	config, err := e.config()
	if err != nil {
		return found
	}
	var inFiles []Finding
	for _, name := range config.Names() {
		p, err := config.Profile(name)
		if err != nil {
			continue
		}
		for _, key := range []string{"endpoint_url", "services"} {
			if v, ok := p.Get(key); ok {
				inFiles = append(inFiles, Finding{State: Note, Text: fmt.Sprintf("%s: %s of profile %q: its calls may not go to AWS", v.Pos, key, name)})
			}
		}
	}
	return append(found, Few(inFiles, mostShown)...)
}

// unasked replaces the terminal, which is not opened.
type unasked struct{}

func (unasked) Code(context.Context, mfa.Request) (string, error) {
	return "", errors.New("doctor asks no questions")
}

// checkMFA checks that the program for MFA codes is there.
func (e *Examination) checkMFA(context.Context) []Finding {
	name := e.Prompt
	if name == "" {
		return nil
	}
	_, err := mfa.Choose(mfa.Settings{Name: name, Env: func(name string) string { return e.Environ[name] }, Look: e.Look, Terminal: unasked{}, OS: e.GOOS})
	if err != nil {
		return []Finding{{State: Problem, Text: err.Error(), Hint: "AWS_VAULT_PROMPT: one of " + strings.Join(mfa.Names(), ", ")}}
	}
	return []Finding{{Text: "MFA codes come from " + name}}
}

// checkBrowser checks that vault can open a page for the person.
func (e *Examination) checkBrowser(context.Context) []Finding {
	args, err := e.Browser.Command("https://example.com/")
	switch {
	case err != nil && e.Environ["BROWSER"] != "":
		return []Finding{{State: Warning, Text: "BROWSER names a program that is not installed", Hint: "without a browser, vault shows the address of the sign-in, and a code to type"}}
	case err != nil, e.Browser.Remote():
		return []Finding{{State: Note, Text: "no browser can be opened here: vault shows the address of a sign-in, and a code to type"}}
	}
	return []Finding{{Text: "pages are opened by " + e.Tilde(args[0])}}
}
