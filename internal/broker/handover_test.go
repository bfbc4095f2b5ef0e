//go:build unix

package broker

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"awsvault/internal/lease"
)

// After the table has been handed over, a request on an open connection has no effect. It gets
// no answer, so the shell asks the next server. The worst result would be an `off` that is
// acknowledged and a lease that survives.
func TestNoChangeIsAcknowledgedAfterTheTableIsHandedOver(t *testing.T) {
	for _, late := range []string{
		`"do":"revoke","lease":"ID"}`, `"do":"revoke","name":"dev"}`, `"do":"retire","lease":"ID"}`,
		`"do":"grant","terms":{"name":"dev","shell":PID,"source":"dev"}}`,
	} {
		dir, err := os.MkdirTemp("", "b") // a socket's path is short
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		control, err := net.Listen("unix", filepath.Join(dir, "s"))
		if err != nil {
			t.Fatal(err)
		}
		port, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		keeper, its := net.Pipe()
		go func() {
			json.NewEncoder(keeper).Encode(hello{Place: lease.Place{Dir: dir, Name: "s"}})
			io.Copy(io.Discard, keeper)
		}()
		left := make(chan []byte)
		go func() {
			end, table, err := Serve(t.Context(), Settings{Now: time.Now, Wait: sleep, UID: os.Getuid(), Version: "0", Grace: time.Hour, Source: source}, port, control, its)
			if end != Orphaned || err != nil {
				t.Errorf("it ends with %v, %v", end, err)
			}
			left <- table
		}()
		dial := func(text string) net.Conn {
			conn, err := net.Dial("unix", control.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			if _, err := io.WriteString(conn, text); err != nil {
				t.Fatal(err)
			}
			return conn
		}
		fill := strings.NewReplacer("PID", strconv.Itoa(os.Getpid()))
		ask := func(text string) (a lease.Answer) {
			if err := json.NewDecoder(dial(fill.Replace(text))).Decode(&a); err != nil {
				t.Fatal(err)
			}
			return a
		}
		const begun = `{"protocol":1,"version":"0",`
		granted := ask(begun + `"do":"grant","terms":{"name":"dev","shell":PID,"source":"dev"}}`)
		if granted.Lease == nil {
			t.Fatalf("no lease: %+v", granted)
		}
		open := dial(begun)
		ask(begun + `"do":"report"}`) // by then the one before it was accepted
		keeper.Close()
		if table := string(<-left); !strings.Contains(table, granted.Lease.ID) {
			t.Errorf("the table has no row of the lease: %s", table)
		}
		io.WriteString(open, strings.ReplaceAll(fill.Replace(late), "ID", granted.Lease.ID))
		open.SetReadDeadline(time.Now().Add(30 * time.Second))
		if answer, err := io.ReadAll(open); len(answer) > 0 || err != nil && os.IsTimeout(err) {
			t.Errorf("%s: %s, %v", late, answer, err)
		}
	}
}
