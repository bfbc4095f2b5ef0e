package awsfake

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"
)

const totpStep = 30 * time.Second

// Device is an MFA device: TOTP by RFC 6238 with SHA-1, 30 seconds and 6 digits. A code is
// also accepted one step early or late. Each step's code is accepted only once.
type Device struct {
	Serial string

	user    *User
	state   *state
	secret  []byte
	enabled time.Time
	used    map[int64]bool // steps whose code was accepted
	given   map[int64]bool // steps whose code NextCode handed out
}

// AddMFA gives the user a virtual MFA device with that name.
func (u *User) AddMFA(name string) *Device {
	return u.AddMFASerial(u.account.state.arn("iam", u.account.ID, "mfa/"+name))
}

// AddMFASerial gives the user an MFA device with any serial number, like a hardware device.
func (u *User) AddMFASerial(serial string) *Device {
	st := u.account.state
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.devices[serial] != nil {
		panic(fmt.Sprintf("awsfake: MFA device %q is there already", serial))
	}
	d := &Device{Serial: serial, user: u, state: st, secret: make([]byte, 20), enabled: st.clock.Now(), used: map[int64]bool{}, given: map[int64]bool{}}
	rand.Read(d.secret)
	st.devices[serial] = d
	u.devices = append(u.devices, d)
	return d
}

// Device finds an MFA device by its serial, or returns nil.
func (s *Server) Device(serial string) *Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.devices[serial]
}

// Secret returns the seed in base32, for an authenticator app.
func (d *Device) Secret() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(d.secret)
}

// Code returns what the device shows now, even if that code was used.
func (d *Device) Code() string { return d.codeAt(step(d.state.clock.Now())) }

// NextCode returns a code that will be accepted and that NextCode has not returned before.
// If a person would have to wait for such a code, NextCode moves the clock by one step.
func (d *Device) NextCode() string {
	d.state.mu.Lock()
	defer d.state.mu.Unlock()
	for {
		now := step(d.state.clock.Now())
		for _, n := range []int64{now, now + 1, now - 1} {
			if !d.used[n] && !d.given[n] {
				d.given[n] = true
				return d.codeAt(n)
			}
		}
		d.state.clock.Advance(totpStep)
	}
}

// accept reports whether a code is valid, and marks it as used.
func (d *Device) accept(code string, now time.Time) bool {
	for n := step(now) - 1; n <= step(now)+1; n++ {
		if !d.used[n] && d.codeAt(n) == code {
			d.used[n] = true
			return true
		}
	}
	return false
}

func step(t time.Time) int64 { return t.Unix() / int64(totpStep/time.Second) }

func (d *Device) codeAt(step int64) string {
	mac := hmac.New(sha1.New, d.secret)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash never fails
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[at:])&0x7fffffff)%1_000_000)
}
