package main

import (
	"go/token"
	"go/types"
)

// graph is which file of a package names what stands in which other one: its
// functions, types, methods, fields, variables and constants.
func graph(fset *token.FileSet, p *types.Package, info *types.Info) map[string]map[string]bool {
	names := map[string]map[string]bool{}
	for at, object := range info.Uses {
		if object.Pkg() != p || !object.Pos().IsValid() {
			continue
		}
		from, to := fset.Position(at.Pos()).Filename, fset.Position(object.Pos()).Filename
		if from == to {
			continue
		}
		if names[from] == nil {
			names[from] = map[string]bool{}
		}
		names[from][to] = true
	}
	return names
}

// largestRing is the size of the largest group of files in which each reaches
// each; 0 where no file is in a ring.
func largestRing(names map[string]map[string]bool) int {
	largest := 0
	for from := range names {
		out := reached(names, from)
		if !out[from] {
			continue
		}
		size := 0
		for to := range out {
			if reached(names, to)[from] {
				size++
			}
		}
		largest = max(largest, size)
	}
	return largest
}

// reached are the files that one reaches, itself only around a ring.
func reached(names map[string]map[string]bool, from string) map[string]bool {
	seen := map[string]bool{}
	todo := []string{from}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for to := range names[at] {
			if !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	return seen
}
