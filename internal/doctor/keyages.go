package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"awsvault/internal/line"
	"awsvault/internal/resolve"
)

const (
	keyAgeVariable = "AWS_VAULT_KEY_MAX_AGE"
	keyAgeDefault  = 90 * 24 * time.Hour
	// mostOld is how many names of old keys are shown.
	mostOld = 5
)

// checkKeyAges finds stored keys that are due to be replaced, as far as their age is known
// without AWS.
func (e *Examination) checkKeyAges(context.Context) []Finding {
	limit, text := keyAgeDefault, e.Environ[keyAgeVariable]
	switch d, err := resolve.ParseDuration(text); {
	case text == "off":
		return []Finding{{Text: "the age of stored keys is not checked: " + keyAgeVariable + "=off", Aside: true}}
	case text == "":
	case err != nil || d == 0:
		return []Finding{{State: Warning, Text: fmt.Sprintf("%s: %q is neither a duration nor off", keyAgeVariable, text), Hint: keyAgeVariable + "=90d"}}
	default:
		limit = d
	}
	c, err := e.compared()
	if err != nil || len(c.Ages) == 0 {
		return nil
	}
	var old []string
	for _, name := range c.Names {
		if age, _, known := c.Ages[name].Age(e.Now()); known && age > limit {
			if text := c.Ages[name].Text(e.Now()); text != "" {
				name += " (" + text + ")"
			}
			old = append(old, name)
		}
	}
	days := line.Days(limit)
	if len(old) == 0 {
		said := "no stored key is older than " + days
		if n := len(c.Names) - len(c.Ages); n > 0 {
			said += fmt.Sprintf(", as far as vault knows: the age of %s is unknown", line.Count(n, "key"))
		}
		return []Finding{{Text: said, Aside: true}}
	}
	shown := slices.Clone(old[:min(len(old), mostOld)])
	if n := len(old) - len(shown); n > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", n))
	}
	verb := " are"
	if len(old) == 1 {
		verb = " is"
	}
	return []Finding{{State: Warning, Text: line.Count(len(old), "stored key") + verb + " older than " + days + ": " + strings.Join(shown, ", "),
		Hint: "vault rotate --due " + days + "   replaces each with a new one"}}
}
