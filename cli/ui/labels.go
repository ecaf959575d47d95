package ui

import (
	"maps"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault/shown"
)

// labelsOf are the labels in the order of their keys, with a space between them.
func labelsOf(labels map[string]string) string {
	text := ""
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		text += " " + key + "=" + labels[key]
	}
	text = shown.Line(strings.TrimPrefix(text, " "), wire.MaxLabels-3)
	return text
}
