package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tacit-vault/tacit"

// A layer is a top-level folder, its sub-packages included. What follows "="
// are the layers that it may import besides itself.
//
// Tests reach as far down as their layer does, and may import what they hold us
// against: age anywhere, badger where files are damaged on purpose, crypto for
// values to compare with. They are no way up, and urfave stays where it is. The
// root's tests look at the whole and may import every layer.
var layers = map[string]struct{ code, tests []string }{
	"":        {code: []string{"cli"}, tests: []string{"cli", "vault", "keyring", "crypto", "store"}},
	"cli":     {code: []string{"vault", "keyring"}, tests: []string{"vault", "keyring", "crypto", "store"}},
	"vault":   {code: []string{"keyring", "crypto", "store"}, tests: []string{"keyring", "crypto", "store"}},
	"keyring": {code: []string{"crypto"}, tests: []string{"crypto", "vault"}}, // its example opens a vault,
	"crypto":  {},
	"store":   {},
}

// floors are packages of one layer that lie above one another: what the code of each
// may import of its own layer.
var floors = map[string][]string{
	"crypto":          {},
	"crypto/bundle":   {"crypto"},
	"crypto/textfile": {},

	"store":             {"store/platform"},
	"store/storedir":    {"store"},
	"store/badgerfiles": {"store", "store/storedir"},
	"store/tablestore":  {"store", "store/storedir", "store/badgerfiles"},
	"store/badgerstore": {"store", "store/storedir", "store/badgerfiles"},

	"vault/relock":        {"vault", "vault/remedy"},
	"vault/agent/wire":    {"vault", "vault/remedy"},
	"vault/agent/sockets": {"vault", "vault/remedy"},
	"vault/agent":         {"vault", "vault/remedy", "vault/agent/wire", "vault/agent/sockets"},
	"vault/agent/server":  {"vault", "vault/remedy", "vault/agent/wire", "vault/agent/sockets", "vault/relock", "vault/group"},

	"vault/group/heads":                   {},
	"vault/group/transport":               {},
	"vault/group/transport/folder":        {"vault/group/transport"},
	"vault/group/transport/helper":        {"vault/group/transport", "vault/shown"},
	"vault/group/transport/pack":          {"vault/group/transport"},
	"vault/group/transport/stream":        {"vault/group/transport"},
	"vault/group/transport/transporttest": {"vault/group/transport"},

	"keyring":             {},
	"keyring/keyringtest": {},
	"keyring/oskeyring":   {"keyring"},
	"keyring/sshkey":      {"keyring"},
	"keyring/tpm":         {"keyring"},
	"keyring/kinds":       {"keyring", "keyring/oskeyring", "keyring/sshkey", "keyring/tpm"},

	"cli/shell":      {},
	"cli/pattern":    {},
	"cli/qrcode":     {},
	"cli/style":      {},
	"cli/table":      {"cli/style"},
	"cli/failure":    {"cli/shell"},
	"cli/system":     {"cli/failure", "cli/pattern"},
	"cli/terminal":   {"cli/failure"},
	"cli/cmdline":    {"cli/failure"},
	"cli/curtain":    {"cli/failure", "cli/style", "cli/terminal"},
	"cli/disk":       {"cli/failure", "cli/system", "cli/terminal"},
	"cli/textform":   {"cli/cmdline", "cli/failure"},
	"cli/frame":      {"cli/cmdline", "cli/curtain", "cli/disk", "cli/failure", "cli/shell", "cli/style", "cli/system", "cli/table", "cli/terminal"},
	"cli/choice":     room(),
	"cli/membership": room(),
	"cli/torture":    {},

	"cli/clip":       room(),
	"cli/diff":       room(),
	"cli/doctor":     room("cli/protocols"), // what git and docker were given is looked for
	"cli/edit":       room("cli/run"),       // an editor is started as a command is
	"cli/group":      room("cli/upkeep"),    // join makes a vault where there is none
	"cli/help":       room(),
	"cli/keys":       room(),
	"cli/liveperson": room("cli/run"), // Node is started as a command is
	"cli/protocols":  room(),
	"cli/projects":   room(),
	"cli/run":        room("cli/protocols"), // what git and docker were given is no variable
	"cli/secrets":    room("cli/clip"),      // --copy of what is made
	"cli/status":     room(),
	"cli/transfer":   room("cli/run"),  // names that export must not set
	"cli/upkeep":     room("cli/keys"), // the first slots of a vault

	"cli/ui":        append(room(), "cli/ui/screen", "cli/ui/wire"), // values on pages; the screen beside it draws the rest
	"cli/ui/wire":   {},
	"cli/ui/screen": {"cli/style", "cli/ui/wire"},

	"cli/tacit-ui":    {"cli/style", "cli/ui/screen", "cli/ui/wire"},
	"cli/tacit-nats":  {},
	"cli/front":       append(room(), "cli/help", "cli/run", "cli/secrets", "cli/status"), // a table of commands, as cli is
	"cli/front/tacit": {"cli/front", "cli/frame", "cli/protocols", "cli/system", "cli/terminal"},
}

