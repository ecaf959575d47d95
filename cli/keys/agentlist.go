package keys

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/membership"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// What an agent is found to be.
const (
	agentServes = "unlocked" // it has a vault unlocked, and answers
	agentSilent = "silent"   // it does not answer
	agentLost   = "lost"     // it has a vault, and has lost its socket
)

// agentInList is one agent of the list, in --json. Of one that does not answer little is
// known.
type agentInList struct {
	State    string         `json:"state"`
	Attached []attachedJSON `json:"attached"` // the folders that its vault is attached to
	agentJSON
}

type attachedJSON struct {
	Folder string `json:"folder"`
	Env    string `json:"env"`
}

func runAgentList(ctx context.Context, s *frame.Session) error {
	if err := frame.NoAgentHere("agent list"); err != nil {
		return err
	}
	known, err := vault.KnownVaults(s.State)
	if err != nil {
		s.Warn("agents that have lost their sockets may be missing here: %v", err)
	}
	list, err := agentsAt(ctx, s)
	if err != nil {
		return err
	}
	list = withLost(list, known)
	for i := range list {
		list[i].Attached = attachedTo(known, list[i].Vault)
	}
	if s.JSON {
		return s.WriteJSON(list)
	}
	if len(list) == 0 {
		s.Note("no agent is running")
	}
	printAgents(s, list)
	return nil
}

// agentsAt are the agents behind all sockets. They are asked at the same time: one that
// does not answer takes 10 s.
func agentsAt(ctx context.Context, s *frame.Session) ([]agentInList, error) {
	var paths []string
	if err := eachSocket(s, func(path string) { paths = append(paths, path) }); err != nil {
		return nil, err
	}
	found := make([]*agentInList, len(paths))
	var all sync.WaitGroup
	for i, path := range paths {
		all.Go(func() {
			if one, ok := agentAt(ctx, path); ok {
				found[i] = &one
			}
		})
	}
	all.Wait()
	list := []agentInList{}
	for _, one := range found {
		if one != nil {
			list = append(list, *one)
		}
	}
	return list, ctx.Err()
}

// agentAt is the agent behind a socket; false where there is none.
func agentAt(ctx context.Context, path string) (agentInList, bool) {
	c, err := agent.Dial(ctx, path)
	if errors.Is(err, sockets.ErrNone) {
		return agentInList{}, false // one that was killed
	}
	silent := agentInList{State: agentSilent, agentJSON: agentJSON{PID: sockets.PeerPID(ctx, path), Socket: path, Only: []string{}}}
	if err != nil {
		return silent, true
	}
	defer c.Close()
	st, err := c.AgentStatus(ctx)
	if err != nil {
		return silent, true
	}
	return agentInList{State: agentServes, agentJSON: toAgentJSON(c.Path(), st)}, true
}

// withLost adds who has a known vault open as its agent, and is behind no socket. It
// gives those that do not answer their vault.
func withLost(list []agentInList, known []vault.KnownVault) []agentInList {
	for _, k := range known {
		h, ok := vault.HolderOf(k.Path)
		if !ok || h.Socket == "" {
			continue
		}
		if holds, told := h.Vouched(); told && !holds {
			continue // its record is older than it
		}
		found := false
		for i := range list {
			if list[i].PID == h.PID {
				list[i].Vault, found = k.Path, true
			}
		}
		if !found {
			list = append(list, agentInList{State: agentLost, agentJSON: agentJSON{PID: h.PID, Vault: k.Path, Socket: h.Socket, Only: []string{}}})
		}
	}
	return list
}

func attachedTo(known []vault.KnownVault, dir string) []attachedJSON {
	list := []attachedJSON{}
	for _, k := range known {
		if k.Path != dir {
			continue
		}
		for _, a := range k.Attached {
			list = append(list, attachedJSON{a.Folder, a.Env})
		}
	}
	return list
}

func printAgents(s *frame.Session, list []agentInList) {
	rows := make([][]string, len(list))
	for i, a := range list {
		var to []string
		for _, at := range a.Attached {
			to = append(to, membership.Where(vault.Attachment{Folder: at.Folder, Env: at.Env}))
		}
		locks, what := "-", "-"
		if a.State == agentServes {
			locks, what = locksAt(s, a), a.what
		}
		rows[i] = []string{
			a.State, failure.Printable(cmp.Or(a.Vault, "-")), failure.Printable(cmp.Or(strings.Join(to, ", "), "-")),
			locks, failure.Printable(what), strconv.Itoa(a.PID),
		}
	}
	frame.PrintRows(s, []table.Column{
		{Title: "STATE"},
		{Title: "VAULT", Least: 16},
		{Title: "ATTACHED TO", Least: 16, Falls: 1},
		{Title: "LOCKS", Least: 10},
		{Title: "FOR", Least: 8, Falls: 2},
		{Title: "PID", Right: true, Falls: 3},
	}, rows)
}

// locksAt is when an agent locks: for a program the time, for people how long that is.
func locksAt(s *frame.Session, a agentInList) string {
	text := orNever(a.Expires)
	if !a.expires.IsZero() && terminal.IsTerminal(s.Out) {
		text = "in " + frame.Span(a.expires.Sub(s.Now()))
	}
	if a.Idle != "" {
		text += ", idle " + a.Idle
	}
	return text
}
