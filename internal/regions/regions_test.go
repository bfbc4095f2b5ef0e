package regions_test

import (
	"slices"
	"strings"
	"testing"

	"awsvault/internal/regions"
	"awsvault/internal/resolve"
)

func TestRegionsCanBeUsedAndAreListedOnce(t *testing.T) {
	all := regions.All()
	if !slices.IsSortedFunc(all, func(a, b regions.Region) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("they are not sorted by name")
	}
	names, cities := map[string]bool{}, map[string]bool{}
	for _, r := range all {
		if !resolve.IsRegion(r.Name) || resolve.CheckRegion(r.Name) != nil {
			t.Errorf("%s is refused where it is used", r.Name)
		}
		if names[r.Name] || cities[r.City] || r.City == "" {
			t.Errorf("%s (%s) cannot be told from another", r.Name, r.City)
		}
		names[r.Name], cities[r.City] = true, true
	}
}
