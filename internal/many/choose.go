// Package many runs one command for many profiles. It chooses the profiles, schedules the
// commands, marks each line of output with its profile, and reports a summary.
//
// It does not know where credentials come from, or which program and environment the
// command has: callers pass in the session and the program.
package many

import (
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/line"
	"awsvault/internal/near"
)

// Profile holds what is known about a profile without a call.
type Profile struct {
	Name, Account, Role string
	Tags                string // from vault_tags: k=v, separated by commas
	Protected           bool
	Problem             error // why it cannot be used
	// Question identifies what a person may be asked for. One answer serves all profiles with
	// the same Question. It is empty if nothing is asked.
	Question string
}

// Wish says which profiles are wanted. Accounts and Tags narrow the names down.
type Wish struct {
	Names    string // patterns and names, separated by commas; empty for all
	Accounts []string
	Tags     []string
}

// Config supplies the profiles.
type Config struct {
	Names    []string
	Describe func(name string) Profile
	Near     func(name string) []string
}

// Choice holds the profiles that run the command, and those that the patterns left out.
type Choice struct {
	Profiles  []Profile
	Protected []string // left out by patterns: only the full name chooses them
	Broken    []Profile
}

// IsPattern reports whether an argument stands for several profiles. The caller checks that no
// profile has exactly this name.
func IsPattern(arg string) bool { return strings.ContainsAny(arg, ",*?[") }

// Choose finds the profiles, in the order of the config. The full name of a profile always
// chooses it. A pattern never chooses a profile that is protected or cannot be used.
func Choose(w Wish, c Config) (Choice, error) {
	accounts, err := accountsOf(w.Accounts)
	if err != nil {
		return Choice{}, err
	}
	tags, err := tagsOf(w.Tags)
	if err != nil {
		return Choice{}, err
	}
	wanted, named, err := namesOf(w.Names, c)
	if err != nil {
		return Choice{}, err
	}
	var out Choice
	missing := slices.Clone(accounts)
	for _, name := range c.Names {
		if !wanted[name] {
			continue
		}
		p := c.Describe(name)
		if len(accounts) > 0 && !slices.Contains(accounts, p.Account) || !hasTags(p.Tags, tags) {
			continue
		}
		missing = slices.DeleteFunc(missing, func(a string) bool { return a == p.Account })
		switch {
		case named[name]:
			out.Profiles = append(out.Profiles, p)
		case p.Problem != nil:
			out.Broken = append(out.Broken, p)
		case p.Protected:
			out.Protected = append(out.Protected, name)
		default:
			out.Profiles = append(out.Profiles, p)
		}
	}
	switch {
	case len(missing) > 0:
		return out, fault.Hinted(fmt.Errorf("no chosen profile is in account %s", missing[0]), "vault list shows the profiles and their accounts")
	case len(out.Profiles) == 0 && len(out.Protected) > 0:
		return out, fault.Hinted(fmt.Errorf("only protected profiles match: %s", line.Printable(strings.Join(out.Protected, ", "))), "name a protected profile in full")
	case len(out.Profiles) == 0 && len(out.Broken) > 0:
		return out, fmt.Errorf("no matching profile can be used: %s: %w", line.Printable(out.Broken[0].Name), out.Broken[0].Problem)
	case len(out.Profiles) == 0:
		return out, fault.Hinted(fmt.Errorf("no profile matches"), "vault list shows the profiles")
	}
	return out, nil
}

// namesOf returns the names that the list chooses, and those that it names in full.
func namesOf(list string, c Config) (wanted, named map[string]bool, err error) {
	all := make(map[string]bool, len(c.Names))
	for _, name := range c.Names {
		all[name] = true
	}
	if list == "" {
		return all, nil, nil
	}
	wanted, named = map[string]bool{}, map[string]bool{}
	items := strings.Split(list, ",")
	if all[list] { // a profile with exactly this name wins
		items = []string{list}
	}
	for _, item := range items {
		if item = strings.TrimSpace(item); item == "" {
			return nil, nil, fault.NewUsage(fmt.Sprintf("%q has an empty name", list), "names and patterns look like 'prod-*,dev'")
		}
		if all[item] {
			wanted[item], named[item] = true, true
			continue
		}
		if !strings.ContainsAny(item, "*?[") {
			hint := "vault list shows the profiles"
			if near := c.Near(item); len(near) > 0 {
				hint = fmt.Sprintf("did you mean %q?   or see: vault list", near[0])
			}
			return nil, nil, fault.Hinted(fmt.Errorf("profile %q not found", item), hint)
		}
		fits := 0
		for name := range all {
			ok, err := near.Fits(item, name)
			if err != nil {
				return nil, nil, fault.NewUsage(fmt.Sprintf("%q is not a pattern", item), "patterns look like 'prod-*'; * is any text, ? any character")
			}
			if ok {
				wanted[name] = true
				fits++
			}
		}
		if fits == 0 {
			return nil, nil, fault.Hinted(fmt.Errorf("no profile matches %q", item), "vault list shows the profiles")
		}
	}
	return wanted, named, nil
}

// accountsOf reads --accounts.
func accountsOf(lists []string) (all []string, err error) {
	for _, list := range lists {
		for item := range strings.SplitSeq(list, ",") {
			item = strings.TrimSpace(item)
			if len(item) != 12 || strings.Trim(item, "0123456789") != "" {
				return nil, fault.NewUsage(fmt.Sprintf("--accounts: %q is not an account id", item), "account ids have 12 digits: --accounts=111122223333,444455556666")
			}
			all = append(all, item)
		}
	}
	return all, nil
}

// tagsOf reads --tag. A profile must have every tag.
func tagsOf(lists []string) (all []string, err error) {
	for _, tag := range lists {
		key, value, ok := strings.Cut(tag, "=")
		if key = strings.TrimSpace(key); !ok || key == "" || strings.Contains(tag, ",") {
			return nil, fault.NewUsage(fmt.Sprintf("--tag: %q is not a tag", tag), "a tag looks like team=payments; give --tag once for each")
		}
		all = append(all, key+"="+strings.TrimSpace(value))
	}
	return all, nil
}

// hasTags reports whether vault_tags has all the tags.
func hasTags(text string, tags []string) bool {
	if len(tags) == 0 {
		return true
	}
	var has []string
	for item := range strings.SplitSeq(text, ",") {
		if key, value, ok := strings.Cut(item, "="); ok {
			has = append(has, strings.TrimSpace(key)+"="+strings.TrimSpace(value))
		}
	}
	for _, tag := range tags {
		if !slices.Contains(has, tag) {
			return false
		}
	}
	return true
}
