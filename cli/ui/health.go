package ui

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault/shown"
)

// finding is what doctor says of one thing.
type finding struct{ Check, Level, Message, Remedy string }

// health is what doctor finds, what wants attention first, and the key slots. Nobody is
// asked for it: what only a key could tell is not among it.
func (d *desk) health(ctx context.Context) wire.Table {
	table := wire.Table{View: wire.Health, Titles: []string{"STATE", "CHECK", "WHAT"}}
	var report struct{ Findings []finding }
	if err := d.read(ctx, &report, "doctor", "--json", "--no-input"); err != nil {
		table.Rows = append(table.Rows, wire.TableRow{Cells: []string{"!", "doctor", shown.Line(err.Error(), 1<<10)}, Look: true})
	}
	slices.SortStableFunc(report.Findings, func(a, b finding) int { return cmp.Compare(urgency(b.Level), urgency(a.Level)) })
	look := 0
	for _, f := range report.Findings {
		row := []string{f.Level, f.Check, shown.Line(f.Message, 1<<10)}
		if urgency(f.Level) > 0 {
			look++
			row[0] += " !"
		}
		if f.Remedy != "" {
			row = append(row, "mend: "+shown.Line(f.Remedy, 1<<10))
		}
		table.Rows = append(table.Rows, wire.TableRow{Cells: row, Look: urgency(f.Level) > 0})
	}
	table.Head = fmt.Sprintf("%d to look at", look)
	table.Rows = append(table.Rows, d.slots(ctx)...)
	return table
}

// urgency orders the levels of findings.
func urgency(level string) int {
	return slices.Index([]string{"ok", "advice", "fault", "tampering"}, level)
}

// slots are the key slots, as key list tells of them.
func (d *desk) slots(ctx context.Context) (rows []wire.TableRow) {
	var list []struct{ Label, Kind, Created, Used string }
	if d.read(ctx, &list, "key", "list", "--json", "--no-input") != nil {
		return nil // doctor has said why
	}
	for _, slot := range list {
		used := "never used here"
		if slot.Used != "" {
			used = "last used " + slot.Used
		}
		rows = append(rows, wire.TableRow{Cells: []string{"key", shown.Line(slot.Label, 100), slot.Kind + ", added " + slot.Created + ", " + used}})
	}
	return rows
}
