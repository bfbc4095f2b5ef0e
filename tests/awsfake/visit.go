package awsfake

import (
	"context"
	"crypto/tls"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// Visit plays a person with a browser. It opens a page of the fake, chooses a name (if empty,
// the first one), clicks Allow or Deny, and follows the redirect, which may go to the client's
// listener. It returns the last page. A page without a question needs no click.
func Visit(ctx context.Context, address, person string, allow bool) (string, error) {
	browser := http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // the fake's own authority, on this machine
		DisableKeepAlives: true,
	}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	at, shown, err := open(&browser, r)
	if err != nil {
		return "", err
	}
	question := regexp.MustCompile(`<form method="post" action="([^"]*)">`).FindStringSubmatch(shown)
	if question == nil {
		return shown, nil
	}
	answer := url.Values{"decision": {string(refused)}}
	if allow {
		answer.Set("decision", string(allowed))
	}
	for _, m := range hiddenField.FindAllStringSubmatch(shown, -1) {
		answer.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	if first := regexp.MustCompile(`<option>([^<]*)</option>`).FindStringSubmatch(shown); person == "" && first != nil {
		person = html.UnescapeString(first[1])
	}
	answer.Set("person", person)
	to, err := at.Parse(html.UnescapeString(question[1]))
	if err != nil {
		return "", err
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(answer.Encode()))
	if err != nil {
		return "", err
	}
	post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, shown, err = open(&browser, post)
	return shown, err
}

// open returns the final URL of a request, and its content.
func open(browser *http.Client, r *http.Request) (*url.URL, string, error) {
	response, err := browser.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err == nil && response.StatusCode >= 400 {
		err = fmt.Errorf("%s: %s: %s", r.URL.Path, response.Status, body)
	}
	return response.Request.URL, string(body), err
}
