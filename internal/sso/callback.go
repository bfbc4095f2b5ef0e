package sso

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"awsvault/internal/awsapi"
	"awsvault/internal/peer"
)

// callback is the page on this machine to which the browser returns.
type callback struct {
	url    string
	host   string
	state  string
	server *http.Server
	once   sync.Once
	answer chan answer
}

type answer struct {
	code string
	err  error
}

// listen opens the page. Only this machine can reach it, and on Linux only this user: another
// user who has seen the address could sign in as themselves, or decline. anybody allows all
// users, for a browser on the other side of WSL.
func listen(state string, anybody bool) (*callback, error) {
	l, err := peer.ListenForUser(anybody)
	if err != nil {
		return nil, fmt.Errorf("listen for the browser's answer: %w", err)
	}
	b := &callback{host: l.Addr().String(), state: state, answer: make(chan answer, 1)}
	b.url = "http://" + b.host + callbackPath
	b.server = &http.Server{Handler: b, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	go b.server.Serve(l)
	return b, nil
}

func (b *callback) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	b.server.Shutdown(ctx) // the browser may still be loading the page
}

// ServeHTTP accepts the answer with the right state, once. It refuses everything else, such as
// a web page that tries ports, and stays open: otherwise any program could end the sign-in.
func (b *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("Referrer-Policy", "no-referrer") // this page's address contains the code
	w.Header().Set("Cache-Control", "no-store")
	q := r.URL.Query()
	switch {
	case r.Host != b.host: // a name that leads to this machine: DNS rebinding
		b.page(w, http.StatusForbidden, "This page is for 127.0.0.1 only.")
		return
	case r.URL.Path != callbackPath:
		b.page(w, http.StatusNotFound, "There is nothing here.")
		return
	case r.Method != http.MethodGet:
		b.page(w, http.StatusMethodNotAllowed, "There is nothing here.")
		return
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(b.state)) != 1:
		b.page(w, http.StatusBadRequest, "This is not the sign-in that vault waits for. Use the newest tab.")
		return
	}
	var a answer
	switch {
	case q.Get("error") != "":
		e := &awsapi.Error{Op: "sign-in", Code: plain(q.Get("error"), 100), Message: plain(q.Get("error_description"), 400)}
		if e.Code == "access_denied" {
			e.Advice = "it was denied in the browser"
		}
		a.err = e
	case q.Get("code") == "":
		a.err = errors.New("sign-in: the browser came back without a code")
	default:
		a.code = q.Get("code")
	}
	first := false
	b.once.Do(func() { first = true })
	switch {
	case !first:
		b.page(w, http.StatusGone, "This sign-in is done already. You can close this tab.")
	case a.err != nil:
		b.page(w, http.StatusOK, "The sign-in did not succeed; the terminal says more. You can close this tab.")
		b.answer <- a
	default:
		b.page(w, http.StatusOK, "You are signed in. You can close this tab and go back to the terminal.")
		b.answer <- a
	}
}

func (b *callback) page(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!doctype html><html lang=en><meta charset=utf-8><title>vault</title><body style=\"font:1.2em sans-serif;margin:4em\"><p>%s</p>", text)
}

func (b *callback) wait(ctx context.Context, most time.Duration) (string, error) {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case a := <-b.answer:
		return a.code, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	case <-t.C:
		return "", fmt.Errorf("no sign-in within %s", most)
	}
}
