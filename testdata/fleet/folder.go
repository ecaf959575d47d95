package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// team is how many members the small group has.
const team = 10

// overFolder measures a team of ten, a device that was away for a year, and a removal
// from a group of many members.
func overFolder(members int) error {
	dir, err := os.MkdirTemp("", "tacit-fleet-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin, err := build(dir)
	if err != nil {
		return err
	}
	fmt.Printf("%-58s %12s %12s\n", "what", "goal", "measured")
	for _, measure := range []func(*site) error{smallTeam, yearAway, func(s *site) error { return removal(s, members) }} {
		s := &site{bin: bin, dir: filepath.Join(dir, fmt.Sprint(time.Now().UnixNano()))}
		if err := measure(s); err != nil {
			return err
		}
	}
	return nil
}

func report(what, goal string, measured any) { fmt.Printf("%-58s %12s %12v\n", what, goal, measured) }

// smallTeam: ten members, 200 secrets.
func smallTeam(s *site) error {
	owner, err := s.group(200)
	if err != nil {
		return err
	}
	var all []*machine
	for i := range team - 1 {
		m, err := s.join(owner, fmt.Sprint("m", i), "writer")
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	if err := s.settle(append(all, owner)...); err != nil {
		return err
	}
	var nothing, change []time.Duration
	for i := range 15 {
		took, err := all[0].timed("", "sync")
		if err != nil {
			return err
		}
		nothing = append(nothing, took)
		if _, err := all[0].run(fmt.Sprint("value ", i), "set", "TEAM_1"); err != nil {
			return err
		}
		if took, err = all[0].timed("", "sync"); err != nil {
			return err
		}
		change = append(change, took)
	}
	report(fmt.Sprintf("team of %d, 200 secrets: sync with nothing to do", team), "≤ 50 ms", median(nothing))
	report("the same, with one change to send", "≤ 150 ms", median(change))
	return nil
}

// yearAway: a device syncs, then 365 days pass with a change each, two removals and a
// rotation among them.
func yearAway(s *site) error {
	owner, err := s.group(200)
	if err != nil {
		return err
	}
	device, err := s.join(owner, "device", "reader")
	if err != nil {
		return err
	}
	others := []*machine{}
	for i := range 2 {
		m, err := s.join(owner, fmt.Sprint("leaver", i), "reader")
		if err != nil {
			return err
		}
		others = append(others, m)
	}
	if err := s.settle(append(others, owner, device)...); err != nil {
		return err
	}
	for day := range 365 {
		steps := [][]string{{"sync"}}
		switch day {
		case 100, 200:
			steps = append(steps, []string{"group", "remove", "fleet", fmt.Sprint("leaver", day/100-1), "--yes"})
		case 300:
			steps = append(steps, []string{"rotate", "--yes"})
		}
		if _, err := owner.run(fmt.Sprint("value of day ", day), "set", fmt.Sprint("TEAM_", day%200)); err != nil {
			return err
		}
		for _, step := range steps {
			if _, err := owner.run("", step...); err != nil {
				return err
			}
		}
	}
	if _, err := owner.run("", "sync"); err != nil {
		return err
	}
	size, files := weight(s.place())
	took, err := device.timed("", "sync")
	if err != nil {
		return err
	}
	if got, err := device.run("", "get", "TEAM_164"); err != nil || strings.TrimSpace(got) != "value of day 364" {
		return fmt.Errorf("the device has not caught up: %q, %v", got, err)
	}
	report("a year away: 365 changes, two removals, a rotation", "≤ 1 s", took.Round(time.Millisecond))
	report("what lies at the address then", "", fmt.Sprintf("%d KiB in %d files", size>>10, files))
	return nil
}

// removal: one of many members is removed.
func removal(s *site, members int) error {
	owner, err := s.group(20)
	if err != nil {
		return err
	}
	for i := range members - 1 {
		if _, err := s.join(owner, fmt.Sprint("device-", i), "reader"); err != nil {
			return err
		}
	}
	admitted, err := owner.timed("", "sync")
	if err != nil {
		return err
	}
	report(fmt.Sprintf("%d members admitted by one sync", members-1), "", admitted.Round(time.Millisecond))
	removed, err := owner.timed("", "group", "remove", "fleet", "device-0", "--yes")
	if err != nil {
		return err
	}
	synced, err := owner.timed("", "sync")
	if err != nil {
		return err
	}
	report(fmt.Sprintf("one of %d removed, to the last welcome", members), "≤ 3 s", (removed + synced).Round(time.Millisecond))
	return nil
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2].Round(100 * time.Microsecond)
}

// weight is how many bytes lie in a folder, in how many files.
func weight(dir string) (bytes int64, files int) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				bytes, files = bytes+info.Size(), files+1
			}
		}
		return nil
	})
	return bytes, files
}
