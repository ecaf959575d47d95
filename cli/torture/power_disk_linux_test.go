package torture

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// diskSize is that of an image, in bytes; XFS wants 300 MiB at least. It has holes.
const diskSize = 512 << 20

// A disk is a file system of its own on a loop device, whose power can be cut.
//
// It is mounted where only the thread of its test, and the processes that this
// thread starts, can see it. However the test ends, the mount goes with the
// thread, and the device with the mount.
type disk struct {
	t    testing.TB
	fs   string
	dir  string // where it is mounted
	dev  string
	loop *os.File // keeps the device; the system frees it after the last use
}

// newDisk makes a disk and mounts it, or skips the test where that cannot be done.
func newDisk(t testing.TB, fs string) *disk {
	t.Helper()
	mkfs, err := exec.LookPath("mkfs." + fs)
	if os.Getuid() != 0 || err != nil {
		t.Skipf("cutting the power of %s takes root and mkfs.%s", fs, fs)
	}
	// Never unlocked: the thread ends with the test.
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		t.Skipf("cutting the power takes a mount namespace: %v", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Skipf("cutting the power takes the right to mount: %v", err)
	}
	d := &disk{t: t, fs: fs, dir: filepath.Join(t.TempDir(), "disk")}
	image := d.image()
	force := map[string]string{"ext4": "-F", "xfs": "-f"}[fs]
	if out, err := exec.Command(mkfs, "-q", force, image.Name()).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", mkfs, err, out)
	}
	d.attach(image)
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(d.dev, d.dir, d.fs, 0, ""); errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EPERM) {
		t.Skipf("cutting the power of %s takes a system that mounts it: %v", fs, err)
	} else if err != nil {
		t.Fatalf("mounting %s: %v", fs, err)
	}
	t.Cleanup(func() { _ = unix.Unmount(d.dir, unix.MNT_DETACH) })
	return d
}

// image is an empty file, in memory where that can be: what counts is what the
// file system has written to it.
func (d *disk) image() *os.File {
	d.t.Helper()
	f, err := os.CreateTemp("/dev/shm", "tacit-disk-*")
	if err != nil {
		f, err = os.CreateTemp(d.t.TempDir(), "disk-*")
	}
	if err == nil {
		err = f.Truncate(diskSize)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { f.Close(); os.Remove(f.Name()) })
	return f
}

// attach finds a free loop device for the image.
func (d *disk) attach(image *os.File) {
	d.t.Helper()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		d.t.Skipf("cutting the power takes loop devices: %v", err)
	}
	defer control.Close()
	for range 50 {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			d.t.Skipf("cutting the power takes a free loop device: %v", err)
		}
		d.dev = "/dev/loop" + strconv.Itoa(n)
		if d.loop, err = os.OpenFile(d.dev, os.O_RDWR, 0); err != nil {
			d.t.Skipf("cutting the power takes a free loop device: %v", err)
		}
		config := unix.LoopConfig{Fd: uint32(image.Fd())}
		config.Info.Flags = unix.LO_FLAGS_AUTOCLEAR
		err = unix.IoctlLoopConfigure(int(d.loop.Fd()), &config)
		if err == nil {
			d.t.Cleanup(func() { d.loop.Close() })
			return
		}
		d.loop.Close()
		if !errors.Is(err, unix.EBUSY) { // else somebody was faster
			d.t.Skipf("cutting the power takes a loop device: attaching %s: %v", d.dev, err)
		}
	}
	d.t.Fatal("no loop device to be had")
}

func (d *disk) mount() {
	d.t.Helper()
	if err := unix.Mount(d.dev, d.dir, d.fs, 0, ""); err != nil {
		d.t.Fatalf("mounting %s: %v", d.fs, err)
	}
}

// A cut is how the power goes.
type cut uint32

const (
	// journalKept: what the file system has in its journal gets to the disk yet,
	// the content of files does not.
	journalKept cut = 1
	// allLost: nothing more gets to the disk.
	allLost cut = 2
)

// cutPower ends a process and all writing to the disk, at once: without power no
// program gets any further. The process comes first, by some microseconds. What
// it was waiting for goes on without it, and no result of that reaches it. There
// could be none to rely on: of syncs under way when ext4 (Linux 6.18) is shut
// down, some succeed whose content is lost.
func (d *disk) cutPower(how cut, running *os.Process) {
	d.t.Helper()
	const goingDown = 0x8004587d // EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN
	f, err := os.Open(d.dir)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	_ = running.Kill() // it may have ended
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), goingDown, uintptr(unsafe.Pointer(&how))); errno != 0 {
		d.t.Fatalf("cutting the power of %s: %v", d.fs, errno)
	}
}

// powerOn mounts the disk anew, which replays its journal. Nobody uses it any more.
func (d *disk) powerOn() {
	d.t.Helper()
	var err error
	for range 4000 {
		if err = unix.Unmount(d.dir, 0); !errors.Is(err, unix.EBUSY) {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if err != nil {
		d.t.Fatalf("unmounting: %v", err)
	}
	d.mount()
}
