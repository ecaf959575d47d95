package group

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

func runPack(ctx context.Context, s *frame.Session, o *options) error {
	file := o.args[0]
	if system.StandardOutput(file) {
		file = "-"
	}
	if err := o.checkTarget(s, file); err != nil {
		return err
	}
	out, keep := io.Writer(terminal.PatientWriter{Ctx: ctx, W: s.Out}), func() error { return nil }
	if file != "-" {
		d, err := disk.OpenDestination(ctx, file)
		if err != nil {
			return err
		}
		defer d.Drop()
		out, keep = d, func() error { return d.Keep(ctx) }
	}
	err := writing(ctx, s, o.name, func(h *hand, g *group.Group) error {
		st, err := g.Known(ctx)
		if err != nil {
			return err
		}
		p, err := h.places(ctx, st.Places)
		if err != nil {
			return err
		}
		report, err := g.Pack(ctx, out, o.member, p.list...)
		if err == nil {
			warnSync(s, nameOf(st), report)
		}
		return noMember(o.name, err)
	})
	if err != nil {
		return err
	}
	if err := keep(); err != nil || file == "-" {
		return err
	}
	if s.JSON {
		return s.WriteJSON(struct {
			File string `json:"file"`
		}{file})
	}
	s.Note("wrote %s", failure.Printable(file))
	return nil
}

// checkTarget refuses to write over a file, into a vault, or onto a terminal.
func (o *options) checkTarget(s *frame.Session, file string) error {
	if file == "-" {
		if terminal.IsTerminal(s.Out) && !o.force {
			return failure.Usage("group pack: bytes are nothing for a terminal").Hinted("name a file, or --force")
		}
		return terminal.CheckLost(s.Out)
	}
	if err := frame.OutsideVaults(s, "group pack", file); err != nil {
		return err
	}
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && !o.force {
		return failure.Fault(vault.Exists, "group pack: %s exists already", failure.Printable(file)).Hinted("name another file, or --force")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failure.FileError("writing", file, err)
	}
	return nil
}

func runUnpack(ctx context.Context, s *frame.Session, o *options) error {
	in := io.Reader(s.In)
	if o.name != "-" {
		f, err := terminal.OpenFile(ctx, o.name, os.O_RDONLY)
		if err != nil {
			return failure.FileError("reading", o.name, err)
		}
		defer f.Close()
		in = f
	}
	done := []syncJSON{}
	err := writingAlone(ctx, s, func(h *hand) error {
		reports, err := group.Unpack(ctx, h.Vault, terminal.PatientReader{Ctx: ctx, R: in})
		if err != nil {
			return told(err)
		}
		if len(reports) == 0 {
			return failure.Fault(vault.NotMember, "group unpack: nothing in it is of a group of this vault").Hinted("{tacit group list} shows the groups of this vault")
		}
		for id, report := range reports {
			g, err := group.Open(ctx, h.Vault, id.String())
			if err != nil {
				return told(err)
			}
			st, err := g.Known(ctx)
			if err != nil {
				return told(err)
			}
			done = append(done, toSyncJSON(nameOf(st), string(st.Role), report))
			if !s.JSON {
				tellSync(s, nameOf(st), report)
			}
		}
		return nil
	})
	if err != nil || !s.JSON {
		return err
	}
	return s.WriteJSON(done)
}
