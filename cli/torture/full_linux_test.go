package torture

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// diskMiB is how large the small disks are: a vault, its ballast, the room that
// a rotation takes, and something to fill up.
const diskMiB = 96

// A smallDisk is a file system that a test fills up.
type smallDisk struct {
	t     *testing.T
	name  string
	dir   string
	image string // the file that it lies on, if any
}

// smallDisks mounts one in memory, and one on a file.
func smallDisks(t *testing.T) (disks []*smallDisk) {
	t.Helper()
	memory := &smallDisk{t: t, name: "tmpfs", dir: t.TempDir()}
	if err := unix.Mount("tmpfs", memory.dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", diskMiB)); err != nil {
		t.Skipf("no right to mount a small disk: %v", err)
	}
	disks = append(disks, memory)
	t.Cleanup(func() { _ = unix.Unmount(memory.dir, unix.MNT_DETACH) })
	if loop := loopDisk(t); loop != nil {
		disks = append(disks, loop)
	}
	return disks
}

// loopDisk mounts an ext4 on a file, nil where that cannot be.
func loopDisk(t *testing.T) *smallDisk {
	t.Helper()
	d := &smallDisk{t: t, name: "ext4", dir: t.TempDir(), image: filepath.Join(fastDir(t), "image")}
	f, err := os.Create(d.image)
	if err == nil {
		err = errors.Join(f.Truncate(diskMiB<<20), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"mkfs.ext4", "-q", "-m", "0", d.image}, {"mount", "-o", "loop", d.image, d.dir}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Logf("no disk on a file: %v: %s", err, out)
			return nil
		}
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", d.dir).Run() })
	return d
}

// mount mounts the disk anew where it is.
func (d *smallDisk) mount(how string) {
	if out, err := exec.Command("mount", "-o", how, d.dir).CombinedOutput(); err != nil {
		d.t.Errorf("mounting with %s: %v: %s", how, err, out)
	}
}

