package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
)

// nameOf is the name of a secret. The first hundred have names that begin with firstHundred.
func nameOf(i int) string { return fmt.Sprintf("S%07d", i) }

const firstHundred = "S00000"

// secrets are names with values of 100 characters, each time the same ones. They begin
// with the secret of number from.
func secrets(from, count int) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		var raw [75]byte
		for i := from; i < from+count; i++ {
			source := rand.NewChaCha8([32]byte{byte(i), byte(i >> 8), byte(i >> 16), byte(i >> 24)})
			_, _ = source.Read(raw[:]) // it does not fail
			if !yield(nameOf(i), base64.StdEncoding.EncodeToString(raw[:])) {
				return
			}
		}
	}
}

// writeFile writes a file piece by piece.
func writeFile(path string, write func(io.Writer)) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	write(w)
	if err := w.Flush(); err != nil {
		f.Close()
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return f.Close()
}

// writeJSON writes secrets as one object.
func writeJSON(path string, from, count int) error {
	return writeFile(path, func(w io.Writer) {
		comma := ""
		fmt.Fprint(w, "{")
		for name, value := range secrets(from, count) {
			fmt.Fprintf(w, "%s\n%q: %q", comma, name, value)
			comma = ","
		}
		fmt.Fprintln(w, "\n}")
	})
}

// writeDotenv writes secrets as lines.
func writeDotenv(path string, count int) error {
	return writeFile(path, func(w io.Writer) {
		for name, value := range secrets(0, count) {
			fmt.Fprintf(w, "%s=%q\n", name, value)
		}
	})
}

// writeKeePass writes secrets as KeePass exports them.
func writeKeePass(path string, count int) error {
	return writeFile(path, func(w io.Writer) {
		fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?><KeePassFile><Meta><Generator>bench</Generator></Meta><Root><Group><Name>Root</Name>`)
		for name, value := range secrets(0, count) {
			fmt.Fprintf(w, "<Entry><String><Key>Title</Key><Value>%s</Value></String><String><Key>Password</Key><Value>%s</Value></String></Entry>\n", name, value)
		}
		fmt.Fprintln(w, `</Group></Root></KeePassFile>`)
	})
}
