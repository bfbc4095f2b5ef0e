package browser

import (
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"awsvault/internal/fault"
)

// Choice selects a browser and the place in it where the page opens. Different profiles and
// containers of a browser can be signed in to different accounts.
type Choice struct {
	Name      string // firefox, chrome, a program; empty for the default browser
	Profile   string // the browser's profile
	Container string // the Firefox container
	Private   bool   // a window that remembers nothing
}

// kind describes a known browser: its names on each system and its flags.
type kind struct {
	names   []string // the names that a person types
	firefox bool
	linux   []string // programs on PATH
	app     string   // the application on macOS
	windows string   // the path below the program directories of Windows
	private string   // the flag for a private window
}

func kinds() []kind {
	return []kind{
		{[]string{"firefox"}, true, []string{"firefox", "firefox-esr"}, "Firefox", `Mozilla Firefox\firefox.exe`, "--private-window"},
		{[]string{"firefox-developer", "firefox-dev"}, true, []string{"firefox-developer-edition", "firefox-devedition"}, "Firefox Developer Edition", `Firefox Developer Edition\firefox.exe`, "--private-window"},
		{[]string{"firefox-nightly"}, true, []string{"firefox-nightly"}, "Firefox Nightly", `Firefox Nightly\firefox.exe`, "--private-window"},
		{[]string{"librewolf"}, true, []string{"librewolf"}, "LibreWolf", `LibreWolf\librewolf.exe`, "--private-window"},
		{[]string{"waterfox"}, true, []string{"waterfox"}, "Waterfox", `Waterfox\waterfox.exe`, "--private-window"},
		{[]string{"zen"}, true, []string{"zen-browser", "zen"}, "Zen", `Zen Browser\zen.exe`, "--private-window"},
		{[]string{"chrome", "google-chrome"}, false, []string{"google-chrome", "google-chrome-stable"}, "Google Chrome", `Google\Chrome\Application\chrome.exe`, "--incognito"},
		{[]string{"chromium"}, false, []string{"chromium", "chromium-browser"}, "Chromium", `Chromium\Application\chrome.exe`, "--incognito"},
		{[]string{"edge", "msedge"}, false, []string{"microsoft-edge", "microsoft-edge-stable"}, "Microsoft Edge", `Microsoft\Edge\Application\msedge.exe`, "--inprivate"},
		{[]string{"brave"}, false, []string{"brave-browser", "brave"}, "Brave Browser", `BraveSoftware\Brave-Browser\Application\brave.exe`, "--incognito"},
		{[]string{"vivaldi"}, false, []string{"vivaldi", "vivaldi-stable"}, "Vivaldi", `Vivaldi\Application\vivaldi.exe`, "--incognito"},
		{[]string{"opera"}, false, []string{"opera"}, "Opera", `Opera\opera.exe`, "--private"},
		{[]string{"safari"}, false, nil, "Safari", "", ""},
	}
}

// Names returns the browsers that a person can choose by name.
func Names() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.names[0])
	}
	return names
}

// Open returns the command that opens the page in the chosen browser.
func (w World) Open(c Choice, page string) ([]string, error) {
	if w.Refused != nil {
		return nil, w.Refused
	}
	if c.Name == "" && c.Container != "" {
		c.Name = "firefox"
	}
	if c.Name == "" {
		if c.Profile != "" || c.Private {
			return nil, fault.NewUsage("a browser's profile or a private window needs the name of the browser", "--browser=NAME: "+strings.Join(Names(), ", "))
		}
		return w.Command(page)
	}
	k, program := w.program(c.Name)
	if program == nil {
		return nil, fault.NewUsage(fmt.Sprintf("browser %q is not found here", c.Name), "one of "+strings.Join(Names(), ", ")+", or a program")
	}
	flags, page, err := k.flags(c, page)
	if err != nil {
		return nil, err
	}
	if w.GOOS == "darwin" && path.Base(program[0]) == "open" {
		if len(flags) > 0 { // a running browser takes them only from a second instance
			program = append([]string{program[0], "-n"}, program[1:]...)
			return append(append(append(program, "--args"), flags...), page), nil
		}
	}
	return append(append(program, flags...), page), nil
}

