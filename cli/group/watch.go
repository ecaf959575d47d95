package group

import (
	"context"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// runWatch syncs until it is interrupted. That an address cannot be reached does not end
// it, nor that another program has the vault.
func runWatch(ctx context.Context, s *frame.Session, o *syncOptions) error {
	at, err := absolutes(s, o.at.Value())
	if err != nil {
		return err
	}
	w := &watch{station: station{s: s}, o: o, at: at}
	defer w.close()
	for {
		err := w.turn(ctx)
		if err := s.Flush(); err != nil {
			return err
		}
		switch {
		case ctx.Err() != nil:
			return nil // it was to go on until then
		case err == nil:
			w.said = ""
		case passes(err):
			w.complain(err)
		default:
			return err
		}
		w.wait(ctx)
	}
}

// passes tells whether a failure is one that may be over at the next turn.
func passes(err error) bool {
	switch vault.CodeOf(failure.Explain(err)) {
	case vault.Unreachable, vault.Busy:
		return true
	}
	code := failure.Explain(err).Code
	return code == string(vault.Unreachable) || code == string(vault.Busy)
}

// A watch is sync --watch.
type watch struct {
	station
	o    *syncOptions
	at   []string
	said string // the last complaint, which is not repeated
}

// turn syncs each group once.
func (w *watch) turn(ctx context.Context) error {
	var done []syncJSON
	err := w.station.turn(ctx, func(h *hand) error {
		groups, err := named(ctx, h.Vault, w.o.names)
		if err != nil {
			return err
		}
		var worst error
		for _, g := range groups {
			label, role, report, err := syncOne(ctx, h, g, w.at, w.o.options(ctx, w.s))
			w.hear(report, g.ID(), transport.Changes, transport.Checkpoint, transport.Welcome, transport.Join)
			if label != "" && report.Sent+report.Received+report.Pushed > 0 {
				done = append(done, toSyncJSON(label, role, report))
			}
			if worst = worse(worst, err); ctx.Err() != nil {
				return ctx.Err()
			}
		}
		return worst
	})
	if w.s.JSON && len(done) > 0 {
		if err := w.s.WriteJSON(done); err != nil {
			return err
		}
	}
	return err
}

// complain warns of a failure, once while it lasts.
func (w *watch) complain(err error) {
	if text := failure.Explain(err).Message; text != w.said {
		w.said = text
		w.s.Warn("%s", text)
	}
}
