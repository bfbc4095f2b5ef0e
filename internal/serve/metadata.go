package serve

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The metadata service describes this instance. The names show that it does not exist.
const (
	instanceID  = "i-00000000000000000"
	profileName = "local-credentials" // as in aws-vault, because scripts contain it
)

const (
	tokenHeader = "X-Aws-Ec2-Metadata-Token"
	ttlHeader   = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	longestTTL  = 21600 // seconds, as at AWS
	maxSessions = 256
)

// sessions are the tokens of the metadata service, and when they expire.
type sessions map[string]time.Time

// answerMetadata answers as version 2 of the instance metadata service does.
func (s *Server) answerMetadata(r *http.Request, e *Entry) reply {
	s.mu.Lock()
	l := s.metadata
	s.mu.Unlock()
	if l == nil || !l.Until.IsZero() && !s.now().Before(l.Until) {
		return text(http.StatusNotFound, "")
	}
	e.Name = l.Name
	if r.URL.Path == "/latest/api/token" {
		return s.metadataToken(r)
	}
	if r.Method != http.MethodGet {
		return text(http.StatusMethodNotAllowed, "")
	}
	if token := r.Header.Get(tokenHeader); token != "" || !s.settings.MetadataV1 {
		if !s.knows(token) {
			return noToken(token)
		}
	}
	return s.metadataOf(r, l, e)
}

// metadataToken begins a session of version 2.
func (s *Server) metadataToken(r *http.Request) reply {
	if r.Method != http.MethodPut {
		return text(http.StatusMethodNotAllowed, "")
	}
	ttl, err := strconv.Atoi(r.Header.Get(ttlHeader))
	if err != nil || ttl < 1 || ttl > longestTTL {
		return text(http.StatusBadRequest, "")
	}
	b := make([]byte, 32)
	rand.Read(b)
	token := base64.RawURLEncoding.EncodeToString(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	first := ""
	for t, end := range s.tokens {
		if !now.Before(end) {
			delete(s.tokens, t)
		} else if first == "" || end.Before(s.tokens[first]) {
			first = t
		}
	}
	if len(s.tokens) >= maxSessions {
		delete(s.tokens, first)
	}
	s.tokens[token] = now.Add(time.Duration(ttl) * time.Second)
	o := text(http.StatusOK, token)
	o.header = http.Header{ttlHeader: {strconv.Itoa(ttl)}}
	return o
}

// knows reports whether a token was issued and is still valid. The token is no secret to the
// programs that may ask, so the duration of the comparison reveals nothing.
func (s *Server) knows(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.tokens[token]
	return ok && s.now().Before(end)
}

// noToken is the answer to a request without a valid token. A program that uses version 1
// never asks for one, and may show this text to its user.
func noToken(token string) reply {
	why := "this server speaks only version 2 of the instance metadata protocol, and the program used version 1"
	if token != "" {
		why = "the metadata token is unknown or has expired"
	}
	o := text(http.StatusUnauthorized, "vault: "+why+"\n")
	o.why = why
	return o
}

const metadataPath = "/latest/meta-data/"

// metadataOf answers a question about the instance.
func (s *Server) metadataOf(r *http.Request, l *lease, e *Entry) reply {
	path := strings.TrimSuffix(r.URL.Path, "/")
	what, ok := strings.CutPrefix(path, metadataPath)
	if !ok {
		switch path {
		case "/latest":
			return text(http.StatusOK, "dynamic\nmeta-data")
		case "/latest/meta-data":
			return text(http.StatusOK, "iam/\ninstance-id\nplacement/")
		case "/latest/dynamic/instance-identity/document":
			return s.identity(l)
		}
		return text(http.StatusNotFound, "")
	}
	switch what {
	case "instance-id":
		return text(http.StatusOK, instanceID)
	case "placement/region":
		return known(l.Region)
	case "placement/availability-zone":
		return known(zone(l.Region))
	case "iam/security-credentials":
		return text(http.StatusOK, profileName)
	case "iam/security-credentials/" + profileName:
		return s.metadataCredentials(l, e)
	case "iam/info":
		return s.metadataInfo(l)
	}
	return text(http.StatusNotFound, "")
}

// known returns a value that may be missing.
func known(value string) reply {
	if value == "" {
		return text(http.StatusNotFound, "")
	}
	return text(http.StatusOK, value)
}

func zone(region string) string {
	if region == "" {
		return ""
	}
	return region + "a"
}

func (s *Server) metadataCredentials(l *lease, e *Entry) reply {
	got, err := l.obtain(&l.supply)
	if err != nil {
		return failed(l.Name, err)
	}
	e.Until = got.Expires
	type shape struct {
		Code, LastUpdated, Type, AccessKeyId, SecretAccessKey, Token, Expiration string
		AccountId                                                                string `json:",omitempty"`
	}
	return document(http.StatusOK, shape{"Success", stamp(s.now()), "AWS-HMAC", got.AccessKeyID, got.SecretAccessKey, got.SessionToken, stamp(got.Expires), got.Account})
}

func (s *Server) metadataInfo(l *lease) reply {
	got, err := l.obtain(&l.supply)
	if err != nil {
		return failed(l.Name, err)
	}
	account := got.Account
	if account == "" {
		account = "000000000000"
	}
	type shape struct{ Code, LastUpdated, InstanceProfileArn, InstanceProfileId string }
	return document(http.StatusOK, shape{"Success", stamp(s.now()), "arn:aws:iam::" + account + ":instance-profile/" + profileName, "AIPA0000000000000000"})
}

// identity tells the region of the instance, where SDKs look for it.
func (s *Server) identity(l *lease) reply {
	if l.Region == "" {
		return text(http.StatusNotFound, "")
	}
	type shape struct {
		Region           string `json:"region"`
		AvailabilityZone string `json:"availabilityZone"`
		InstanceID       string `json:"instanceId"`
		Version          string `json:"version"`
	}
	o := document(http.StatusOK, shape{l.Region, zone(l.Region), instanceID, "2017-09-30"})
	o.kind = "text/plain"
	return o
}
