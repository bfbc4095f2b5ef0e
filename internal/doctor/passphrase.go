package doctor

import (
	"context"
	"fmt"
	"strings"

	"awsvault/internal/items"
	"awsvault/internal/line"
)

// checkPassphrase reports how often the keystore asks for a passphrase, and which items have a
// weaker protection than new ones.
func (e *Examination) checkPassphrase(ctx context.Context) []Finding {
	asking := e.Keystores.Asking(ctx)
	var found []Finding
	add := func(f Finding) { found = append(found, f) }
	asks := "keystore " + asking.Backend + " asks for a passphrase "
	switch each := asks + "for each new session: "; {
	case !asking.Person:
	case e.Environ["AWS_VAULT_PRIME"] == "never":
		add(Finding{Text: each + "AWS_VAULT_PRIME=never", Aside: true})
	case asking.Each != "":
		add(Finding{State: Note, Text: each + asking.Each})
	default:
		add(Finding{Text: asks + "once in a working day at most", Aside: true})
	}
	if n := len(asking.Weak); n > 0 {
		names, _ := items.Sort(asking.Weak)
		what := line.Count(n, "item")
		if len(names) > 0 {
			what += " (" + strings.Join(names, ", ") + ")"
		}
		add(Finding{State: Note, Text: fmt.Sprintf("%s of the file keystore: a passphrase is easier to guess with fewer than 600,000 rounds of PBKDF2", what),
			Hint: "vault passphrase   rewrites all items; you may choose the same passphrase again"})
	}
	return found
}
