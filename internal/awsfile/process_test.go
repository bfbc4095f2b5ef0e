package awsfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"awsvault/internal/awsconf"
	"awsvault/internal/disk"
)

// The test program also acts as the other processes of the tests below.
func TestMain(m *testing.M) {
	if path := os.Getenv("AWSFILE_TEST_FILE"); path != "" {
		if err := otherProcess(path, os.Getenv("AWSFILE_TEST_NAME")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const editsOfAProcess = 20

// otherProcess adds profiles one by one or, without a name, keeps adding big ones without end.
func otherProcess(path, name string) error {
	if name != "" {
		for i := range editsOfAProcess {
			err := Update(context.Background(), disk.Locks{Dirs: []string{os.Getenv("AWSFILE_TEST_LOCKS")}}.Lock, path, func(data []byte) ([]byte, error) {
				return awsconf.Apply(data, []awsconf.Edit{{Header: profileHeader(fmt.Sprintf("%s-%d", name, i)), Set: []awsconf.KV{{Key: "k", Value: "v"}}, New: true}})
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	for i := 0; ; i++ {
		if err := Update(context.Background(), disk.Locks{Dirs: []string{os.Getenv("AWSFILE_TEST_LOCKS")}}.Lock, path, func([]byte) ([]byte, error) { return generation(i), nil }); err != nil {
			return err
		}
	}
}

// generation returns a text in which every line contains the same number.
func generation(i int) []byte {
	return bytes.Repeat([]byte("# generation "+strconv.Itoa(i)+"\n"), 2000)
}

func start(t *testing.T, path, name string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "AWSFILE_TEST_FILE="+path, "AWSFILE_TEST_NAME="+name)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func TestEditsOfProcessesAtOnceAllCount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	t.Setenv("AWSFILE_TEST_LOCKS", t.TempDir())
	const processes = 6
	var all []*exec.Cmd
	for i := range processes {
		all = append(all, start(t, path, fmt.Sprintf("p%d", i)))
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(awsconf.Merge(parse(t, string(data)), nil).Names()); got != processes*editsOfAProcess {
		t.Errorf("got %d profiles, want %d", got, processes*editsOfAProcess)
	}
	checkNames(t, filepath.Dir(path), "config")
}

// A killed process leaves a complete text, and nothing that disturbs the next process.
func TestKilledProcessLeavesAWholeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	t.Setenv("AWSFILE_TEST_LOCKS", t.TempDir())
	kills := 300
	if testing.Short() {
		kills = 30
	}
	writeFile(t, path, "# generation -1\n", 0o640)
	changes := 0
	for range kills {
		before, _ := os.ReadFile(path)
		cmd := start(t, path, "")
		time.Sleep(rand.N(25 * time.Millisecond)) // the instant is what the test is about
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, after) {
			changes++
			line, _, _ := bytes.Cut(after, []byte("\n"))
			i, err := strconv.Atoi(strings.TrimPrefix(string(line), "# generation "))
			if err != nil || !bytes.Equal(after, generation(i)) {
				t.Fatalf("the file is torn: %d bytes, first line %q", len(after), line)
			}
		}
		if got := mode(t, path); got != 0o640 {
			t.Fatalf("got mode %v, want 0640", got)
		}
	}
	if changes == 0 && !testing.Short() {
		t.Errorf("no process was fast enough to be killed at work")
	}
	if err := Update(t.Context(), locks(t), path, write("# end\n")); err != nil {
		t.Fatal(err)
	}
	checkFile(t, path, "# end\n")
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries { // doctor finds, and removes, what was being written
		if e.Name() != "config" && !disk.Leftover(e.Name()) {
			t.Errorf("left: %s", e.Name())
		}
	}
}

func TestUpdateSeesAWriterWithoutTheLock(t *testing.T) {
	add := func(name string) func([]byte) ([]byte, error) {
		return func(data []byte) ([]byte, error) {
			return awsconf.Apply(data, []awsconf.Edit{{Header: profileHeader(name), New: true}})
		}
	}
	for _, existed := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "config")
		if existed {
			writeFile(t, path, "[profile a]\n", 0o600)
		}
		calls := 0
		err := Update(t.Context(), locks(t), path, func(data []byte) ([]byte, error) {
			if calls++; calls == 1 {
				theirs, err := add("theirs")(data)
				if err != nil {
					return nil, err
				}
				writeFile(t, path, string(theirs), 0o600)
			}
			return add("ours")(data)
		})
		if err != nil {
			t.Fatal(err)
		}
		want := "[profile theirs]\n\n[profile ours]\n"
		if existed {
			want = "[profile a]\n\n" + want
		}
		checkFile(t, path, want)
		checkNames(t, filepath.Dir(path), "config")
	}
	t.Run("but not for ever", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "config")
		calls := 0
		err := Update(t.Context(), locks(t), path, func([]byte) ([]byte, error) {
			calls++
			writeFile(t, path, strconv.Itoa(calls), 0o600)
			return []byte("ours"), nil
		})
		if want := path + ": another program keeps changing it"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
	t.Run("who has removed it", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "config")
		writeFile(t, path, "old", 0o600)
		err := Update(t.Context(), locks(t), path, func(data []byte) ([]byte, error) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			return append(data, "new"...), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		checkFile(t, path, "new")
	})
}
