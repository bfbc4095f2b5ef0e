//go:build unix

package readers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awsvault/tests/world"
)

// As a credential_process, vault is named by its absolute path, in quotes, as
// people have it in their config file.
func TestExportIsACredentialProcess(t *testing.T) {
	inEach(t, func(t *testing.T, r reader, who string, w *world.World) {
		vault := filepath.Join(t.TempDir(), "a b", "vault")
		if err := os.Mkdir(filepath.Dir(vault), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(w.Vault, vault); err != nil {
			t.Fatal(err)
		}
		via := func(name, profile string) string {
			return fmt.Sprintf("\n[profile %s]\ncredential_process = \"%s\" export %s --format=json\nregion = eu-north-1\n", name, vault, profile)
		}
		config := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(config, []byte(world.Config+via("via", "dev")+via("broken", "dve")), 0o600); err != nil {
			t.Fatal(err)
		}
		environ := w.Environ("AWS_CONFIG_FILE="+config, "AWS_PROFILE=via")
		out, _ := shell(t, w, environ, who)
		if arn, _, _ := strings.Cut(strings.TrimSpace(out), " "); arn != role {
			t.Errorf("it is %q, want %q", out, role)
		}
		if strings.Contains(who, "gosdk") && !strings.HasSuffix(out, " eu-north-1 ProcessProvider\n") {
			t.Errorf("the SDK says %q, want the region of the profile and ProcessProvider", out)
		}

		// What goes wrong is said by vault, through the reader. That of JavaScript says
		// nothing of what a process says.
		if strings.Contains(who, "jssdk") {
			return
		}
		_, errs := shell(t, w, append(environ, "AWS_PROFILE=broken"), who+" && exit 8; :")
		if !strings.Contains(errs, `profile "dve" not found in `) {
			t.Errorf("of an error of vault's it says:\n%s", errs)
		}
	})
}

// The profile that init writes beside a role's is one that every reader can use.
func TestTheProfileBesideARole(t *testing.T) {
	inEach(t, func(t *testing.T, _ reader, who string, w *world.World) {
		config := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(config, []byte(world.Config), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, stderr, status := w.Run([]string{"AWS_CONFIG_FILE=" + config}, "init", "--credential-process", "--separate", "--yes", "dev"); status != 0 {
			t.Fatal(stderr)
		}
		out, _ := shell(t, w, w.Environ("AWS_CONFIG_FILE="+config, "AWS_PROFILE=dev-vault"), who)
		if arn, _, _ := strings.Cut(strings.TrimSpace(out), " "); arn != role {
			t.Errorf("it is %q, want %q", out, role)
		}
	})
}
