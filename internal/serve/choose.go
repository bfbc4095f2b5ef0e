package serve

import (
	"context"
	"fmt"
	"strings"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Choose returns the profile with that name, or the only one.
func (r *Remote) Choose(ctx context.Context, name string) (Named, error) {
	profiles, err := r.Profiles(ctx)
	if err != nil {
		return Named{}, err
	}
	var names []string
	for _, p := range profiles {
		if p.Name == name || name == "" && len(profiles) == 1 {
			return p, nil
		}
		names = append(names, line.Printable(p.Name))
	}
	text := "the server has several profiles"
	if name != "" {
		text = fmt.Sprintf("the server does not serve %q", name)
	}
	return Named{}, fault.NewUsage(text, "--profile, with one of: "+strings.Join(names, ", "))
}
