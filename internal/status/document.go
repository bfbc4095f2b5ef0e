package status

import (
	"time"

	"awsvault/internal/env"
	"awsvault/internal/say"
)

type document struct {
	Schema   int      `json:"schema"`
	Active   *active  `json:"active"`
	Previous *string  `json:"previous"`
	Foreign  []string `json:"foreign"`
}

type active struct {
	Profile string     `json:"profile"`
	Account *string    `json:"account"`
	ARN     *string    `json:"arn"`
	Region  *string    `json:"region"`
	Expires *time.Time `json:"expires"`
	Expired bool       `json:"expired"`
	Origin  origin     `json:"origin"`
	Changed []string   `json:"changed"`
	// Via is how programs get credentials: env, server or profile.
	Via string `json:"via"`
	// Narrowed is "ro" for a read-only session and "narrowed" for another policy.
	Narrowed *string `json:"narrowed"`
	// Agent names how vault recognised that the session is for an agent.
	Agent *string `json:"agent"`
}

type origin struct {
	Kind string  `json:"kind"`
	Path *string `json:"path"`
}

// Document returns the active profile for JSON.
func (f Facts) Document() any {
	doc := document{Schema: 1, Previous: say.Optional(f.State.Previous), Foreign: env.Foreign(f.Vars, f.State)}
	if f.State.Active() {
		from := origin{Kind: "manual"}
		if p := string(f.State.About.Origin); p != "" {
			from = origin{Kind: "directory", Path: &p}
		}
		doc.Active = &active{
			Profile: f.State.Profile, Account: say.Optional(f.State.About.Account), ARN: say.Optional(f.State.About.ARN),
			Region: say.Optional(f.Vars["AWS_REGION"]), Expired: f.Expired, Origin: from, Via: f.State.Way(), Narrowed: say.Optional(f.State.About.Narrowed), Agent: say.Optional(f.State.About.Agent), Changed: env.Changed(f.Vars, f.State),
		}
		if !f.Expires.IsZero() {
			utc := f.Expires.UTC()
			doc.Active.Expires = &utc
		}
	}
	return doc
}
