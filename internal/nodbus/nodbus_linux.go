package nodbus

import (
	"os"
	"strconv"
)

// nowhere is an address at which no bus can be.
const nowhere = "unix:path=/nonexistent/vault-wants-no-bus"

func init() {
	original, present = os.LookupEnv(variable)
	// godbus takes an empty address and this one for "not set".
	if original != "" && original != "autolaunch:" {
		return
	}
	changed = true
	address := nowhere
	if bus := "/run/user/" + strconv.Itoa(os.Getuid()) + "/bus"; exists(bus) {
		address = "unix:path=" + bus
	}
	os.Setenv(variable, address)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
