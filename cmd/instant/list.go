package instant

import (
	"cmp"
	"path/filepath"

	"awsvault/cmd/front"
	"awsvault/internal/grammar"
	"awsvault/internal/items"
	"awsvault/internal/keyage"
	"awsvault/internal/listing"
	"awsvault/internal/sealed"
)

// list answers `list` if it can read everything without a keystore: sealed sessions, and the
// names of stored keys. Those are in files or in the kernel's keyring. If the keystore is
// behind a message bus or a program, vault must have listed the names recently.
func list(w *front.World, line *grammar.Line) (status int, done bool) {
	if w.StateDir() == "" || line.Text("session-backend") != "" {
		return 0, false
	}
	where := w.Keystore(line.Text)
	k := knownOf(w, where)
	l := listing.Listing{}
	var ok bool
	l.Ages = func() func(string) keyage.Since {
		book, place := keyage.Load(w.StateDir()), where.Of(cmp.Or(k.keys.Backend(), where.Backend))
		return func(name string) keyage.Since { return book.Of(place, name) }
	}
	if l.Stored, l.Unfinished, ok = stored(w, where, k.keys); !ok {
		return 0, false
	}
	live, err := k.sessions.Sessions()
	if err != nil || k.sessions.Usable() != nil {
		return 0, false // a keystore may contain sessions
	}
	found := make([]items.Session, len(live))
	for i, s := range live {
		found[i] = items.Session{Key: s.Key, Expires: s.Ends}
	}
	l.Sessions = items.Live(found, w.Now())
	if l.Config, err = w.Config(); err != nil {
		return w.Report(err), true
	}
	form := listing.Form{Filter: line.Args, Long: line.Switch("long"), JSON: line.Switch("json"), Profiles: line.Switch("profiles"), Sessions: line.Switch("sessions"), Credentials: line.Switch("credentials")}
	return w.Report(w.List(form, l, early(w, line, w.ConfigForFew, k))), true
}

// stored returns the names of the stored keys, and of the keys that are being rotated. If
// there are none, ok is false: the keystore may have a problem, which cmd reports.
func stored(w *front.World, where sealed.Keystore, keys sealed.Knowledge) (names, rotations []string, ok bool) {
	var all []string
	var err error
	switch backend := cmp.Or(keys.Backend(), where.Backend); backend {
	case "file":
		all, err = items.InFiles(where.FileDir)
	case "pass":
		all, err = inPass(w, items.Pass(), where.PassDir, where)
	case "passage":
		all, err = inPass(w, items.Passage(), where.PassageDir, where)
	case "keyctl":
		all, err = items.InKernel(where.Keyring)
	default:
		names, rotations, ok = keys.Fresh(w.Now())
		return names, rotations, ok && len(names) > 0
	}
	names, rotations = items.Sort(all)
	return names, rotations, err == nil && len(names) > 0 && len(items.Tokens(all)) == 0
}

func inPass(w *front.World, kind items.PassKind, dir string, where sealed.Keystore) ([]string, error) {
	if _, missing := kind.Ready(dir, where.PassCmd, w.Getenv); missing != nil {
		return nil, errElsewhere
	}
	return kind.Items(filepath.Join(dir, where.PassPrefix))
}
