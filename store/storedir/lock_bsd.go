//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package storedir

import "os"

// queue is a lock on the folder itself. There is no second kind of lock here that
// works beside the first, so that a writer stays in it: an exchanged lock file
// lets no second writer in, but a writer beside a reader.
type queue struct {
	folder *os.File
	held   bool
}

func openQueue(dir string, _ *os.File) (*queue, error) {
	f, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	return &queue{folder: f}, nil
}

func (q *queue) try() error {
	err := tryLock(q.folder, Exclusive)
	q.held = q.held || err == nil
	return err
}

func (q *queue) release() {
	if q.held {
		unlockFile(q.folder)
		q.held = false
	}
}

func (q *queue) close() { q.folder.Close() }

// lockedFolder opens nothing: the queue has the folder.
func lockedFolder(string) (*os.File, error) { return nil, nil }
