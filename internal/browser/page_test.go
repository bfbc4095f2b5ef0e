package browser

import (
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
)

const secret = "https://signin.example.com/?SigninToken=secret"

// get requests the page like a browser, but follows no redirect.
func get(t *testing.T, method, address string, change func(*http.Request)) (int, string, string) {
	t.Helper()
	r, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	client := &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(body)
}

func TestPageIsServedOnce(t *testing.T) {
	p, err := Serve(secret, false)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if strings.Contains(p.Address(), "secret") || len(p.Address()) < len("http://127.0.0.1:1/")+43 {
		t.Errorf("the address is %s", p.Address())
	}
	base := strings.TrimSuffix(p.Address(), p.path)
	for name, c := range map[string]struct {
		method, address string
		change          func(*http.Request)
		status          int
	}{
		"another path": {"GET", base + "/x", nil, 404},
		"no path":      {"GET", base, nil, 404},
		"a longer one": {"GET", p.Address() + "x", nil, 404},
		"another name": {"GET", p.Address(), func(r *http.Request) { r.Host = "evil.example.com" }, 403},
		"HEAD":         {"HEAD", p.Address(), nil, 405},
		"POST":         {"POST", p.Address(), nil, 405},
	} {
		if status, to, body := get(t, c.method, c.address, c.change); status != c.status || to != "" || strings.Contains(body, "secret") {
			t.Errorf("%s: %d %s %s, want %d", name, status, to, body, c.status)
		}
	}
	select {
	case <-p.Served():
		t.Fatal("it was served to nobody")
	default:
	}
	if status, to, _ := get(t, "GET", p.Address(), nil); status != 303 || to != secret {
		t.Errorf("got %d %s, want the target", status, to)
	}
	<-p.Served()
	if status, to, _ := get(t, "GET", p.Address(), nil); status != 410 || to != "" {
		t.Errorf("got %d %s the second time", status, to)
	}
}

func TestPageAsAFile(t *testing.T) {
	p, err := Serve(secret, true)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	address, err := p.File(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(address, "file://")
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "0;url="+p.Address()) || strings.Contains(string(text), "secret") {
		t.Errorf("%v %s", err, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%v %v", info, err)
	}
	p.Close()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := p.File(dir + "/none"); err == nil {
		t.Error("a directory that is not there")
	}
}
