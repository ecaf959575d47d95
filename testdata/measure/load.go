package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// listed is what `go list` says of a package.
type listed struct {
	Dir, ImportPath, Export string
	GoFiles                 []string
	Standard                bool
}

// load counts every package of the module. The working folder is inside it.
func load() ([]*room, error) {
	all, err := list()
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for _, p := range all {
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	var rooms []*room
	for _, p := range all {
		if p.ImportPath != module && !strings.HasPrefix(p.ImportPath, module+"/") {
			continue
		}
		r, err := count(fset, imports, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.ImportPath, err)
		}
		rooms = append(rooms, r)
	}
	return rooms, nil
}

// list builds the module and lists what it is built of.
func list() (all []listed, err error) {
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=Dir,ImportPath,Export,GoFiles,Standard", "./...")
	cmd.Stderr = os.Stderr
	if root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output(); err == nil {
		cmd.Dir = strings.TrimSpace(string(root))
	}
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		var p listed
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, p)
	}
}

// count counts one package.
func count(fset *token.FileSet, imports types.Importer, p listed) (*room, error) {
	name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
	if name == "" {
		name = "."
	}
	r := &room{name: name, methods: map[string]int{}}
	if err := r.countLines(p.Dir); err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, f := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(p.Dir, f), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		r.countFunctions(fset, file)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	made, err := (&types.Config{Importer: imports}).Check(p.ImportPath, fset, files, info)
	if err != nil {
		return nil, err
	}
	for _, name := range made.Scope().Names() {
		if ast.IsExported(name) {
			r.exported++
		}
	}
	r.ring = largestRing(graph(fset, made, info))
	return r, nil
}

// countLines counts the files of all systems.
func (r *room) countLines(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		lines := bytes.Count(b, []byte("\n"))
		if strings.HasSuffix(name, "_test.go") {
			r.tests += lines
			continue
		}
		r.files++
		r.lines += lines
	}
	return nil
}

// countFunctions counts the functions of a file, and the methods of its types.
func (r *room) countFunctions(fset *token.FileSet, file *ast.File) {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		r.functions = append(r.functions, function{f.Name.Name, fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1})
		if f.Recv != nil {
			r.methods[receiver(f.Recv.List[0].Type)]++
		}
	}
}

// receiver is the name of a receiver's type.
func receiver(e ast.Expr) string {
	for {
		switch t := e.(type) {
		case *ast.StarExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}
