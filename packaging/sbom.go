package main

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// The parts of CycloneDX 1.6 that a Go program's bill of materials needs.
type (
	bom struct {
		Schema       string       `json:"$schema"`
		Format       string       `json:"bomFormat"`
		Spec         string       `json:"specVersion"`
		Serial       string       `json:"serialNumber"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Timestamp string    `json:"timestamp"`
		Component component `json:"component"`
	}
	component struct {
		Ref        string     `json:"bom-ref"`
		Type       string     `json:"type"`
		Name       string     `json:"name"`
		Version    string     `json:"version"`
		PURL       string     `json:"purl"`
		Hashes     []hash     `json:"hashes,omitempty"`
		Properties []property `json:"properties,omitempty"`
	}
	hash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn"`
	}
)

// sbom writes the bill of materials of a program, from the program's own build information: it
// lists the linked modules, not those in go.mod.
func (r *release) sbom(t target, path string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	sum, err := sumOf(path)
	if err != nil {
		return err
	}
	id := sha256.Sum256([]byte(sum))
	own := component{
		Ref: "pkg:golang/awsvault@" + r.version, Type: "application", Name: packageName, Version: r.version,
		PURL: "pkg:golang/awsvault@" + r.version, Hashes: []hash{{"SHA-256", sum}},
	}
	for _, s := range info.Settings {
		own.Properties = append(own.Properties, property{"go:build:" + s.Key, s.Value})
	}
	doc := bom{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", Spec: "1.6", Version: 1,
		Serial:   serial(id),
		Metadata: metadata{Timestamp: r.time.Format(time.RFC3339), Component: own},
	}
	version := strings.TrimPrefix(info.GoVersion, "go")
	doc.Components = append(doc.Components, component{Ref: "pkg:golang/std@" + version, Type: "library", Name: "std", Version: version, PURL: "pkg:golang/std@" + version})
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		purl := "pkg:golang/" + m.Path + "@" + url.PathEscape(m.Version)
		c := component{Ref: purl, Type: "library", Name: m.Path, Version: m.Version, PURL: purl}
		if raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:")); err == nil && len(raw) == sha256.Size {
			// This is Go's sum of the module's files, as in go.sum, not of its archive.
			c.Properties = []property{{"go:sum", hex.EncodeToString(raw)}}
		}
		doc.Components = append(doc.Components, c)
	}
	refs := make([]string, len(doc.Components))
	for i, c := range doc.Components {
		refs[i] = c.Ref
	}
	doc.Dependencies = []dependency{{own.Ref, refs}}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	return r.write(r.stem(t)+".cdx.json", string(text)+"\n")
}

// serial makes a UUID (in the form of version 4) from a hash. The same program always has the
// same UUID.
func serial(id [sha256.Size]byte) string {
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[0:4], id[4:6], id[6:8], id[8:10], id[10:16])
}

// licences returns the licences of all modules that are linked on any target, one after the
// other, and Go's own licence.
func (r *release) licences(ctx context.Context) (string, error) {
	modules := map[string]string{}
	for _, t := range targets {
		cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", ".")
		cmd.Dir, cmd.Env, cmd.Stderr = r.root, t.environ(), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("go list for %s: %w", t, err)
		}
		for line := range strings.Lines(string(out)) {
			if name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				modules[name] = dir
			}
		}
	}
	root, err := r.output(ctx, "go", "env", "GOROOT")
	if err != nil {
		return "", err
	}
	modules["the Go library "+strings.TrimPrefix(runtime.Version(), "go")] = strings.TrimSpace(root)
	var b strings.Builder
	b.WriteString("vault is linked with these modules.\n")
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		found, err := filepath.Glob(filepath.Join(modules[name], "[LC][IO][CP][EY][NI]*")) // LICENSE, LICENCE, COPYING
		if err != nil {
			return "", err
		}
		if len(found) == 0 {
			return "", fmt.Errorf("%s has no licence in %s", name, modules[name])
		}
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "\n%s\n%s: %s\n%s\n\n%s\n", strings.Repeat("=", 80), name, filepath.Base(path), strings.Repeat("=", 80), strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
		}
	}
	return b.String(), nil
}
