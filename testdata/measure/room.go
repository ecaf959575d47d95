package main

import (
	"cmp"
	"slices"
)

// room is one package, as far as it is counted. Files and lines are those of all
// systems; the rest is what this system builds.
type room struct {
	name      string // its folder below the module's root; "." for the root
	files     int    // without tests
	lines     int    // of these
	tests     int    // lines of tests
	exported  int    // names at the top, methods aside
	ring      int    // files of the largest group in which each reaches each by what it names
	methods   map[string]int
	functions []function
}

// function is one function or method with a body.
type function struct {
	name  string
	lines int
}

// widest is the type with the most methods.
func (r *room) widest() (name string, methods int) {
	for of, n := range r.methods {
		if n > methods || n == methods && of < name {
			name, methods = of, n
		}
	}
	return name, methods
}

// lengths are the median, the ninth decile and the longest of the functions.
func (r *room) lengths() (p50, p90 int, most function) {
	if len(r.functions) == 0 {
		return 0, 0, function{}
	}
	sorted := slices.SortedFunc(slices.Values(r.functions), func(a, b function) int { return cmp.Compare(a.lines, b.lines) })
	return sorted[len(sorted)/2].lines, sorted[len(sorted)*9/10].lines, sorted[len(sorted)-1]
}

// longer counts the functions of more lines than that.
func (r *room) longer(lines int) (n int) {
	for _, f := range r.functions {
		if f.lines > lines {
			n++
		}
	}
	return n
}
