package awsconf_test

import (
	"testing"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
)

// A config that may not be read does not count as empty. A device in its place does.
func TestAConfigThatMayNotBeRead(t *testing.T) {
	const put = "put a file there, or set AWS_CONFIG_FILE to the path of one"
	for why, want := range map[string][2]string{
		"cannot be read: permission denied": {"~/.aws/config cannot be read: permission denied", "it belongs to another user, or its permissions keep you out"},
		"is a directory":                    {"", put},
	} {
		c := awsconf.Merge(awsconf.Absent("~/.aws/config", awsconf.ConfigFile, why), nil)
		if got := c.Unread(); got != want[0] {
			t.Errorf("%s: it says %q, want %q", why, got, want[0])
		}
		if _, err := c.Profile("dev"); fault.HintOf(err) != want[1] {
			t.Errorf("%s: %v, hint %q", why, err, fault.HintOf(err))
		}
	}
	if got := awsconf.Merge(nil, nil).Unread(); got != "" {
		t.Errorf("no file: %q", got)
	}
}
