package liveperson

import (
	_ "embed"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/run"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

//go:embed preload.cjs
var preload []byte

// The folder that is the command's for as long as it runs: what Node loads, what
// that has to know, and the socket that it asks. No secret is in it.
const (
	standInPrefix = "node-"
	preloadName   = "preload.cjs"
	configName    = "config.json"
	socketName    = "socket"
)

// maxSocketPath is the longest path of a socket that Node can connect to, on the
// system that allows the least.
const maxSocketPath = 103

// nodeConfig is what the preload has to know.
type nodeConfig struct {
	Settings string `json:"settings"` // the file that it stands in for
	Patience int64  `json:"patience"` // milliseconds to wait for an answer
}

// standIn serves the settings until the child has ended, and returns its
// environment: with a NODE_OPTIONS that makes Node ask us.
func standIn(s *frame.Session, c *run.Child, server *settingsServer) ([]string, error) {
	dir, err := standInDir(s)
	if err != nil {
		return nil, err
	}
	c.Done = append(c.Done, func() { os.RemoveAll(dir) })
	l, err := sockets.Listen(filepath.Join(dir, socketName))
	if errors.Is(err, sockets.ErrNoAgents) {
		return nil, frame.NoAgentOn("liveperson", runtime.GOOS).Hinted("{tacit run} gives secrets in the environment")
	}
	if err != nil {
		return nil, err
	}
	const answering = time.Minute // on top of the wait for the vault
	config, err := json.Marshal(nodeConfig{server.file, (s.Wait + answering).Milliseconds()})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, configName), config, 0o600)
	}
	script := filepath.Join(dir, preloadName)
	if err == nil {
		err = os.WriteFile(script, preload, 0o400)
	}
	if err != nil {
		l.Close()
		return nil, failure.FileError("writing", dir, failure.UnwrapPath(err))
	}
	c.Done = append(c.Done, server.serve(l))
	return run.Merge(s.Environ(), map[string]string{"NODE_OPTIONS": "NODE_OPTIONS=" + nodeOptions(script, s.Env("NODE_OPTIONS"))}), nil
}

// nodeOptions is the user's NODE_OPTIONS with ours before it: what the user's
// own modules keep of fs has to be what we put there.
func nodeOptions(script, users string) string {
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(script) + `"`
	return strings.TrimRight("--require "+quoted+" "+users, " ")
}

// standInDir makes the folder, beside the agents' sockets or, where that path is
// too long for Node, where temporary files are. Folders of commands whose tacit was
// killed are removed.
func standInDir(s *frame.Session) (string, error) {
	base := sockets.Dir(s.Env)
	if base == "" || len(filepath.Join(base, standInPrefix+"0123456789", socketName)) > maxSocketPath {
		base = filepath.Join(os.TempDir())
	} else if err := os.MkdirAll(base, 0o700); err != nil {
		return "", failure.FileError("making a folder", base, err)
	}
	removeStandIns(base)
	dir, err := os.MkdirTemp(base, standInPrefix)
	if err != nil {
		return "", failure.FileError("making a folder", base, err)
	}
	return filepath.EvalSymlinks(dir)
}

// removeStandIns removes folders that have a socket with nobody behind it.
func removeStandIns(base string) {
	left, _ := filepath.Glob(filepath.Join(base, standInPrefix+"*", preloadName))
	for _, script := range left {
		dir := filepath.Dir(script)
		fi, err := os.Lstat(filepath.Join(dir, socketName))
		if err == nil && fi.Mode().Type() == fs.ModeSocket && sockets.RemoveStale(filepath.Join(dir, socketName)) == nil {
			os.RemoveAll(dir)
		}
	}
}
