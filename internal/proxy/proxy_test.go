package proxy

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWhereTheAddressIsNotPut(t *testing.T) {
	files := func(path, text string) (root string) {
		root = t.TempDir() + "/"
		if err := os.MkdirAll(filepath.Dir(root+path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(root+path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return root
	}
	for path, text := range map[string]string{
		"sys/class/dmi/id/sys_vendor":   "Amazon EC2\n",
		"sys/class/dmi/id/board_vendor": "Amazon EC2\n",
		"sys/class/dmi/id/bios_vendor":  "Amazon EC2\n",
		"sys/hypervisor/uuid":           "ec2e1916-9099-7caf-fd21-012345abcdef\n",
		"sys/class/dmi/id/product_uuid": "EC2E1916-9099-7CAF-FD21-012345ABCDEF\n",
	} {
		m := machine{instance: instanceMark(files(path, text)), container: "/x"}
		want := "this is an EC2 instance (/" + path + "): 169.254.169.254 is its own metadata service"
		for _, inContainer := range []bool{false, true} {
			if err := m.refusal(inContainer); err == nil || err.Error() != want {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	for path, text := range map[string]string{"sys/class/dmi/id/sys_vendor": "QEMU\n", "sys/hypervisor/uuid": "00000000\n", "etc/os-release": "Amazon"} {
		if mark := instanceMark(files(path, text)); mark != "" {
			t.Errorf("%s with %q is an instance: %s", path, text, mark)
		}
	}
	for _, path := range []string{".dockerenv", "run/.containerenv", "run/systemd/container", "var/run/secrets/kubernetes.io/serviceaccount/token"} {
		m := machine{container: containerMark(files(path, ""))}
		if m.refusal(false) == nil || m.refusal(true) != nil {
			t.Errorf("%s: %v, %v", path, m.refusal(false), m.refusal(true))
		}
	}
	if err := (machine{elsewhere: "eth0"}).refusal(true); err == nil || err.Error() != "eth0 has the address 169.254.169.254 already" {
		t.Errorf("elsewhere: %v", err)
	}
	if (machine{answers: true}).refusal(true) == nil {
		t.Error("something answers")
	}
	if err := (machine{}).refusal(false); err != nil {
		t.Error(err)
	}
}
