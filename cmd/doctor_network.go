package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"awsvault/internal/awsapi"
	"awsvault/internal/doctor"
	"awsvault/internal/fault"
	drivers "awsvault/internal/mfa"
	"awsvault/internal/resolve"
	"awsvault/internal/source"
)

// sts is where STS would be asked, and the door to it.
func (e *examination) sts() (resolve.Endpoint, *awsapi.Client, error) {
	config, err := e.config()
	if err != nil {
		config = nil // what the variables say is left
	}
	getenv := e.outsider()
	name := e.Active().Profile
	if name == "" {
		name = "default"
	}
	plan, err := resolve.NewOwner(resolve.Inputs{Config: config, Profile: name, Getenv: getenv})
	if err != nil {
		return resolve.Endpoint{}, nil, err
	}
	plan.CABundle.Text = e.Expand(plan.CABundle.Text)
	client, err := source.HTTPClient(getenv, plan.CABundle)
	return plan.STS(), &awsapi.Client{HTTP: func() (*http.Client, error) { return client, nil }, Now: e.Now}, err
}

// checkClock asks STS what time it is; that it answers says that the network, the
// proxy and the certificates are good.
func (e *examination) checkClock(ctx context.Context) []doctor.Finding {
	endpoint, api, err := e.sts()
	if err != nil {
		return []doctor.Finding{problem(err)}
	}
	host := "STS"
	if u, err := url.Parse(endpoint.URL); err == nil {
		host = u.Host
	}
	ctx, cancel := context.WithTimeout(ctx, checkLimit*9/10)
	defer cancel()
	ask := func(ctx context.Context) (time.Time, error) { return api.Date(ctx, endpoint.URL) }
	ahead, took, err := doctor.Clock(ctx, ask, e.Now)
	if err != nil {
		msg, hint := err.Error(), fault.HintOf(err)
		if ctx.Err() != nil {
			msg = "no answer in time"
		}
		return []doctor.Finding{{State: doctor.Problem, Text: fmt.Sprintf("AWS is not reached: %s: %s; the clock is not compared", host, msg), Hint: hint}}
	}
	return []doctor.Finding{
		{Text: fmt.Sprintf("%s answers in %v", host, took.Round(time.Millisecond))},
		doctor.ClockFinding(ahead),
	}
}

func problem(err error) doctor.Finding {
	return doctor.Finding{State: doctor.Problem, Text: err.Error(), Hint: fault.HintOf(err)}
}

// checkProxy names the settings of the way to AWS. Their values may hold passwords.
func (e *examination) checkProxy(context.Context) []doctor.Finding {
	var set []string
	for _, name := range []string{"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "AWS_CA_BUNDLE"} {
		if e.Getenv(name) != "" {
			set = append(set, name)
		}
	}
	if runtime.GOOS == "windows" { // one variable by two names
		set = slices.DeleteFunc(set, func(name string) bool { return name != strings.ToUpper(name) })
	}
	var found []doctor.Finding
	if len(set) > 0 {
		found = append(found, doctor.Finding{State: doctor.Note, Text: "the way to AWS is set by " + strings.Join(set, ", ") + " (values not shown)"})
	}
	var others []string
	for _, name := range []string{"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} {
		if e.Getenv(name) != "" && e.Getenv("AWS_CA_BUNDLE") == "" {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		found = append(found, doctor.Finding{State: doctor.Note, Text: "not every AWS tool trusts what these name: " + strings.Join(others, ", "), Hint: "AWS_CA_BUNDLE, or ca_bundle in the profile, is for all of them"})
	}
	return found
}

// checkEndpoints names what sends calls elsewhere than to AWS.
func (e *examination) checkEndpoints(context.Context) []doctor.Finding {
	var found []doctor.Finding
	var names []string
	for name, value := range e.Outside() {
		if value != "" && (name == "AWS_ENDPOINT_URL" || strings.HasPrefix(name, "AWS_ENDPOINT_URL_")) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) > 0 {
		found = append(found, doctor.Finding{State: doctor.Warning, Text: "calls go elsewhere than to AWS, by " + strings.Join(names, ", "), Hint: "unset " + strings.Join(names, " ")})
	}
	config, err := e.config()
	if err != nil {
		return found
	}
	var inFiles []doctor.Finding
	for _, name := range config.Names() {
		p, err := config.Profile(name)
		if err != nil {
			continue
		}
		for _, key := range []string{"endpoint_url", "services"} {
			if v, ok := p.Get(key); ok {
				inFiles = append(inFiles, doctor.Finding{State: doctor.Note, Text: fmt.Sprintf("%s: %s of profile %q: its calls may go elsewhere than to AWS", v.Pos, key, name)})
			}
		}
	}
	return append(found, doctor.Few(inFiles, mostShown)...)
}

// somebody stands for the terminal, which is not opened.
type somebody struct{}

func (somebody) Code(context.Context, drivers.Request) (string, error) {
	return "", errors.New("nobody is asked")
}

// checkMFA looks whether what is to know MFA codes is there.
func (e *examination) checkMFA(context.Context) []doctor.Finding {
	name := e.globals.Prompt
	if name == "" {
		return nil
	}
	_, err := drivers.Choose(drivers.Settings{Name: name, Env: e.Getenv, Look: exec.LookPath, Terminal: somebody{}, OS: runtime.GOOS})
	if err != nil {
		return []doctor.Finding{{State: doctor.Problem, Text: err.Error(), Hint: "AWS_VAULT_PROMPT: one of " + strings.Join(drivers.Names(), ", ")}}
	}
	return []doctor.Finding{{Text: "MFA codes come from " + name}}
}

// checkBrowser looks whether a page can be opened for the person.
func (e *examination) checkBrowser(context.Context) []doctor.Finding {
	w := e.browsers()
	args, err := w.Command("https://example.com/")
	switch {
	case err != nil && e.Getenv("BROWSER") != "":
		return []doctor.Finding{{State: doctor.Warning, Text: "BROWSER names no program that is here", Hint: "without one, the address of a sign-in is shown, with a code to type"}}
	case err != nil, w.Remote():
		return []doctor.Finding{{State: doctor.Note, Text: "no browser can be opened here: the address of a sign-in is shown, with a code to type"}}
	}
	return []doctor.Finding{{Text: "pages are opened by " + e.Tilde(args[0])}}
}
