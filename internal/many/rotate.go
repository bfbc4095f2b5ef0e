package many

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/awsconf"
	"awsvault/internal/fault"
	"awsvault/internal/near"
	"awsvault/internal/vault"
)

// Rotate rotates the stored keys that are older than a limit, among those that a list of
// names and patterns chooses. No list: all that are not protected.
func Rotate(ctx context.Context, d vault.Due, limit, list string, read func() (*awsconf.Config, error)) error {
	if err := d.SetLimit(limit); err != nil {
		return err
	}
	config, err := read()
	if err != nil {
		return err
	}
	stored, err := d.Keeper.Names(ctx)
	if err != nil {
		return err
	}
	choice, err := chooseStored(list, config, d.Session, stored)
	if err != nil {
		return err
	}
	for _, text := range choice.LeftOut() {
		d.Session.Person().Say(text)
	}
	for _, p := range choice.Profiles {
		d.Names = append(d.Names, p.Name)
	}
	return d.Run(ctx)
}

func chooseStored(list string, config *awsconf.Config, s *vault.Session, stored []string) (Choice, error) {
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); config.Has(item) && !slices.Contains(stored, item) {
			return Choice{}, fault.New(fmt.Sprintf("profile %q has no stored key", item), "vault list --credentials   shows the names")
		}
	}
	if len(stored) == 0 {
		return Choice{}, nil
	}
	all := Catalogue(config, s, stored)
	all.Names = stored
	all.Near = func(name string) []string { return near.Names(name, stored) }
	return Choose(Wish{Names: list}, all)
}
