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

// Kind distinguishes the two files, whose headers differ in form.
type Kind uint8

const (
	// ConfigFile is ~/.aws/config: [default], [profile NAME], [sso-session NAME], [services NAME].
	ConfigFile Kind = iota
	// CredentialsFile is ~/.aws/credentials: each header is the bare name of a profile.
	CredentialsFile
)

// SectionType is the type that a header declares.
type SectionType uint8

const (
	// ProfileSection is [default] or [profile NAME] in the config file, [NAME] in the credentials file.
	ProfileSection SectionType = iota
	// SSOSessionSection is [sso-session NAME].
	SSOSessionSection
	// ServicesSection is [services NAME].
	ServicesSection
	// otherSection is any other section. No AWS tool reads it as one of the above.
	otherSection
)

// String returns the word in the header.
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

// Pos is a line of a file. Lines count from 1, and 0 stands for the whole file.
type Pos struct {
	File string
	Line int
}

// String returns "file:line", or "line 7" if the text has no file.
func (p Pos) String() string {
	switch {
	case p.File == "":
		return "line " + strconv.Itoa(p.Line)
	case p.Line == 0:
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// Value is the text of a setting, unchanged, and the line on which it begins. The lines of a
// value that continues on several lines are joined with "\n". A value that is entirely below
// its key, such as nested settings, begins with "\n".
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

// Error returns "file:line: message".
func (e *Error) Error() string { return e.Pos.String() + ": " + e.Msg }

// Hint says what to do about the fault; empty: no hint.
func (e *Error) Hint() string { return e.Hint_ }

// NotFoundError reports that no profile, SSO session or services section has this name.
type NotFoundError struct {
	Type SectionType // the zero value is a profile
	Name string
	File string   // the file that was expected to have it; empty: there was none
	Near []string // similar names that do exist, the nearest first
	Bare Pos      // the place of a [NAME] without the word "profile"; zero: none
	Why  string   // what is in the place of the file: "is a directory"; see Absent
	None bool     // there is no file
}

// Error returns a text such as: profile "dvv" not found in ~/.aws/config.
func (e *NotFoundError) Error() string {
	msg := fmt.Sprintf("%s %q not found", e.Type, e.Name)
	switch {
	case e.Why != "":
		msg += ": " + e.File + " " + e.Why
	case e.None && e.File != "":
		msg += ": there is no " + e.File
	case e.File != "":
		msg += " in " + e.File
	}
	return msg
}

// Hint names the nearest names, or the command that shows all of them.
func (e *NotFoundError) Hint() string {
	switch {
	case strings.HasPrefix(e.Why, unread):
		return "it belongs to another user, or its permissions keep you out"
	case e.Why != "":
		return "put a file there, or set AWS_CONFIG_FILE to the path of one"
	}
	if e.None && e.Type == SSOSessionSection {
		return "vault sso add"
	}
	if e.Bare != (Pos{}) {
		return fmt.Sprintf("%s says [%s], it should be [profile %s]", e.Bare, e.Name, e.Name)
	}
	switch hint := near.Hint(e.Near); {
	case hint != "":
		return hint
	case e.Type == ProfileSection:
		return "vault list shows the profiles"
	case e.Type == SSOSessionSection:
		return "vault sso add   sets one up"
	}
	return ""
}
