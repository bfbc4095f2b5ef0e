// Package awsconf knows the text of the two AWS files, config and credentials: where each
// setting is, which of two settings wins, and how to change one without changing any other
// byte.
//
// It reads the files as the AWS CLI does (botocore on Python's configparser), because users
// compare the two. If other SDKs accept a header that the CLI skips, awsconf accepts it
// too, and [Config.Problems] reports it.
//
// The package is pure. It does not know what a setting means, where the files are, how they
// are read and replaced (package awsfile does that), or what the environment says.
package awsconf

import (
	"fmt"
	"strconv"
	"strings"

	"awsvault/internal/near"
)

// Kind tells the two files apart: their headers are spelled differently.
type Kind uint8

const (
	// ConfigFile is ~/.aws/config: [default], [profile NAME], [sso-session NAME], [services NAME].
	ConfigFile Kind = iota
	// CredentialsFile is ~/.aws/credentials: each header is the bare name of a profile.
	CredentialsFile
)

// SectionType is what a header declares.
type SectionType uint8

const (
	// ProfileSection is [default] or [profile NAME] in the config file, [NAME] in the credentials file.
	ProfileSection SectionType = iota
	// SSOSessionSection is [sso-session NAME].
	SSOSessionSection
	// ServicesSection is [services NAME].
	ServicesSection
	// otherSection is what no AWS tool reads as one of the above.
	otherSection
)

// String gives the word that stands in the header.
func (t SectionType) String() string {
	switch t {
	case ProfileSection:
		return "profile"
	case SSOSessionSection:
		return "sso-session"
	case ServicesSection:
		return "services"
	default:
		return "section"
	}
}

// Pos is a line of a file; lines count from 1, and 0 is the file as a whole.
type Pos struct {
	File string
	Line int
}

// String gives "file:line", or "line 7" when the text has no file.
func (p Pos) String() string {
	switch {
	case p.File == "":
		return "line " + strconv.Itoa(p.Line)
	case p.Line == 0:
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// Value is the text of a setting, verbatim, and the line on which it begins.
// The lines of a value that goes on over several are joined with "\n"; one that
// is all on the lines below its key, like nested settings, begins with "\n".
type Value struct {
	Text string
	Pos  Pos
}

// Error is a fault at a line of a file.
type Error struct {
	Pos   Pos
	Msg   string
	Hint_ string // what the person can do about it; may be empty
}

// Error gives "file:line: message".
func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// Hint says what to do about it, or nothing.
func (e *Error) Hint() string { return e.Hint_ }

// NotFoundError says that no profile, SSO session or services section has this name.
type NotFoundError struct {
	Type SectionType // the zero value is a profile
	Name string
	File string   // the file in which it was expected; empty if there was none
	Near []string // names that do exist and are much like it, the nearest first
	Bare Pos      // where [NAME] stands without the word "profile"; zero if nowhere
	Why  string   // what stands where the file should be: "is a directory"; see Absent
}

// Error gives: profile "dvv" not found in ~/.aws/config.
func (e *NotFoundError) Error() string {
	msg := fmt.Sprintf("%s %q not found", e.Type, e.Name)
	switch {
	case e.Why != "":
		msg += ": " + e.File + " " + e.Why
	case e.File != "":
		msg += " in " + e.File
	}
	return msg
}

// Hint names the nearest names, or says what shows all.
func (e *NotFoundError) Hint() string {
	switch {
	case strings.HasPrefix(e.Why, unread):
		return "it belongs to another user, or its permissions keep you out"
	case e.Why != "":
		return "put a file there, or set AWS_CONFIG_FILE to the path of one"
	}
	if e.Bare != (Pos{}) {
		return fmt.Sprintf("%s says [%s], it should be [profile %s]", e.Bare, e.Name, e.Name)
	}
	if hint := near.Hint(e.Near); hint != "" || e.Type != ProfileSection {
		return hint
	}
	return "vault list shows the profiles"
}
