package server

import (
	_ "embed"
	"log/slog"
	"net/http"
	"os"
)

const levelAccess = slog.LevelInfo

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI is the description of the API, in YAML.
func OpenAPI() string { return string(openAPI) }

func getOpenAPI(r *request) error {
	r.w.Header().Set("Content-Type", "application/yaml")
	r.began = true
	_, err := r.w.Write(openAPI)
	return gone(err)
}

// getStatus tells of the agent. A connection of tacit's stays open if that is asked for:
// by it the process is known again once it hides itself.
func getStatus(r *request) error {
	if r.URL.RawQuery == "stay" && r.s.programs.tacit(r.connection.exe, r.connection.who) {
		r.connection.keeps.Store(true)
	}
	return r.answerJSON(http.StatusOK, r.s.status(r.scope))
}

// postLock ends the agent; through a socket that was made for less, only that
// socket.
func postLock(r *request) error {
	err := r.answerJSON(http.StatusAccepted, map[string]any{"pid": os.Getpid(), "agent": r.scope.main})
	if r.scope.main {
		r.s.stop(nil, "locked by a client")
	} else {
		r.s.close(r.scope.listener)
	}
	return err
}
