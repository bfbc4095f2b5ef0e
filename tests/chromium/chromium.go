// Package chromium is a person at a real browser: headless Chromium, driven by
// chromedriver over WebDriver (https://www.w3.org/TR/webdriver2/). It opens
// pages, clicks and reads, and knows nothing of what is shown.
package chromium

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"awsvault/tests/need"
)

// Browser is one window. Its methods fail the test.
type Browser struct {
	t    testing.TB
	base string // of the session
}

// Start opens a browser with an empty profile, which is closed when the test ends.
func Start(t testing.TB) *Browser {
	t.Helper()
	need.Program(t, "chromium", "chromium")
	driver := exec.Command(need.Program(t, "chromedriver", "chromium-driver"), "--port=0")
	home := t.TempDir()
	driver.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "DBUS_SESSION_BUS_ADDRESS=unix:path=/proc/nonexistent"}
	stdout, err := driver.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := driver.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = driver.Process.Kill()
		_ = driver.Wait()
	})
	b := &Browser{t: t}
	started := regexp.MustCompile(`started successfully on port (\d+)`)
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if m := started.FindStringSubmatch(lines.Text()); m != nil {
			b.base = "http://127.0.0.1:" + m[1] + "/session"
			break
		}
	}
	if b.base == "" {
		t.Fatal("chromedriver does not say its port")
	}
	args := []string{"--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=" + filepath.Join(home, "profile"), "--no-first-run", "--disable-background-networking"}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // root may not have one
	}
	var session struct{ SessionID string }
	b.call("POST", "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"acceptInsecureCerts": true, "timeouts": map[string]int{"pageLoad": 30_000, "implicit": 30_000}, // milliseconds; of elements, too
		"goog:chromeOptions": map[string]any{"args": args},
	}}}, &session)
	b.base += "/" + session.SessionID
	t.Cleanup(func() { b.call("DELETE", "", nil, nil) })
	return b
}

// Open goes to an address, and returns when the page is there.
func (b *Browser) Open(address string) {
	b.t.Helper()
	b.call("POST", "/url", map[string]string{"url": address}, nil)
}

// Click clicks on what has an id, once it is there.
func (b *Browser) Click(id string) {
	b.t.Helper()
	b.call("POST", "/element/"+b.find("#"+id)+"/click", struct{}{}, nil)
}

// Type writes into the field with an id; of a list, it chooses the option that begins so.
func (b *Browser) Type(id, text string) {
	b.t.Helper()
	b.call("POST", "/element/"+b.find("#"+id)+"/value", map[string]string{"text": text}, nil)
}

// Text is what the page shows.
func (b *Browser) Text() string {
	b.t.Helper()
	text, err := b.text()
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

func (b *Browser) text() (string, error) {
	var text string
	err := b.try("POST", "/execute/sync", map[string]any{"script": "return document.body ? document.body.innerText : ''", "args": []any{}}, &text)
	return text, err
}

// WaitText waits until the page shows a text, for as long as 30 seconds.
func (b *Browser) WaitText(want string) {
	b.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got, err := b.text() // which fails between two pages
		if err == nil && strings.Contains(got, want) {
			return
		}
		if time.Now().After(end) {
			b.t.Fatalf("the page shows %q (%v), want %q", got, err, want)
		}
	}
}

// Address is where the browser is.
func (b *Browser) Address() string {
	b.t.Helper()
	var address string
	b.call("GET", "/url", nil, &address)
	return address
}

// find returns the reference of the first element that a CSS selector fits.
func (b *Browser) find(selector string) string {
	b.t.Helper()
	var element map[string]string
	b.call("POST", "/element", map[string]string{"using": "css selector", "value": selector}, &element)
	return element["element-6066-11e4-a52e-4f735466cecf"] // the name is a constant of the standard
}

func (b *Browser) call(method, path string, in, out any) {
	b.t.Helper()
	if err := b.try(method, path, in, out); err != nil {
		b.t.Fatal(err)
	}
}

func (b *Browser) try(method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	r, err := http.NewRequest(method, b.base+path, &body)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: time.Minute}
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("webdriver %s %s: %w", method, path, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("webdriver %s %s: %s: %s", method, path, response.Status, answer.Value)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Value, out)
}