// room is what a room of the command line may import: what is below all of them, and
// at most one other room. Only cli itself joins them.
func room(other ...string) []string {
	return append(other, "cli/choice", "cli/membership", "cli/curtain", "cli/disk", "cli/style", "cli/table", "cli/frame", "cli/terminal", "cli/failure", "cli/cmdline", "cli/textform", "cli/system", "cli/shell", "cli/pattern", "cli/qrcode")
}

// openers are the packages whose code may import store/badgerstore, and linkers those
// that may import these: a program is linked with Badger in one place.
var (
	openers = []string{"vault/ondisk"}
	linkers = []string{"cli"}
)

// owned are packages of others that only some layers know, or some packages.
var owned = []struct {
	path        string
	code, tests []string
}{
	{"filippo.io/age", []string{"crypto", "keyring"}, []string{"", "cli", "vault", "keyring", "crypto", "store"}},
	{"github.com/dgraph-io/badger", []string{"store/badgerstore"}, []string{"", "cli", "vault", "store"}},
	{"github.com/urfave/cli", []string{"cli"}, []string{"cli"}},
	{"net/http", []string{"vault/agent/server"}, []string{"", "cli", "vault"}}, // a program that only asks an agent starts without it
	{"github.com/google/go-tpm", []string{"keyring/tpm"}, []string{"keyring/tpm"}},
	{"github.com/godbus/dbus", []string{"keyring/oskeyring"}, nil},
	{"github.com/zalando/go-keyring", []string{"keyring/oskeyring"}, nil},
	{"filippo.io/age/agessh", []string{"keyring/sshkey"}, []string{"keyring/sshkey"}},
	{"golang.org/x/crypto/ssh", []string{"keyring/sshkey"}, []string{"keyring/sshkey", "keyring/kinds"}},
	{"github.com/nats-io", []string{"cli/tacit-nats"}, []string{"cli/tacit-nats"}}, // tacit is linked with no network
	{"charm.land", []string{"cli/tacit-ui"}, []string{"cli/tacit-ui"}},             // nothing that draws screens is where keys are
	{"rsc.io/qr", []string{"cli/qrcode"}, []string{"cli/qrcode"}},
}

// folders are what may stand at the top, besides tests.
var folders = []string{
	"main.go", "go.mod", "go.sum", "LICENSE", "VERSION",
	"README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md",
	"cli", "vault", "crypto", "store", "keyring", "testdata", "docs", "packaging",
	".ci", ".github", ".gitignore", ".gitattributes", ".golangci.yml",
}

