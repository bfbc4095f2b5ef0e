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

// Page hands an address to a browser, once, without showing it to others. An
// address that signs in is a secret, and what a program is started with can be
// read by every user of the machine. The browser is therefore told an address on
// this machine, behind which the real one is:
//
//   - it answers once, to a path of 256 random bits;
//   - on Linux only this user can connect to it (root neither: many a service of
//     root's fetches addresses for others);
//   - where that cannot be told and others see how programs are started, on macOS,
//     the browser is started with a file of 0600 that leads there.
//
// The file alone would not do: a browser that is a snap or a flatpak cannot read
// it, nor one of Windows outside WSL.
type Page struct {
	target string
	path   string
	host   string
	server *http.Server
	once   sync.Once
	served chan struct{}
	file   string
}

// Serve opens the page. anybody lets every user of this machine have it who knows the
// path. That is for WSL, where Linux cannot tell whose a browser of Windows is.
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

// Address is what the browser is told.
func (p *Page) Address() string { return "http://" + p.host + p.path }

// File writes a file into dir that leads to the page, and returns its address. Close removes it.
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

// Served is closed when the browser has been.
func (p *Page) Served() <-chan struct{} { return p.served }

// Close ends it; an answer that is on its way still arrives.
func (p *Page) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	p.server.Shutdown(ctx)
	if p.file != "" {
		os.Remove(p.file)
	}
}

// ServeHTTP leads to the target, once.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("Connection", "close")
	switch {
	case r.Host != p.host: // a name that leads here: DNS rebinding
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