// again unmounts the disk, repairs it as a machine does when it starts, and mounts
// it as it was, writable. What has a copy of the mount, such as another test's
// namespace, keeps the file system as it was: then it waits for that.
func (d *smallDisk) again() {
	d.t.Helper()
	err := errors.New("somebody else has it mounted")
	for range 600 {
		out, unmounting := exec.Command("umount", d.dir).CombinedOutput()
		switch {
		case unmounting != nil && d.mounted():
			err = fmt.Errorf("unmounting: %w: %s", unmounting, out)
		case !d.attached():
			d.repair()
			if _, err = exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput(); err == nil {
				err = d.writable()
			}
			if err == nil {
				return
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	d.t.Fatalf("the disk is not writable again: %v", err)
}

// attached tells whether a device still has the image: somebody else has it mounted.
func (d *smallDisk) attached() bool {
	d.t.Helper()
	out, err := exec.Command("losetup", "-j", d.image).Output()
	if err != nil {
		d.t.Fatalf("losetup: %v", err)
	}
	return len(out) > 0
}

// repair runs fsck. Without it the first abort stays on record, and ext4 never
// gets back the room of files that were half deleted.
func (d *smallDisk) repair() {
	d.t.Helper()
	out, err := exec.Command("e2fsck", "-p", d.image).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) { // 1: it repaired something
		d.t.Fatalf("e2fsck: %v: %s", err, out)
	}
}

// writable makes a file and removes it. Nothing less tells: since Linux 6.15, an
// ext4 that was aborted still has the flags of one that can be written to.
func (d *smallDisk) writable() error {
	f, err := os.CreateTemp(d.dir, "probe-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// mounted tells whether anything is mounted there.
func (d *smallDisk) mounted() bool {
	here, up := unix.Stat_t{}, unix.Stat_t{}
	return errors.Join(unix.Stat(d.dir, &here), unix.Stat(filepath.Dir(d.dir), &up)) != nil || here.Dev != up.Dev
}

// sync writes out what is not on the disk yet, of this disk alone.
func (d *smallDisk) sync() {
	d.t.Helper()
	f, err := os.Open(d.dir)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		d.t.Fatal(err)
	}
}

// free is how many bytes the disk has left.
func (d *smallDisk) free() int64 {
	var s unix.Statfs_t
	if err := unix.Statfs(d.dir, &s); err != nil {
		d.t.Fatal(err)
	}
	return int64(s.Bavail) * int64(s.Bsize)
}

// fill leaves that many bytes free.
func (d *smallDisk) fill(left int64) {
	f, err := os.OpenFile(filepath.Join(d.dir, "filler"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	// Block after block, with the last ones small: what is free is not all for files.
	for size := int64(4 << 20); size >= 4096; {
		end, _ := f.Seek(0, 2)
		if d.free()-size < left || unix.Fallocate(int(f.Fd()), 0, end, size) != nil {
			size /= 2
		}
	}
}

// empty gives back what fill took, and waits until the disk has it: a file that
// is gone from its folder takes its room for as long as anybody holds it.
func (d *smallDisk) empty() {
	filler := filepath.Join(d.dir, "filler")
	info, err := os.Stat(filler)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	before := d.free()
	if err := errors.Join(err, os.Remove(filler)); err != nil {
		d.t.Fatal(err)
	}
	due := taken(info)
	for tries := 0; d.free()-before < due-due/10; tries++ {
		if tries == 3000 {
			d.t.Fatalf("%s: the test took its %d bytes away, and %d bytes are free as before", d.name, due, d.free())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// taken is how many bytes a file takes up on its disk.
func taken(info os.FileInfo) int64 { return info.Sys().(*syscall.Stat_t).Blocks * 512 }

// TestFullDisk fills a disk before a command, or in the middle of it. It says
// that there is no room, or does what it should; everything can be read, and
// deleted from, while the disk is full; and with room the vault is as it was.
func TestFullDisk(t *testing.T) {
	rng := dice(t)
	var rounds []*fuller
	for _, disk := range smallDisks(t) {
		rounds = append(rounds, &fuller{
			injector: newInjector(t, disk.dir, fastDir(t), rng),
			disk:     disk,
		})
	}
	for n := range budget(6) {
		rounds[n%len(rounds)].round(n, rng)
	}
	for _, f := range rounds {
		t.Log(f.tally())
	}
}

// A fuller runs rounds on one disk.
type fuller struct {
	*injector
	disk *smallDisk

	rounds, succeeded, full, uncertains, died, failures int
}

func (f *fuller) tally() string {
	return fmt.Sprintf("%s: %d rounds, %d failures: the command succeeded %d times, found no room %d times, could not tell its end %d times, was ended by the disk that filled up under it %d times",
		f.disk.name, f.rounds, f.failures, f.succeeded, f.full, f.uncertains, f.died)
}

// round fills the disk around one command.
func (f *fuller) round(n int, rng *rand.Rand) {
	op := f.ops[rng.IntN(len(f.ops))]
	fixture := injectFixtures[rng.IntN(len(injectFixtures))]
	left := []int64{0, rng.Int64N(256 << 10), rng.Int64N(4 << 20), rng.Int64N(32 << 20), 24<<20 + rng.Int64N(4<<20)}[rng.IntN(5)]
	during := rng.IntN(2) == 0
	moment := rng.Float64()
	f.disk.empty()
	f.expect(fixture, op)
	delay := time.Duration(moment * float64(f.took[op.name+" "+fixture]))
	f.fresh(fixture)
	f.rounds++
	what := fmt.Sprintf("round %d: %s, %s on %s, %d bytes left", n, f.disk.name, op.name, fixture, left)
	var got result
	if during {
		what += fmt.Sprintf(" after %v", delay)
		done := make(chan struct{})
		go func() {
			defer close(done)
			time.Sleep(delay)
			f.disk.fill(left)
		}()
		got = f.rig.run(op.stdin, f.args(op)...)
		<-done
	} else {
		f.disk.fill(left)
		got = f.rig.run(op.stdin, f.args(op)...)
	}
	faults := f.judge(op, fixture, got, during)
	if len(faults) > 0 {
		f.failures++
		f.t.Errorf("%s: exit %d: %s\n  %s", what, got.code, firstLines(strings.TrimSpace(got.err), 20), strings.Join(faults, "\n  "))
	}
	f.disk.empty()
}

// fresh puts a fixture in place, with a ballast that takes up its room.
func (f *fuller) fresh(fixture string) {
	if err := f.restore(fixture); err != nil {
		f.t.Fatal(err)
	}
	ballast, err := os.OpenFile(filepath.Join(f.vault(), "ballast"), os.O_RDWR, 0)
	if err != nil {
		f.t.Fatal(err)
	}
	defer ballast.Close()
	if err := unix.Fallocate(int(ballast.Fd()), 0, 0, 8<<20); err != nil {
		f.t.Fatal(err)
	}
}

// judge says what is wrong with how a command ended on a full disk.
func (f *fuller) judge(op operation, fixture string, got result, during bool) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	before, after := f.before[fixture], f.after[op.name+" "+fixture]
	// A page that finds no room ends the process. What is checked before each
	// write leaves that to a disk that somebody else fills at that moment.
	died := got.code == -1 || got.code == 2 || strings.Contains(got.err, "goroutine ")
	switch {
	case died && during:
		f.died++
	case died:
		fault("it crashes")
	case got.code == 0:
		f.succeeded++
	case uncertain(got.err):
		f.uncertains++
	case got.code == 10:
		f.full++
	default:
		fault("another exit code than 0 and 10")
	}
	// A recovery needs room, which who fills the disk can take from under it.
	unread := during && fixture == "crashed" && got.code == 10
	if op.reads && got.code != 0 && !died && !unread {
		fault("reading does not work on a full disk")
	}
	faults = append(faults, f.whileFull(before, after, died || unread, during)...)
	f.disk.empty()
	now, err := f.contents()
	if err != nil {
		fault("with room again: %v", err)
		return faults
	}
	if op.name == "rotate" && now["pin"] != before["pin"] {
		after = maps.Clone(after)
		after["pin"] = now["pin"]
	}
	maps.DeleteFunc(now, func(key, value string) bool { // what whileFull deletes
		return strings.HasPrefix(key, "MIDDLE0 at ") && value == "(gone)"
	})
	was, is := maps.Equal(now, before), maps.Equal(now, after)
	committed := died || uncertain(got.err) || strings.Contains(got.err, "it is deleted, but") || strings.Contains(got.err, "is rotated, but")
	switch {
	case got.code == 0 && !is:
		fault("it succeeded, and the vault is another: %s", differ(now, after))
	case got.code != 0 && !was && !is:
		fault("the vault is neither as before nor as after: %s", differ(now, before))
	case got.code != 0 && !was && !committed:
		fault("it failed, and the change is there")
	}
	if err := f.writes(); err != nil {
		fault("with room again, a write: %v", err)
	}
	return faults
}

// whileFull reads and deletes while the disk is full. Deleting works as long as
// there is the ballast: while a command has given it up, whoever fills the disk
// takes its room, and a ballast of what is left then is made at the end.
func (f *fuller) whileFull(before, after contents, died, during bool) (faults []string) {
	ballast, err := os.Stat(filepath.Join(f.vault(), "ballast"))
	robbed := during && (err != nil || taken(ballast) < 6<<20)
	args := func(more ...string) []string { return append(more, "--state", f.state(), "--no-input") }
	if got := f.rig.run("", args("get", "B1")...); got.code != 0 && !(died && got.code == 10) {
		faults = append(faults, fmt.Sprintf("while it is full, get: exit %d: %s", got.code, got.err))
	} else if got.code == 0 && got.out != current(before, "B1") && got.out != current(after, "B1") {
		faults = append(faults, "while it is full, get returns something else")
	}
	if got := f.rig.run("", args("rm", "MIDDLE0")...); got.code != 0 && !((died || robbed) && got.code == 10) {
		faults = append(faults, fmt.Sprintf("while it is full, rm: exit %d: %s", got.code, got.err))
	}
	return faults
}

// current is the newest version of a name.
func current(c contents, name string) (value string) {
	for n := 1; ; n++ {
		next, ok := c[fmt.Sprintf("%s at %d", name, n)]
		if !ok {
			return value
		}
		value = next
	}
}
