package awsfake

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// state is everything that AWS would remember. Exported methods lock it. Operations run while
// it is locked.
type state struct {
	mu        sync.Mutex
	clock     *Clock
	partition partition
	tokenSize int
	keyDelay  time.Duration
	aheadOf   time.Duration // see ExpireAhead
	longest   time.Duration // see Shorten; zero: as long as was asked for

	accounts map[string]*Account
	keys     map[string]*accessKey
	devices  map[string]*Device // by serial
	roles    map[string]*role   // by ARN
	sessions map[string]*Session
	denials  []Denial
	policies map[string]string // managed ones of accounts, by ARN
	sso      ssoState
	signin   signinState

	signinTokens map[string]*signinToken // of the console

	providers map[string]*oidcProvider // of IAM, by ARN
	instance  *instance                // nil: there is no metadata service
	tasks     map[string]*task         // of ECS, by id
}

const maxToken = 4096 // bytes, since September 2026

func newState(o Options, p partition) *state {
	if o.TokenSize == 0 {
		o.TokenSize = 356
	}
	return &state{
		clock:     o.Clock,
		partition: p,
		tokenSize: min(o.TokenSize, maxToken),
		keyDelay:  o.KeyDelay,
		accounts:  map[string]*Account{},
		keys:      map[string]*accessKey{},
		devices:   map[string]*Device{},
		roles:     map[string]*role{},
		sessions:  map[string]*Session{},
		policies:  map[string]string{},
		sso:       newSSOState(),
		signin:    newSigninState(),

		signinTokens: map[string]*signinToken{},
		providers:    map[string]*oidcProvider{},
		tasks:        map[string]*task{},
	}
}

func (st *state) arn(service, account, resource string) string {
	return fmt.Sprintf("arn:%s:%s::%s:%s", st.partition.id, service, account, resource)
}

// newKeyID makes an access key id that contains its account, as real ids do. Ten bytes in
// base32 follow the prefix. Their bits 1 to 40 are the account id.
func newKeyID(prefix, account string) string {
	n, err := strconv.ParseUint(account, 10, 40)
	if err != nil {
		panic(fmt.Sprintf("awsfake: account id %q", account)) // Account has checked it
	}
	var b [10]byte
	rand.Read(b[:])
	var head [8]byte
	copy(head[2:], b[:6])
	word := binary.BigEndian.Uint64(head[:])
	binary.BigEndian.PutUint64(head[:], 1<<47|n<<7|word&0x7f)
	copy(b[:6], head[2:])
	return prefix + base32.StdEncoding.EncodeToString(b[:])
}

// accountOfKey returns the account in an access key id.
func accountOfKey(id string) (string, bool) {
	if len(id) != 20 {
		return "", false
	}
	b, err := base32.StdEncoding.DecodeString(id[4:])
	if err != nil {
		return "", false
	}
	var head [8]byte
	copy(head[2:], b[:6])
	return fmt.Sprintf("%012d", binary.BigEndian.Uint64(head[:])>>7&(1<<40-1)), true
}

// newID makes a principal's unique id: AIDA… for a user, AROA… for a role.
func newID(prefix string) string { return prefix + rand.Text()[:17] }

func newSecret() string { return randomText(40) }

// newToken makes a session token of exactly n bytes. It begins like real tokens.
func newToken(n int) string { return ("IQoJb3JpZ2luX2Vj" + randomText(n))[:n] }

func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)[:n]
}

func newRequestID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
