package nodbus

import (
	"os"
	"strconv"
)

// nowhere is an address without a bus.
const nowhere = "unix:path=/nonexistent/vault-wants-no-bus"

func init() {
	original, present = os.LookupEnv(variable)
	changed = true
	os.Setenv(variable, nowhere)
}

// Address returns the address of the session bus: the one with which this process was started,
// else the one of the user's bus, else "". It launches nothing.
func Address() string {
	// godbus takes an empty address and "autolaunch:" for "not set".
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
