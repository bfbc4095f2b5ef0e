package awsfile

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"awsvault/internal/awsconf"
)

// There are 200 writes beside three readers. One reader opens the file like other programs,
// which on Windows prevents a replacement. No write fails, and no reader sees half a file.
func TestWritesBesideReaders(t *testing.T) {
	dir, err := os.MkdirTemp("", "beside") // t.TempDir cannot be removed under Wine 8
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "config")
	text := func(n int) string { return strings.Repeat(fmt.Sprintf("[profile p%d]\r\nregion = r\r\n", n), 200) }
	if err := os.WriteFile(path, []byte(text(0)), 0o600); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	done := make(chan struct{})
	for i := range 3 {
		readers.Go(func() {
			// A program takes longer to start than to read; under Wine, reading takes long too.
			pause := time.NewTicker(map[bool]time.Duration{true: 100, false: 10}[i == 0] * time.Millisecond)
			defer pause.Stop()
			for {
				select {
				case <-done:
					return
				case <-pause.C:
				}
				if i == 0 {
					if data, err := os.ReadFile(path); err == nil && string(data) != whole(string(data), text) {
						t.Errorf("%d bytes are half a file", len(data))
					}
					continue
				}
				if _, err := Read(path, path, awsconf.ConfigFile); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	lock := func(context.Context, string) (func(), error) { return func() {}, nil }
	for n := 1; n <= 200; n++ {
		if err := Update(t.Context(), lock, path, func([]byte) ([]byte, error) { return []byte(text(n)), nil }); err != nil {
			t.Errorf("write %d: %v", n, err)
		}
	}
	close(done)
	readers.Wait()
	if data, err := os.ReadFile(path); err != nil || string(data) != text(200) {
		t.Errorf("the last is not there: %v, %d bytes", err, len(data))
	}
}

// whole returns the text that begins like data.
func whole(data string, text func(int) string) string {
	n := 0
	if _, err := fmt.Sscanf(data, "[profile p%d]", &n); err != nil {
		return ""
	}
	return text(n)
}
