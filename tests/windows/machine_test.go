//go:build linux

package windows

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"awsvault/tests/awsfake"
	"awsvault/tests/wine"
)

// machine is a Windows with vault and stand-ins for the programs that it runs, beside an
// AWS.
type machine struct {
	*wine.Wine
	home    string // the user's, as this machine has it
	program string // aws-vault.exe
	environ []string
	url     string // AWS
	example awsfake.Example
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{Wine: wine.Start(t)}
	fake := awsfake.Start(t, awsfake.Options{Control: true})
	m.url = fake.URL
	var err error
	if m.example, err = fake.Load(awsfake.ExampleSeed); err != nil {
		t.Fatal(err)
	}
	m.program = m.Build("bin/aws-vault.exe", "../..", "build")
	m.Build("bin/aws.exe", "./testdata/show", "build")
	m.Write("bin/sam.cmd", "@\"%~dp0aws.exe\" %*\r\n")
	homes, _ := filepath.Glob(filepath.Join(m.Dir, "wine", "drive_c", "users", "*"))
	m.home = slices.DeleteFunc(homes, func(h string) bool { return filepath.Base(h) == "Public" })[0]
	bin := wine.Path(filepath.Join(m.Dir, "bin"))
	m.environ = []string{
		"AWS_VAULT_BACKEND=wincred", "AWS_VAULT_FILE_PASSPHRASE=correct horse", "AWS_EC2_METADATA_DISABLED=true", "SHELL=/bin/bash", "WINEPATH=" + bin, "INSIDE_BIN=" + bin,
		"AWS_ENDPOINT_URL_STS=" + fake.URL, "AWS_ENDPOINT_URL_IAM=" + fake.URL, "AWS_VAULT_FEDERATION_ENDPOINT=" + fake.URL + "/federation",
	}
	return m
}

// writeHome writes a file of the user's.
func (m *machine) writeHome(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(m.home, name)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// What only a program of Windows can do to vault.exe.
func TestFromInside(t *testing.T) {
	m := newMachine(t)
	if m.Major() < 10 {
		t.Skip("Wine 8 cannot remove a tree, and reads % in a batch file twice: tests/chroot.sh go wine test ./tests/windows")
	}
	m.Write("bin/words.cmd", "@\"%~dp0aws.exe\" %*\r\n")
	m.writeHome(t, ".aws/config", "[profile plain]\r\nregion = eu-west-1\r\n")
	m.writeHome(t, ".aws/credentials", "[plain]\r\naws_access_key_id = "+m.example.AccessKeyID+"\r\naws_secret_access_key = "+m.example.SecretAccessKey+"\r\n")
	// A share, a drive and a folder that is a link, as Wine has them.
	devices, dir := filepath.Join(m.Dir, "wine", "dosdevices"), filepath.Join(m.Dir, "elsewhere")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(devices, "unc", "server", "share"), 0o700), os.MkdirAll(filepath.Join(dir, "real"), 0o700),
		os.Symlink(dir, filepath.Join(devices, "p:")), os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	m.Tests(wine.Call{Environ: m.environ}, m.Build("inside.exe", "./inside", "test", "-c"),
		"TestArgumentsArriveAtAProgram", "TestArgumentsArriveAtABatchFile", "TestEveryStatusIsPassedOn",
		"TestAKilledVaultEndsItsCommand", "TestWhatACommandLeavesGoesOn", "TestAConsoleEventIsForTheCommand",
		"TestDirectoriesOfWindows", "TestMinttyIsTold")
}
