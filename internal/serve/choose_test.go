//go:build unix

package serve

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"awsvault/internal/fault"
)

func TestWhichProfileOfAServer(t *testing.T) {
	of := func(names string) string {
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, names) }))
		s.Listener.Close()
		s.Listener = l
		s.Start()
		t.Cleanup(s.Close)
		return path
	}
	one, two := of(`[{"profile":"dev"}]`), of(`[{"profile":"dev"},{"profile":"prod"}]`)
	for _, c := range []struct {
		at, name, want string
	}{
		{one, "", "dev"},
		{one, "dev", "dev"},
		{two, "dev", "dev"},
		{one, "ci", `the server does not serve "ci" | --profile, with one of: dev`},
		{two, "", "the server has several profiles | --profile, with one of: dev, prod"},
	} {
		remote, err := Connect(c.at, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := remote.Choose(t.Context(), c.name)
		said := got.Name
		if err != nil {
			said = err.Error() + " | " + fault.HintOf(err)
		}
		if said != c.want {
			t.Errorf("%q: got %s, want %s", c.name, said, c.want)
		}
	}
}
