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

// Session is what can be known of a cached session without reading it.
type Session struct {
	Key     aws.SessionKey
	Expires time.Time // UTC
}

// A session's item is named as aws-vault 7 names it, in four fields:
//
//	TYPE,PROFILE,HASH,EXPIRY
//
// PROFILE and HASH are base64url without padding, EXPIRY is in Unix seconds. In
// the third field aws-vault has the MFA serial, which is why neither tool takes a
// session of the other, and both know that it is one. PROFILE is short where the
// profile's name is long: see [Short].

// SessionPrefix is the name of a session's item up to the expiry.
func SessionPrefix(k aws.SessionKey) string {
	encode := base64.RawURLEncoding.EncodeToString
	return k.Type + "," + encode([]byte(Short(k.Profile))) + "," + encode([]byte(k.Hash)) + ","
}

// longestName is what a session's item tells of a profile, in bytes. In base64, with the
// other fields and an extension or prefix, it fits into a file name, which has 255, and
// into a name of the registry, where Wine keeps credentials.
const longestName = 64

// Short is a profile's name in the item of a session: as it is, or the beginning of a
// long one with a hash.
func Short(profile string) string {
	if len(profile) <= longestName {
		return profile
	}
	sum := sha256.Sum256([]byte(profile))
	hash := "~" + hex.EncodeToString(sum[:16])
	return strings.ToValidUTF8(profile[:longestName-len(hash)], "") + hash
}

// SessionName is the name of a session's item.
func SessionName(k aws.SessionKey, expires time.Time) string {
	return SessionPrefix(k) + strconv.FormatInt(expires.Unix(), 10)
}

// ParseSession reads an item's name as that of a session.
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

// oldSession matches the names that aws-vault 4 to 6 gave to sessions. aws-vault
// 7 removes such items whenever it sees them.
const oldSession = `^session,[^,]+,[^,]*,[0-9]{2,}$|^session:[^ ]+:[^ ]*:[^:]+$|^.+ session \([0-9]+\)$`

// IsOldSession tells whether an item is a session of an aws-vault before version 7.
func IsOldSession(item string) bool {
	// Few names get as far as the expression, which is costly to compile.
	if !strings.Contains(item, "session") {
		return false
	}
	return regexp.MustCompile(oldSession).MatchString(item)
}

// Rotating is how the record of a rotation ends, which is kept beside the keys as an
// item that aws-vault lists as the keys of "NAME (vault rotate)": so aws-vault does not
// take it for an old session and remove it.
const Rotating = " (vault rotate)"

// IsRotation tells whether an item is the record of a rotation.
func IsRotation(item string) bool { return strings.HasSuffix(item, Rotating) }

// TokenOf is the start URL of an item that is a token of IAM Identity Center. aws-vault
// keeps them; here they are only shown and removed.
func TokenOf(item string) (startURL string, ok bool) { return strings.CutPrefix(item, "oidc:") }

// Tokens are the start URLs of those among items.
func Tokens(items []string) (startURLs []string) {
	for _, item := range items {
		if url, ok := TokenOf(item); ok {
			startURLs = append(startURLs, url)
		}
	}
	return startURLs
}

// IsKeys tells whether an item of that name holds long-lived keys: it does unless
// it is a session, the token of a sign-in, or the record of a rotation.
func IsKeys(item string) bool {
	_, session := ParseSession(item)
	_, token := TokenOf(item)
	return !session && !token && !IsOldSession(item) && !IsRotation(item)
}

// Sort returns the items that are long-lived keys, sorted, and the names of those
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

// Live are the sessions that have not expired, each once, sorted by profile.
func Live(found []Session, now time.Time) []Session {
	longest := make(map[aws.SessionKey]int, len(found)) // where it is in sessions
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

// Ends says of profiles, by their short names, when the last of their sessions ends.
type Ends map[string]time.Time

// Of is when the last session of a profile ends; zero if it has none.
func (e Ends) Of(profile string) time.Time { return e[Short(profile)] }

// Longest says of each profile when the last of its sessions ends.
func Longest(sessions []Session) Ends {
	ends := make(Ends, len(sessions))
	for _, s := range sessions {
		if name := Short(s.Key.Profile); s.Expires.After(ends[name]) {
			ends[name] = s.Expires
		}
	}
	return ends
}
