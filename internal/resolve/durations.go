package resolve

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// These are AWS's limits for the duration of a session.
const (
	shortest       = 15 * time.Minute
	longestRole    = 12 * time.Hour
	longestSession = 36 * time.Hour
	// longestChained applies to a role that is assumed with temporary credentials of any kind,
	// those of GetSessionToken included. AWS refuses a longer duration instead of shortening
	// it.
	longestChained = time.Hour
)

// These are aws-vault's defaults.
const (
	defaultLife    = time.Hour
	defaultChained = 8 * time.Hour // for a session that only serves to assume roles
	defaultMinTTL  = 5 * time.Minute
)

// MinTTL is how long a cached session must still last to be used again: AWS_MIN_TTL, or five
// minutes.
func MinTTL(getenv func(string) string) (time.Duration, error) {
	if text := getenv("AWS_MIN_TTL"); text != "" && zero(text) {
		return 0, nil // to the very end, as in aws-vault
	}
	return ttl(getenv, "AWS_MIN_TTL", defaultMinTTL)
}

// FederationDuration is how long a console session of an IAM user lasts: the flag if it is not
// zero, else AWS_FEDERATION_TOKEN_TTL or an hour, within AWS's limits.
func FederationDuration(getenv func(string) string, flag time.Duration) (time.Duration, error) {
	d, err := ttl(getenv, "AWS_FEDERATION_TOKEN_TTL", defaultLife)
	if flag > 0 {
		d = flag
	}
	return min(max(d, shortest), longestSession), err
}

// ttl reads one of aws-vault's TTL variables; 0 means the default.
func ttl(getenv func(string) string, name string, otherwise time.Duration) (time.Duration, error) {
	text := getenv(name)
	if text == "" {
		return otherwise, nil
	}
	d, err := ParseDuration(text)
	if err != nil {
		return 0, &SettingError{At: name, Msg: err.Error(), hint: durationHint}
	}
	if d == 0 {
		return otherwise, nil
	}
	return d, nil
}

// zero reports whether a text is a duration of zero: 0, 0s, 0h0m.
func zero(text string) bool {
	d, err := ParseDuration(text)
	return err == nil && d == 0
}

const durationHint = "a duration looks like 45m, 1h30m, 3600s or 1d"

// ParseDuration reads a non-negative duration in Go's form, optionally after whole weeks and
// days: 2w, 1d, 1d12h.
func ParseDuration(text string) (time.Duration, error) {
	bad := fault.NewUsage(fmt.Sprintf("%q is not a duration", text), durationHint)
	weeks, rest, err := wholes(text, "w", 7*24*time.Hour)
	if err != nil {
		return 0, bad
	}
	days, rest, err := wholes(rest, "d", 24*time.Hour)
	if err != nil {
		return 0, bad
	}
	d := time.Duration(0)
	if rest != "" || text == "" {
		d, err = time.ParseDuration(rest)
	}
	if err != nil || d < 0 {
		return 0, bad
	}
	return weeks + days + d, nil
}

// TimeLimit reads the duration of a limit. An empty text is zero, which means the default. A
// text that is not a duration gives a negative result.
func TimeLimit(text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := ParseDuration(text)
	if err != nil {
		return -1
	}
	return d
}

// wholes takes a number of units from the front of a text.
func wholes(text, unit string, long time.Duration) (d time.Duration, rest string, err error) {
	number, rest, found := strings.Cut(text, unit)
	if !found {
		return 0, text, nil
	}
	n, err := strconv.ParseUint(number, 10, 12) // so many weeks fit into a time.Duration
	return time.Duration(n) * long, rest, err
}

// roleVariable sets the duration of every role.
const roleVariable = "AWS_ASSUME_ROLE_TTL"

// life is a wanted duration, and the setting that asks for it.
type life struct {
	time.Duration
	from string
}

// roleLife returns the duration of a role according to the environment and the files.
func (s *settings) roleLife() (life, error) {
	if text := s.getenv(roleVariable); text != "" && !zero(text) {
		d, err := ttl(s.getenv, roleVariable, 0)
		return life{d, roleVariable}, err
	}
	v := s.get("duration_seconds")
	if !v.given() {
		return life{defaultLife, "the default"}, nil
	}
	n, err := strconv.ParseInt(v.text, 10, 32)
	if err == nil && n == 0 {
		return life{defaultLife, "the default"}, nil
	}
	if err != nil || n < 0 {
		return life{}, v.bad("duration_seconds %q is not a number of seconds", v.text)
	}
	return life{time.Duration(n) * time.Second, v.export().From}, nil
}

// sessionLife decides how long a session of GetSessionToken should last. most means that the
// user wants no longer session.
//
// A session that only serves to assume roles lasts a working day. So does one that needs a
// code or a passphrase: it is also the user's own session, so one serves for both. A longer
// --duration makes it longer. A shorter one does not shorten it for roles, because that would
// cost another code.
func (s *settings) sessionLife(in Inputs, delivered, code bool) (l life, most bool, err error) {
	const ownName, chainedName = "AWS_SESSION_TOKEN_TTL", "AWS_CHAINED_SESSION_TOKEN_TTL"
	d, err := ttl(s.getenv, ownName, defaultLife)
	if err != nil && delivered {
		return life{}, false, err
	}
	own := life{d, ownName}
	if d, err = ttl(s.getenv, chainedName, defaultChained); err != nil && (!delivered || code) {
		return life{}, false, err
	}
	chained := life{d, chainedName}
	flag := life{in.Duration, "--duration"}
	if delivered && flag.Duration == 0 {
		own = own.atLeast(in.min)
	}
	if delivered {
		text := s.getenv(ownName)
		switch asked := text != "" && !zero(text); {
		case flag.Duration > 0:
			return flag, true, nil
		case asked || !code:
			return own, asked, nil
		}
	}
	longest := chained
	for _, l := range []life{own, flag} {
		if (code || l == flag) && l.Duration > longest.Duration {
			longest = l
		}
	}
	return longest, false, nil
}

// within brings a duration within AWS's limits, in whole seconds, and describes the change in
// one line.
func (l life) within(profile, what string, most time.Duration) (time.Duration, string) {
	switch d := l.Truncate(time.Second); {
	case d > most:
		return most, fmt.Sprintf("%s: %s (%s) is cut to %s, the most that AWS allows for %s", profile, line.Exact(d), l.from, line.Exact(most), what)
	case d < shortest:
		return shortest, fmt.Sprintf("%s: %s (%s) is raised to %s, the least that AWS allows", profile, line.Exact(d), l.from, line.Exact(shortest))
	default:
		return d, ""
	}
}

// chainLimit describes the limit longestChained.
const chainLimit = "the most for a role that is assumed with temporary credentials"

// limit says what limits the duration of a session that is wanted for that long.
func (l life) limit(most time.Duration) string {
	switch d := l.Truncate(time.Second); {
	case d > most && most == longestChained:
		return chainLimit
	case d > most:
		return "the most that AWS allows"
	case d < shortest:
		return "the least that AWS allows"
	}
	return l.from
}