// Called returns the name that a person uses for the chosen browser. It is empty for the
// system's default browser and for an unknown program.
func (w World) Called(c Choice) string {
	switch {
	case c.Name == "" && c.Container != "":
		return "firefox"
	case c.Name == "" && w.Getenv("BROWSER") == "":
		return ""
	case c.Name == "":
		if words, err := w.Command(""); err == nil {
			if k := kindOf(words[0]); len(k.names) > 0 {
				return k.names[0]
			}
		}
		return ""
	}
	if k := kindOf(c.Name); len(k.names) > 0 {
		return k.names[0]
	}
	return filepath.Base(c.Name)
}

// program finds the program with the given name, and its kind.
func (w World) program(name string) (kind, []string) {
	if strings.ContainsAny(name, `/\`) {
		if found, err := w.Look(name); err == nil {
			return kindOf(found), []string{found}
		}
		return kind{}, nil
	}
	wanted := strings.ToLower(name)
	all := kinds()
	i := slices.IndexFunc(all, func(k kind) bool { return slices.Contains(k.names, wanted) || slices.Contains(k.linux, wanted) })
	if i < 0 {
		if found, err := w.Look(name); err == nil {
			return kindOf(found), []string{found}
		}
		return kind{}, nil
	}
	k := all[i]
	if w.GOOS == "darwin" {
		if open, err := w.Look("open"); err == nil {
			return k, []string{open, "-a", k.app}
		}
		return k, nil
	}
	for _, program := range append([]string{wanted}, k.linux...) {
		if found, err := w.Look(program); err == nil {
			return k, []string{found}
		}
	}
	for _, place := range w.places(k.windows) {
		if found, err := w.Look(place); err == nil {
			return k, []string{found}
		}
	}
	return k, nil
}

// places lists the paths where Windows may have a program, as seen from Windows or from WSL.
func (w World) places(program string) []string {
	if program == "" {
		return nil
	}
	var list []string
	if w.GOOS == "windows" {
		for _, name := range []string{"ProgramFiles", "ProgramFiles(x86)", "LocalAppData"} {
			// The environment of cmd has these names in capitals.
			if dir := w.Getenv(strings.ToUpper(name)); dir != "" {
				list = append(list, dir+`\`+program)
			}
		}
	}
	if w.WSL {
		for _, dir := range []string{"/mnt/c/Program Files/", "/mnt/c/Program Files (x86)/"} {
			list = append(list, dir+strings.ReplaceAll(program, `\`, "/"))
		}
	}
	return list
}

// kindOf recognizes a program by its name.
func kindOf(program string) kind {
	base := strings.ToLower(strings.TrimSuffix(filepath.Base(program), ".exe"))
	for _, k := range kinds() {
		if slices.Contains(k.linux, base) || slices.Contains(k.names, base) {
			return k
		}
	}
	return kind{}
}

// flags returns the flags for a choice, and the page in the form that the browser expects.
func (k kind) flags(c Choice, page string) ([]string, string, error) {
	refuse := func(what string) ([]string, string, error) {
		return nil, "", fault.NewUsage(fmt.Sprintf("%s is not known to have %s", c.Name, what), "")
	}
	for _, name := range []string{c.Profile, c.Container} {
		if strings.HasPrefix(name, "-") || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, "", fault.NewUsage(fmt.Sprintf("%q is not the name of a browser's profile or container", name), "")
		}
	}
	var flags []string
	switch {
	case c.Container != "" && !k.firefox:
		return refuse("containers: Firefox has them, with an extension")
	case c.Container != "" && c.Private:
		return nil, "", fault.NewUsage("a private window has no containers", "")
	case c.Profile != "" && k.firefox:
		flags = append(flags, "-P", c.Profile)
	case c.Profile != "" && (k.names == nil || k.private == ""):
		return refuse("profiles")
	case c.Profile != "":
		flags = append(flags, "--profile-directory="+c.Profile)
	}
	if c.Private {
		if k.private == "" {
			return refuse("a flag for private windows")
		}
		flags = append(flags, k.private)
	}
	if c.Container != "" {
		// addons.mozilla.org/firefox/addon/open-url-in-container; %20 instead of +, which it
		// does not decode.
		q := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
		page = "ext+container:name=" + q(c.Container) + "&url=" + q(page)
	}
	return flags, page, nil
}
