//go:build unix

package sources

import (
	"regexp"
	"strings"
	"testing"

	"awsvault/tests/chromium"
)

var address = regexp.MustCompile(`(?m)^  (http\S+)$`)

// asked is where somebody is sent to sign in.
func (s *screen) asked() string {
	s.p.t.Helper()
	s.p.until("no address", s.text, func() bool { return address.MatchString(s.text()) })
	return address.FindStringSubmatch(s.text())[1]
}

// A person at a terminal, and at a real browser.
func TestSigningInWithARealBrowser(t *testing.T) {
	b := chromium.Start(t)
	p := newPlace(t)
	p.Fake.Center(startURL).AddPerson("bob@example.com")

	s := p.screen(nil, "sso", "login", "corp", "--no-browser")
	b.Open(s.asked())
	b.Type("person", "ann")
	b.Click("deny")
	b.WaitText("The sign-in did not succeed; the terminal says more.")
	if status := s.ends(); status != 1 {
		t.Errorf("denied: status %d\n%s", status, s.text())
	}
	s.shows("  hint: it was denied in the browser")

	s = p.screen(nil, "sso", "login", "corp", "--no-browser")
	b.Open(s.asked())
	b.Type("person", "ann")
	b.Click("allow")
	b.WaitText("You are signed in. You can close this tab and go back to the terminal.")
	if status := s.ends(); status != 0 {
		t.Errorf("allowed: status %d\n%s", status, s.text())
	}
	s.shows("signed in to corp")
	if who := p.whoAmI(p.export("sso")); !strings.Contains(who, "AWSReservedSSO_Admin_") || !strings.HasSuffix(who, "/"+ann) {
		t.Errorf("one is %s", who)
	}

	s = p.screen(nil, "sso", "login", "corp", "--use-device-code", "--no-browser")
	page := s.asked()
	s.shows("Check that the page shows  ")
	b.Open(page)
	b.WaitText("Code " + p.Fake.UserCodes()[0])
	s.shows(p.Fake.UserCodes()[0])
	b.Type("person", "ann")
	b.Click("allow")
	b.WaitText("Request approved")
	if status := s.ends(); status != 0 {
		t.Errorf("device code: status %d\n%s", status, s.text())
	}

	s = p.screen(nil, "sso", "login", "corp", "--use-device-code", "--no-browser")
	b.Open(s.asked())
	b.Click("deny")
	b.WaitText("Request denied")
	if status := s.ends(); status != 1 || !strings.Contains(s.text(), "vault: CreateToken: access_denied") {
		t.Errorf("device code, denied: status %d\n%s", status, s.text())
	}
	p.gone()
}
