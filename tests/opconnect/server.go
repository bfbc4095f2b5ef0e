// Package opconnect is a 1Password Connect server for tests: the part of its
// public API that reads and writes items, with one vault and one token.
// https://developer.1password.com/docs/connect/api-reference
//
// What it refuses, it refuses as the API does: a wrong token, another vault, an
// item without a category, an id that is not there.
package opconnect

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"
)

// Server is a vault behind the API. Its fields are set before it serves.
type Server struct {
	Vault string
	Token string

	mu    sync.Mutex
	next  int
	items map[string]map[string]any
}

// ServeHTTP answers the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/heartbeat" {
		fmt.Fprint(w, ".")
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+s.Token {
		fail(w, http.StatusUnauthorized, "Invalid bearer token")
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/v1/vaults/"+s.Vault+"/items")
	if !ok {
		fail(w, http.StatusForbidden, "Unauthorized access")
		return
	}
	id := strings.TrimPrefix(rest, "/")
	switch {
	case r.Method == http.MethodGet && id == "":
		s.list(w)
	case r.Method == http.MethodPost && id == "":
		s.next++
		s.put(w, r, fmt.Sprintf("item%022d", s.next))
	case s.items[id] == nil:
		fail(w, http.StatusNotFound, "Item not found")
	case r.Method == http.MethodGet:
		json.NewEncoder(w).Encode(s.items[id])
	case r.Method == http.MethodPut:
		s.put(w, r, id)
	case r.Method == http.MethodDelete:
		delete(s.items, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		fail(w, http.StatusMethodNotAllowed, "Method not allowed")
	}
}

// list leaves the fields out, as the API does.
func (s *Server) list(w http.ResponseWriter) {
	overviews := []map[string]any{}
	for _, item := range s.items {
		overview := map[string]any{}
		for name, value := range item {
			if name != "fields" && name != "sections" {
				overview[name] = value
			}
		}
		overviews = append(overviews, overview)
	}
	sort.Slice(overviews, func(i, j int) bool { return overviews[i]["id"].(string) < overviews[j]["id"].(string) })
	json.NewEncoder(w).Encode(overviews)
}

func (s *Server) put(w http.ResponseWriter, r *http.Request, id string) {
	var item map[string]any
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&item); err != nil {
		fail(w, http.StatusBadRequest, "Invalid JSON")
		return
	}
	vault, _ := item["vault"].(map[string]any)
	if item["category"] == nil || vault["id"] != s.Vault || r.Method == http.MethodPut && item["id"] != id {
		fail(w, http.StatusBadRequest, "Invalid item")
		return
	}
	fields, _ := item["fields"].([]any)
	for n, field := range fields {
		if f, ok := field.(map[string]any); ok && f["id"] == nil {
			f["id"] = fmt.Sprintf("%s-field%d", id, n)
		}
	}
	version := 1.0
	if old, ok := s.items[id]["version"].(float64); ok {
		version = old + 1
	}
	item["id"], item["version"], item["updatedAt"] = id, version, time.Now().UTC()
	if s.items == nil {
		s.items = map[string]map[string]any{}
	}
	s.items[id] = item
	json.NewEncoder(w).Encode(item)
}

func fail(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"status": status, "message": message})
}
