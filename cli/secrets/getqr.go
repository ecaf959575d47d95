package secrets

import (
	"context"
	"fmt"
	"time"

	"github.com/tacit-vault/tacit/cli/curtain"
	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/qrcode"
	"github.com/tacit-vault/tacit/vault"
)

// ShowQR shows a secret as a QR code on a page of its own, or writes it to a file as a
// PNG picture.
func ShowQR(ctx context.Context, s *frame.Session, secret vault.Secret, file string, show frame.ShowFor) error {
	code, err := qrcode.New(secret.Value.Reveal())
	if err != nil {
		return failure.Fault(vault.InvalidValue, "get %s: no QR code holds %s", secret.Name, frame.Count(int(secret.Size), "byte")).
			Hinted("one holds at most 2,953")
	}
	defer code.Wipe()
	if file != "" {
		return writeQR(ctx, s, code, file)
	}
	tty, err := frame.PageTerminal(s)
	if err != nil {
		return err
	}
	defer tty.Close()
	columns, rows := tty.Size()
	if !code.Fit(columns, rows-2) { // the first row and the last have words
		wide, high := code.Cells()
		return failure.Usage("the QR code of %s needs %d columns and %d rows; the terminal has %d and %d", secret.Name, wide, high+2, columns, rows).
			Hinted("make the window larger, or: {tacit get %s --qr --output FILE.png}", secret.Name)
	}
	return show.Show(ctx, s, tty, &qrScene{title: secretTitle(secret), code: code})
}

// secretTitle says what is shown.
func secretTitle(secret vault.Secret) string {
	return fmt.Sprintf("%s, version %d", secret.Name, secret.Version)
}

func writeQR(ctx context.Context, s *frame.Session, code *qrcode.Code, file string) error {
	if err := frame.OutsideVaults(s, "get", file); err != nil {
		return err
	}
	d, err := disk.OpenDestination(ctx, file)
	if err != nil {
		return err
	}
	defer d.Drop()
	picture := code.PNG()
	defer clear(picture)
	if _, err := d.Write(picture); err != nil {
		return d.Error(err)
	}
	return d.Keep(ctx)
}

// A qrScene is a QR code on a page.
type qrScene struct {
	title string
	code  *qrcode.Code
}

var _ curtain.Scene = (*qrScene)(nil)

func (q *qrScene) Foot(time.Time) (string, bool) { return "", false }

func (q *qrScene) Press(byte, string) bool { return false }

func (q *qrScene) Draw(p *curtain.Page, _ time.Time) {
	p.Words(" " + q.title)
	columns, rows := q.code.Cells()
	for row := range rows {
		p.Next()
		p.Marks(qrcode.Colours)
		for column := range columns {
			p.Words(q.code.Cell(column, row))
		}
		p.Marks("\x1b[0m")
	}
}
