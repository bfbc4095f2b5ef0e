// Command systems checks that the program and its tests build for other systems, as far
// as that can be known without building: every package is type-checked from its source,
// for that system and with the sizes of that processor. That takes a few seconds, where
// `go vet` compiles each package that is imported anew.
//
//	systems [-cgo] SYSTEM/PROCESSOR... -- PACKAGES...
//
// With -cgo, files that need a C compiler count too, which no other machine has for
// macOS: then all is checked but what stands behind "C.".
//
// It does not check packages of Go itself, but for their declarations, and it does not link.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	cgo := flag.Bool("cgo", false, "check files that need a C compiler, too")
	flag.Parse()
	before := slices.Index(flag.Args(), "--")
	if before < 1 || before == flag.NArg()-1 {
		fmt.Fprintln(os.Stderr, "usage: systems [-cgo] SYSTEM/PROCESSOR... -- PACKAGES...")
		os.Exit(2)
	}
	files, failed := &sources{set: token.NewFileSet(), parsed: map[string]*ast.File{}}, false
	for _, target := range flag.Args()[:before] {
		if err := check(files, target, *cgo, flag.Args()[before+1:]); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", target, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

// listed is a package as `go list` says.
type listed struct {
	ImportPath        string
	Dir               string
	GoFiles, CgoFiles []string
	ImportMap         map[string]string
	Standard          bool
	Module            *struct{ GoVersion string }
	Error             *struct{ Err string }
}

// check checks packages, and all that they import, for one system.
func check(files *sources, target string, cgo bool, packages []string) error {
	system, processor, _ := strings.Cut(target, "/")
	list := exec.Command("go", append([]string{"list", "-e", "-deps", "-test", "-json=ImportPath,Dir,GoFiles,CgoFiles,ImportMap,Standard,Module,Error"}, packages...)...)
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED="+map[bool]string{true: "1", false: "0"}[cgo])
	list.Stderr = os.Stderr
	out, err := list.StdoutPipe()
	if err != nil {
		return err
	}
	if err := list.Start(); err != nil {
		return err
	}
	known := checked{"unsafe": types.Unsafe}
	var wrong []error
	for stream := json.NewDecoder(out); ; { // a package comes after what it imports
		var p listed
		if err := stream.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			wrong = append(wrong, err)
			break
		}
		switch {
		case p.ImportPath == "unsafe", strings.HasSuffix(p.ImportPath, ".test"): // the latter is written by `go test`
			continue
		case p.Error != nil:
			wrong = append(wrong, fmt.Errorf("%s: %s", p.ImportPath, p.Error.Err))
			continue
		}
		wrong = append(wrong, known.add(files, &p, processor)...)
	}
	return errors.Join(append(wrong, list.Wait())...)
}

// checked are the packages of one system.
type checked map[string]*types.Package

// most is how many mistakes of a package are said.
const most = 10

// add checks a package.
func (c checked) add(files *sources, p *listed, processor string) (wrong []error) {
	names := slices.Concat(p.GoFiles, p.CgoFiles)
	parsed := make([]*ast.File, 0, len(names))
	for _, name := range names {
		file, err := files.file(filepath.Join(p.Dir, name))
		if err != nil {
			return []error{err}
		}
		parsed = append(parsed, file)
	}
	config := types.Config{
		Importer:         importer{c, p.ImportMap},
		Sizes:            types.SizesFor("gc", processor),
		FakeImportC:      true,
		IgnoreFuncBodies: p.Standard,
		Error: func(err error) {
			if len(wrong) < most && !p.Standard {
				wrong = append(wrong, err)
			}
		},
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	path, _, _ := strings.Cut(p.ImportPath, " ")                    // PATH [PATH.test] is with its tests
	c[p.ImportPath], _ = config.Check(path, files.set, parsed, nil) // mistakes are told to Error
	return wrong
}

// importer finds what a package imports.
type importer struct {
	all   checked
	other map[string]string // what an import stands for in this package
}

func (i importer) Import(path string) (*types.Package, error) {
	if other, ok := i.other[path]; ok {
		path = other
	}
	if p := i.all[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no package %s", path)
}

// sources are files, each read once for all systems.
type sources struct {
	set    *token.FileSet
	parsed map[string]*ast.File
}

func (s *sources) file(path string) (*ast.File, error) {
	if file, ok := s.parsed[path]; ok {
		return file, nil
	}
	file, err := parser.ParseFile(s.set, path, nil, parser.SkipObjectResolution)
	if err == nil {
		s.parsed[path] = file
	}
	return file, err
}
