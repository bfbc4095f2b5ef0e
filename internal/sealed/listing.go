package sealed

import (
	"crypto/cipher"
	"path/filepath"
	"slices"
	"time"

	"awsvault/internal/aws"
)

// The listing is a file next to the index. For each session, it has what lists show, and the
// stamp of the session's file. Comparing the stamp takes a third of the time of opening the
// file. The listing is sealed. It only saves time: a file that it does not contain, or whose
// stamp differs, is opened. (A change within one tick of the file system's clock goes
// unnoticed. The list then shows a session that cannot be used.)
//
// For each session, its data are the four numbers of the stamp, the end, and the three texts
// of the key.
const listingFile = "listing"

var listingKey = aws.SessionKey{Type: "listing"}

// maxListed limits what a Put has to write. If there are more sessions, those that end first
// are opened.
const maxListed = 500

// fileStamp changes when a file is replaced or modified: its number, its size, and the time of
// the last change.
type fileStamp [4]int64

// listed is a session in the listing.
type listed struct {
	Info
	stamp fileStamp
}

// listing holds what is known about sessions, by the names of their files.
type listing map[string]listed

// find returns the entry for a file that has not changed.
func (l listing) find(dir directory, name string) (Info, bool) {
	found, ok := l[name]
	if !ok {
		return Info{}, false
	}
	now, err := dir.stamp(name)
	return found.Info, err == nil && now == found.stamp
}

// listing reads the listing. It is empty if there is none, or if it cannot be trusted.
func (c *Cache) listing() listing {
	info, data, err := c.read(filepath.Join(c.dir, listingFile), &scratch{})
	if err != nil || info.Key != listingKey {
		return nil
	}
	r := reader{rest: data}
	all := make(listing, len(data)/128)
	for len(r.rest) > 0 && !r.short {
		var one listed
		for i := range one.stamp {
			one.stamp[i] = int64(r.number())
		}
		one.Ends = time.Unix(int64(r.number()), 0).UTC()
		one.Key = aws.SessionKey{Type: r.text(), Profile: r.text(), Hash: r.text()}
		name := fileName(one.Key)
		all[string(name[:])] = one
	}
	if r.short {
		return nil
	}
	return all
}

// list adds a session whose file was just written to the listing. The caller holds the lock. A
// failure does no harm.
func (c *Cache) list(aead cipher.AEAD, info Info) {
	stamp, err := anywhere.stamp(c.file(info.Key))
	if err != nil {
		return
	}
	all := []listed{{info, stamp}}
	for _, other := range c.listing() {
		if other.Key != info.Key && other.Ends.After(c.now()) {
			all = append(all, other)
		}
	}
	slices.SortFunc(all, func(a, b listed) int { return b.Ends.Compare(a.Ends) })
	all = all[:min(len(all), maxListed)]
	var data []byte
	for _, one := range all {
		for _, n := range one.stamp {
			data = appendNumber(data, int(n))
		}
		data = appendKey(appendNumber(data, int(one.Ends.Unix())), one.Key)
	}
	_ = c.write(aead, filepath.Join(c.dir, listingFile), Info{listingKey, all[0].Ends}, data) // a failure does no harm
}
