package torture

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// What one secret does, for a checker of linearizability.

// A request is one command on one secret.
type request struct {
	verb    string // set, update (if at version), get, rm
	name    string
	value   string
	version uint64 // of update
}

// A reply is what the command came to.
type reply struct {
	code    int // exit code; lost where the process was killed
	version uint64
	value   string
}

// lost is the code of a reply that nobody heard: it may have happened.
const lost = -1

// secretState is a secret: never there is version 0.
type secretState struct {
	version uint64
	value   string
	gone    bool
}

func (s secretState) absent() bool { return s.version == 0 || s.gone }

// next is the state after the request, and what is answered to it.
func (s secretState) next(r request) (secretState, reply) {
	const notFound, conflict = 3, 5
	switch {
	case r.verb == "get" && !s.absent():
		return s, reply{version: s.version, value: s.value}
	case r.verb != "set" && s.absent():
		return s, reply{code: notFound}
	case r.verb == "update" && r.version != s.version:
		return s, reply{code: conflict}
	case r.verb == "rm":
		return secretState{version: s.version + 1, gone: true}, reply{version: s.version + 1}
	}
	return secretState{version: s.version + 1, value: r.value}, reply{version: s.version + 1}
}

// linearModel allows what one secret at a time would do, in some order. A
// command that found the vault busy did nothing; one that was killed may have
// been done or not.
func linearModel() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			parts := map[string][]porcupine.Operation{}
			for _, o := range history {
				name := o.Input.(request).name
				parts[name] = append(parts[name], o)
			}
			var list [][]porcupine.Operation
			for _, name := range sortedKeys(parts) {
				list = append(list, parts[name])
			}
			return list
		},
		Init: func() []any { return []any{secretState{}} },
		Step: func(state, input, output any) []any {
			s, got := state.(secretState), output.(reply)
			after, want := s.next(input.(request))
			switch {
			case got.code == busy:
				return []any{s}
			case got.code == lost:
				return []any{s, after}
			case got == want:
				return []any{after}
			}
			return nil
		},
		DescribeOperation: func(input, output any) string {
			r, got := input.(request), output.(reply)
			return fmt.Sprintf("%s %s (value %s, at %d): exit %d, version %d, value %s", r.verb, r.name, r.value, r.version, got.code, got.version, got.value)
		},
	}
	return m.ToModel()
}

// busy is the exit code of a command that did not get the vault.
const busy = 9
