package main

import (
	"slices"
	"time"
)

// A row is what one command took: the medians over its samples.
type row struct {
	name   string
	median sample
	failed error // it could not be measured
}

// summarize sets the medians.
func (r *row) summarize(samples []sample) {
	if r.failed != nil {
		return
	}
	r.median = sample{
		wall:   median(samples, func(s sample) time.Duration { return s.wall }),
		cpu:    median(samples, func(s sample) time.Duration { return s.cpu }),
		faults: median(samples, func(s sample) int64 { return s.faults }),
		peak:   median(samples, func(s sample) int64 { return s.peak }),
	}
}

// median is the middle one of the numbers that samples have, the mean of two if their
// number is even, and 0 if there is none.
func median[N ~int64](samples []sample, number func(sample) N) N {
	var all []N
	for _, s := range samples {
		all = append(all, number(s))
	}
	slices.Sort(all)
	switch n := len(all); {
	case n == 0:
		return 0
	case n%2 == 1:
		return all[n/2]
	default:
		return (all[n/2-1] + all[n/2]) / 2
	}
}

// ratio is a to b, and 0 if one of them was not measured.
func ratio[N ~int64](a, b N) float64 {
	if a <= 0 || b <= 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// A section is what was measured together. Its ratios are to its first row.
type section struct {
	key, title string
	note       string
	rows       []row
}

// find is the row of that name, and one without numbers if it is not there.
func (s section) find(name string) row {
	for _, r := range s.rows {
		if r.name == name && r.failed == nil {
			return r
		}
	}
	return row{name: name}
}
