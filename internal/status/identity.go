package status

import (
	"cmp"
	"strings"
	"time"

	"awsvault/internal/say"
)

// Identity holds AWS's answer about credentials, and what else is known about them.
type Identity struct {
	Profile       string // empty if they belong to no profile
	ARN, Account  string
	Region, Token string
	Expires       time.Time
}

// Text is the identity for people.
func (i Identity) Text(now time.Time) string {
	out := &strings.Builder{}
	say.Row(out, "Profile", i.Profile, "")
	say.Row(out, "Identity", i.ARN, "AWS says so")
	say.Row(out, "Account", i.Account, "")
	say.Row(out, "Region", cmp.Or(i.Region, say.NoRegion), "")
	say.Row(out, "Expires", strings.TrimPrefix(say.Lasts(i.Token, i.Expires, now), "expires "), "")
	return out.String()
}

type identity struct {
	Schema  int        `json:"schema"`
	Profile *string    `json:"profile"`
	ARN     string     `json:"arn"`
	Account string     `json:"account"`
	Region  *string    `json:"region"`
	Expires *time.Time `json:"expires"`
}

// Document returns the identity for JSON.
func (i Identity) Document() any {
	doc := identity{Schema: 1, Profile: say.Optional(i.Profile), ARN: i.ARN, Account: i.Account, Region: say.Optional(i.Region)}
	if !i.Expires.IsZero() {
		utc := i.Expires.UTC()
		doc.Expires = &utc
	}
	return doc
}
