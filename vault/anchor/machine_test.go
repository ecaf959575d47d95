package anchor

import (
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

// nameless is the memory of a machine whose system has no id.
func nameless(t *testing.T) Dir { return Dir{Path: testDir(t).Path} }

func TestMachineFile(t *testing.T) {
	d, path := nameless(t), folder(t, "vault")
	if m := mustLoad(t, d, testID, path); m != (Memory{}) {
		t.Errorf("%+v", m)
	}
	if _, err := os.Lstat(d.Path); err == nil {
		t.Error("to read has made a folder")
	}
	save(t, d, testID, path, update(7))
	if m := mustLoad(t, d, testID, path); m.Here != point(7) {
		t.Errorf("%+v", m)
	}
	take(t, prepare(t, d, path, 7, 8))
	if m := mustLoad(t, d, testID, path); m.Here != point(8) {
		t.Errorf("%+v", m)
	}
	write(t, d.machineFile(), []byte("junk"))
	if _, err := d.Load(testID, path); !errors.Is(err, ErrUnreadable) {
		t.Errorf("over junk: %v", err)
	}
	if err := d.Save(testID, path, update(9)); !errors.Is(err, ErrUnreadable) {
		t.Errorf("save over junk: %v", err)
	}
}

// TestMachineTogether: processes that come first at the same time agree.
func TestMachineTogether(t *testing.T) {
	d := nameless(t)
	var wg sync.WaitGroup
	var paths []string
	for range 8 {
		path := folder(t, "vault")
		paths = append(paths, path)
		wg.Go(func() {
			if err := inTurn(func() error { return d.Save(testID, path, update(7)) }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, path := range paths {
		if m := mustLoad(t, d, testID, path); !m.HereKnown {
			t.Errorf("%s: %+v", path, m)
		}
	}
	if list, err := d.machines(); len(list) != 1 || err != nil {
		t.Errorf("%v, %v", list, err)
	}
}

// TestMachineOfHostName: what was remembered under the name of the host is not
// lost, though the host has another name by now, and no new place.
func TestMachineOfHostName(t *testing.T) {
	const linux = "8899aabbccddeeff" // another machine, which shares the folder
	named := func(name string) func() (string, error) {
		return func() (string, error) { return name, nil }
	}
	box := machineOf("host box")
	for _, c := range []struct {
		name  string
		known []string
		host  string
		want  string
	}{
		{"its name", []string{box}, "box", box},
		{"its name, among others", []string{linux, box}, "box", box},
		{"another name since", []string{box}, "dhcp-17", box},
	} {
		d, path := nameless(t), folder(t, "vault")
		for _, machine := range c.known {
			save(t, Dir{d.Path, machine}, testID, path, update(7))
		}
		if got, err := d.newMachine(named(c.host)); got != c.want || err != nil {
			t.Errorf("%s: %s, %v", c.name, got, err)
		}
	}
	a, errA := nameless(t).newMachine(named("box"))
	b, errB := nameless(t).newMachine(named("box"))
	if a == b || a == box || !isMachine(a) || errors.Join(errA, errB) != nil {
		t.Errorf("where nothing is known: %s, %s", a, b)
	}

	// The whole way: the memory is of the host's name, and the machine file not there yet.
	d, path := nameless(t), folder(t, "vault")
	save(t, Dir{d.Path, box}, testID, path, update(7))
	other := crypto.ID{3}
	if m := mustLoad(t, d, other, path); !m.PathKnown || m.PathVault != testID {
		t.Errorf("another vault in the place would be new: %+v", m)
	}
	save(t, d, testID, path, update(8))
	if m := mustLoad(t, Dir{d.Path, box}, testID, path); m.Here != point(8) {
		t.Errorf("%+v", m)
	}
}
