package nodbus

import (
	"os"
	"strconv"
)

// nowhere is an address at which no bus can be.
const nowhere = "unix:path=/nonexistent/vault-wants-no-bus"

func init() {
	original, present = os.LookupEnv(variable)
	changed = true
	os.Setenv(variable, nowhere)
}

// Address is that of the session bus: the one that this process was started with,
// else that of the user's bus, else "". Nothing is launched for it.
func Address() string {
	// godbus takes an empty address and this one for "not set".
	if original != "" && original != "autolaunch:" {
		return original
	}
	if bus := "/run/user/" + strconv.Itoa(os.Getuid()) + "/bus"; exists(bus) {
		return "unix:path=" + bus
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