// pkg is what `go list -json` says of a package, as far as it counts here.
type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) (list []pkg) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// inside is an import path as one of ours: its folder below the module's root.
func inside(path string) (folder string, ours bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

func layerOf(folder string) string {
	top, _, _ := strings.Cut(folder, "/")
	return top
}

// faults are the imports of a package that break the table.
func faults(p pkg) (list []string) {
	folder, _ := inside(p.ImportPath)
	name := layerOf(folder)
	layer, ok := layers[name]
	if !ok {
		return []string{folder + " is in no layer"}
	}
	check := func(kind string, imports, allowed []string, owners func(int) []string) {
		for _, path := range imports {
			if imported, ours := inside(path); ours {
				to := layerOf(imported)
				if kind == "code" && imported == "store/badgerstore" && !slices.Contains(openers, folder) {
					list = append(list, folder+" opens Badger, which is for vault/ondisk to do")
				}
				if kind == "code" && slices.Contains(openers, imported) && !slices.Contains(linkers, folder) {
					list = append(list, folder+" links Badger, which is for the table of commands to do")
				}
				if to != name && !slices.Contains(allowed, to) {
					list = append(list, kind+" of "+p.ImportPath+" imports "+path)
				}
			}
			for i, o := range owned {
				if (path == o.path || strings.HasPrefix(path, o.path+"/")) && !slices.Contains(owners(i), name) && !slices.Contains(owners(i), folder) {
					list = append(list, kind+" of "+p.ImportPath+" imports "+path)
				}
			}
		}
	}
	below, ok := floors[folder]
	if !ok && strings.HasPrefix(folder, "cli/") {
		list = append(list, folder+" is no room: the table does not say what is below it")
	}
	if ok {
		for _, path := range p.Imports {
			if to, ours := inside(path); ours && layerOf(to) == name && !slices.Contains(below, to) {
				list = append(list, folder+" imports "+path+", which is not below it")
			}
		}
	}
	check("code", p.Imports, layer.code, func(i int) []string { return owned[i].code })
	tests := slices.Concat(p.TestImports, p.XTestImports)
	check("a test", tests, layer.tests, func(i int) []string { return owned[i].tests })
	return list
}

func TestLayering(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	list := packages(t)
	for _, p := range list {
		folder, ours := inside(p.ImportPath)
		if !ours {
			t.Errorf("%s is not in the module", p.ImportPath)
			continue
		}
		found[layerOf(folder)] = true
		for _, fault := range faults(p) {
			t.Error(fault)
		}
	}
	for folder := range floors {
		if !slices.ContainsFunc(list, func(p pkg) bool { return p.ImportPath == module+"/"+folder }) {
			t.Errorf("no package %s: the table holds nothing", folder)
		}
	}
	for name := range maps.Keys(layers) {
		if !found[name] {
			t.Errorf("no package in %q: the table holds nothing", name)
		}
	}
}

// TestLayeringSeesFaults breaks each rule once.
func TestLayeringSeesFaults(t *testing.T) {
	t.Parallel()
	for _, p := range []pkg{
		{ImportPath: module + "/crypto", Imports: []string{module + "/store"}},
		{ImportPath: module + "/store", Imports: []string{module + "/crypto"}},
		{ImportPath: module + "/store", Imports: []string{"filippo.io/age"}},
		{ImportPath: module + "/store/storetest", Imports: []string{module + "/vault"}},
		{ImportPath: module + "/vault/health", Imports: []string{module + "/store/badgerstore"}},
		{ImportPath: module + "/vault", Imports: []string{module + "/store/badgerstore"}},
		{ImportPath: module + "/cli/frame", Imports: []string{module + "/vault/ondisk"}},
		{ImportPath: module + "/store", Imports: []string{module + "/store/storedir"}},
		{ImportPath: module + "/store/storedir", Imports: []string{module + "/store/badgerfiles"}},
		{ImportPath: module + "/store/badgerfiles", Imports: []string{"github.com/dgraph-io/badger/v4/y"}},
		{ImportPath: module + "/vault", Imports: []string{module + "/cli"}},
		{ImportPath: module + "/vault", Imports: []string{"filippo.io/age/armor"}},
		{ImportPath: module + "/vault/transfer", Imports: []string{module + "/cli"}},
		{ImportPath: module + "/vault", Imports: []string{"github.com/dgraph-io/badger/v4"}},
		{ImportPath: module + "/keyring", Imports: []string{module + "/vault"}},
		{ImportPath: module + "/keyring", Imports: []string{"github.com/urfave/cli/v2"}},
		{ImportPath: module + "/cli", Imports: []string{module + "/crypto"}},
		{ImportPath: module + "/cli", Imports: []string{"filippo.io/age"}},
		{ImportPath: module + "/keyring", Imports: []string{module + "/keyring/tpm"}},
		{ImportPath: module + "/keyring", Imports: []string{"github.com/google/go-tpm/tpm2"}},
		{ImportPath: module + "/keyring/tpm", Imports: []string{"github.com/godbus/dbus/v5"}},
		{ImportPath: module, Imports: []string{module + "/vault"}},
		{ImportPath: module + "/vault", XTestImports: []string{module + "/cli"}},
		{ImportPath: module + "/crypto", TestImports: []string{module + "/store"}},
		{ImportPath: module + "/crypto", TestImports: []string{"github.com/dgraph-io/badger/v4"}},
		{ImportPath: module + "/vault", TestImports: []string{"github.com/urfave/cli/v2"}},
		{ImportPath: module + "/util"},
		{ImportPath: module + "/cli/sub"},
		{ImportPath: module + "/cli/frame", Imports: []string{module + "/cli/secrets"}},
		{ImportPath: module + "/cli/frame", Imports: []string{module + "/cli"}},
		{ImportPath: module + "/cli/terminal", Imports: []string{module + "/cli/frame"}},
		{ImportPath: module + "/cli/secrets", Imports: []string{module + "/cli/keys"}},
	} {
		if len(faults(p)) != 1 {
			t.Errorf("%+v: faults %v", p, faults(p))
		}
	}
	for _, p := range []pkg{
		{ImportPath: module + "/vault/agent", Imports: []string{module + "/vault", module + "/keyring", module + "/crypto"}},
		{ImportPath: module + "/store/badgerstore", Imports: []string{module + "/store/badgerfiles", "github.com/dgraph-io/badger/v4"}},
		{ImportPath: module + "/cli/transfer", Imports: []string{module + "/vault/transfer", module + "/cli/frame", module + "/cli/run", "github.com/urfave/cli/v2"}},
		{ImportPath: module + "/vault", TestImports: []string{"filippo.io/age", "github.com/dgraph-io/badger/v4"}},
		{ImportPath: module, XTestImports: []string{module + "/crypto", "filippo.io/age"}},
		{ImportPath: module + "/crypto", Imports: []string{"github.com/dgraph-io/badgerish"}},
	} {
		if len(faults(p)) != 0 {
			t.Errorf("%+v: faults %v", p, faults(p))
		}
	}
}

// whole are the packages that link every kind of key, or one.
var whole = []string{"", "cli", "keyring/kinds", "keyring/oskeyring", "keyring/sshkey", "keyring/tpm"}

// TestKindsAreHandedIn: no other package links a library of a kind of key, by whatever
// way, so that a program can be made of them that has none.
func TestKindsAreHandedIn(t *testing.T) {
	t.Parallel()
	heavy := regexp.MustCompile(`/go-tpm/|/dbus/|/go-keyring|/agessh|/x/crypto/ssh`)
	out, err := exec.Command("go", "list", "-f", `{{$p := .ImportPath}}{{range .Deps}}{{$p}} {{.}}{{"\n"}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	links := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		path, dep, _ := strings.Cut(strings.TrimSpace(line), " ")
		folder, _ := inside(path)
		if !heavy.MatchString(dep) && (dep != "rsc.io/qr" || layerOf(folder) != "keyring") {
			continue
		}
		if links[folder] = true; !slices.Contains(whole, folder) {
			t.Errorf("%s links %s", path, dep)
		}
	}
	for _, folder := range whole {
		if !links[folder] {
			t.Errorf("%q links no kind: the list holds nothing", folder)
		}
	}
}

// TestDatabaseIsLinkedAbove: no other package links Badger, by whatever way, so that a
// program can be made of them that only reads, and starts faster.
func TestDatabaseIsLinkedAbove(t *testing.T) {
	t.Parallel()
	linking := []string{"", "cli", "vault/ondisk", "store/badgerstore"}
	out, err := exec.Command("go", "list", "-f", `{{$p := .ImportPath}}{{range .Deps}}{{$p}} {{.}}{{"\n"}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		path, dep, _ := strings.Cut(strings.TrimSpace(line), " ")
		if folder, _ := inside(path); strings.Contains(dep, "/dgraph-io/") && !slices.Contains(linking, folder) {
			t.Errorf("%s links %s", path, dep)
		}
	}
}

// TestFrontIsSmall: what takes long to start, or to load, is not linked with the small
// program.
func TestFrontIsSmall(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "./cli/front/tacit").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	heavy := regexp.MustCompile(`dgraph-io|^net/http|crypto/tls|yaml|toml|encoding/xml|archive/zip|protobuf|html/template`)
	for line := range strings.Lines(string(out)) {
		if dep := strings.TrimSpace(line); heavy.MatchString(dep) {
			t.Errorf("it links %s", dep)
		}
	}
}

// TestTopLevel asks git, because a work tree holds other things as well.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("git", "ls-tree", "--name-only", "HEAD").Output()
	if err != nil {
		t.Skip("not a git checkout: the folders at the top were NOT checked")
	}
	for name := range strings.Lines(string(out)) {
		if name = strings.TrimSpace(name); !slices.Contains(folders, name) && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s stands at the top", name)
		}
	}
}
