// Package items knows how keystore items are named. It lists the names in keystores that
// are a directory or a kernel keyring, without a question, a program or a message bus. It
// imports few packages, so `list` can use it before the keystore library is initialised.
//
// It does not know what an item contains, how to open one, or what a profile means.
package items

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"awsvault/internal/aws"
)

// Session holds the facts in the name of a cached session's item.
type Session struct {
	Key     aws.SessionKey
	Expires time.Time // UTC
}

// The name of a session's item has the four fields of aws-vault 7:
//
//	TYPE,PROFILE,HASH,EXPIRY
//
// PROFILE and HASH are base64url without padding, EXPIRY is in Unix seconds. aws-vault puts
// the MFA serial in the third field. Therefore neither tool uses a session of the other, but
// both recognise it as a session. For a long profile name, PROFILE is short: see [Short].

// SessionPrefix returns the name of a session's item up to the expiry.
func SessionPrefix(k aws.SessionKey) string {
	encode := base64.RawURLEncoding.EncodeToString
	return k.Type + "," + encode([]byte(Short(k.Profile))) + "," + encode([]byte(k.Hash)) + ","
}

// longestName is the part of a profile's name that a session's item keeps, in bytes. In
// base64, with the other fields and an extension or prefix, it fits into a file name (255
// bytes), and into a name in the registry, where Wine keeps credentials.
const longestName = 64

// Short returns a profile's name in the form for a session's item: unchanged, or the beginning
// of a long name with a hash.
func Short(profile string) string {
	if len(profile) <= longestName {
		return profile
	}
	sum := sha256.Sum256([]byte(profile))
	hash := "~" + hex.EncodeToString(sum[:16])
	return strings.ToValidUTF8(profile[:longestName-len(hash)], "") + hash
}

// SessionName returns the name of a session's item.
func SessionName(k aws.SessionKey, expires time.Time) string {
	return SessionPrefix(k) + strconv.FormatInt(expires.Unix(), 10)
}

// ParseSession parses the name of a session's item.
func ParseSession(item string) (Session, bool) {
	if strings.Count(item, ",") != 3 {
		return Session{}, false
	}
	fields := strings.Split(item, ",")
	if fields[0] == "" || fields[1] == "" || IsOldSession(item) {
		return Session{}, false
	}
	profile, err1 := base64.RawURLEncoding.DecodeString(fields[1])
	hash, err2 := base64.RawURLEncoding.DecodeString(fields[2])
	expiry, err3 := strconv.ParseUint(fields[3], 10, 62)
	if err1 != nil || err2 != nil || err3 != nil {
		return Session{}, false
	}
	return Session{
		Key:     aws.SessionKey{Type: fields[0], Profile: string(profile), Hash: string(hash)},
		Expires: time.Unix(int64(expiry), 0).UTC(),
	}, true
}

// oldSession matches the names that aws-vault 4 to 6 gave to sessions. aws-vault 7 removes
// these items whenever it sees them.
const oldSession = `^session,[^,]+,[^,]*,[0-9]{2,}$|^session:[^ ]+:[^ ]*:[^:]+$|^.+ session \([0-9]+\)$`

// IsOldSession reports whether an item is a session of an aws-vault before version 7.
func IsOldSession(item string) bool {
	// Only a few names reach the expression, which is slow to compile.
	if !strings.Contains(item, "session") {
		return false
	}
	return regexp.MustCompile(oldSession).MatchString(item)
}

// Rotating is the end of the name of a rotation's record. The record is an item beside the
// keys. aws-vault lists it as the keys of "NAME (vault rotate)", so it does not mistake the
// record for an old session and remove it.
const Rotating = " (vault rotate)"

// IsRotation reports whether an item is the record of a rotation.
func IsRotation(item string) bool { return strings.HasSuffix(item, Rotating) }

// TokenOf returns the start URL of an item that is an IAM Identity Center token. aws-vault
// keeps these items; vault only shows and removes them.
func TokenOf(item string) (startURL string, ok bool) { return strings.CutPrefix(item, "oidc:") }

// Tokens returns the start URLs of the tokens among items.
func Tokens(items []string) (startURLs []string) {
	for _, item := range items {
		if url, ok := TokenOf(item); ok {
			startURLs = append(startURLs, url)
		}
	}
	return startURLs
}

// IsKeys reports whether an item with this name holds long-lived keys. It does unless it is a
// session, the token of a sign-in, or the record of a rotation.
func IsKeys(item string) bool {
	_, session := ParseSession(item)
	_, token := TokenOf(item)
	return !session && !token && !IsOldSession(item) && !IsRotation(item)
}

// Sort returns the names of long-lived keys among the items, sorted, and the names of those
// that are being replaced.
func Sort(items []string) (names, rotations []string) {
	for _, item := range items {
		switch {
		case IsRotation(item):
			rotations = append(rotations, strings.TrimSuffix(item, Rotating))
		case IsKeys(item):
			names = append(names, item)
		}
	}
	slices.Sort(names)
	slices.Sort(rotations)
	return names, rotations
}

// Live returns the sessions that have not expired, one for each key, sorted by profile.
func Live(found []Session, now time.Time) []Session {
	longest := make(map[aws.SessionKey]int, len(found)) // the index in sessions
	var sessions []Session
	for _, s := range found {
		i, again := longest[s.Key]
		switch {
		case !s.Expires.After(now):
		case !again:
			longest[s.Key] = len(sessions)
			sessions = append(sessions, s)
		case s.Expires.After(sessions[i].Expires):
			sessions[i] = s
		}
	}
	slices.SortFunc(sessions, func(a, b Session) int {
		if order := strings.Compare(a.Key.Profile, b.Key.Profile); order != 0 {
			return order
		}
		return strings.Compare(SessionPrefix(a.Key), SessionPrefix(b.Key))
	})
	return sessions
}

// Ends maps profiles, by their short names, to the end of their last session.
type Ends map[string]time.Time

// Of returns the end of a profile's last session, or zero if it has none.
func (e Ends) Of(profile string) time.Time { return e[Short(profile)] }

// Longest returns the end of the last session for each profile.
func Longest(sessions []Session) Ends {
	ends := make(Ends, len(sessions))
	for _, s := range sessions {
		if name := Short(s.Key.Profile); s.Expires.After(ends[name]) {
			ends[name] = s.Expires
		}
	}
	return ends
}
