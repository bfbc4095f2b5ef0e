package browser

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"awsvault/internal/peer"
)

// Page hands an address to a browser, once, without showing it to others. An address that
// signs in is a secret, and every user of the machine can read the arguments of a program. The
// browser therefore gets an address on this machine that redirects to the real one:
//
//   - it answers once, to a path of 256 random bits;
//   - on Linux only this user can connect to it. Root cannot either, because many
//     of root's services fetch addresses for others;
//   - on macOS, where the user of a connection is unknown and others can see the
//     arguments of programs, the browser is started with a file of mode 0600 that
//     leads there.
//
// The file alone would not be enough: a browser from a snap or a flatpak cannot read it, and
// neither can a Windows browser outside WSL.
type Page struct {
	target string
	path   string
	host   string
	server *http.Server
	once   sync.Once
	served chan struct{}
	file   string
}

// Serve opens the page. With anybody, every user of this machine who knows the path can fetch
// it. WSL needs this, because Linux cannot tell who runs a browser on Windows.
func Serve(target string, anybody bool) (*Page, error) {
	l, err := peer.ListenForUser(anybody)
	if err != nil {
		return nil, fmt.Errorf("listen for the browser: %w", err)
	}
	random := make([]byte, 32)
	rand.Read(random) // never fails
	p := &Page{
		target: target, host: l.Addr().String(), path: "/" + base64.RawURLEncoding.EncodeToString(random),
		served: make(chan struct{}),
	}
	p.server = &http.Server{Handler: p, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	go p.server.Serve(l)
	return p, nil
}

// Address returns the address for the browser.
func (p *Page) Address() string { return "http://" + p.host + p.path }

// File writes a file into dir that leads to the page, and returns its address. Close removes
// the file.
func (p *Page) File(dir string) (string, error) {
	f, err := os.CreateTemp(dir, "vault-*.html") // 0600
	if err != nil {
		return "", err
	}
	p.file = f.Name()
	_, err = fmt.Fprintf(f, "<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer><title>vault</title><meta http-equiv=refresh content=\"0;url=%s\">\n", html.EscapeString(p.Address()))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return "file://" + filepath.ToSlash(p.file), err
}

// Served returns a channel that is closed when the browser has fetched the page.
func (p *Page) Served() <-chan struct{} { return p.served }

// Close closes the page. An answer that is already on its way still arrives.
func (p *Page) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	p.server.Shutdown(ctx)
	if p.file != "" {
		os.Remove(p.file)
	}
}

// ServeHTTP redirects to the target, once.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("Connection", "close")
	switch {
	case r.Host != p.host: // a foreign name that resolves to this address: DNS rebinding
		http.Error(w, "This page is for 127.0.0.1 only.", http.StatusForbidden)
		return
	case subtle.ConstantTimeCompare([]byte(r.URL.Path), []byte(p.path)) != 1:
		http.Error(w, "There is nothing here.", http.StatusNotFound)
		return
	case r.Method != http.MethodGet:
		http.Error(w, "There is nothing here.", http.StatusMethodNotAllowed)
		return
	}
	first := false
	p.once.Do(func() { first = true })
	if !first {
		http.Error(w, "This page was opened already. Run the command again.", http.StatusGone)
		return
	}
	h.Set("Location", p.target)
	w.WriteHeader(http.StatusSeeOther)
	close(p.served)
}
