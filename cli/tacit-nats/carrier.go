package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

// stored is a message of the stream. One without bytes is what a deletion leaves for a
// moment; to tacit it is none.
type stored struct {
	data []byte
	seq  uint64 // 0 for none
}

// last is the message under a subject.
func (c *carrier) last(ctx context.Context, subject string) (m stored, err error) {
	err = c.call(ctx, "$JS.API.DIRECT.GET."+stream.Name+"."+subject, func(ctx context.Context) error {
		raw, err := c.found().GetLastMsgForSubject(ctx, subject)
		if err == nil {
			m = stored{raw.Data, raw.Sequence}
		}
		return err
	})
	if errors.Is(err, transport.ErrNone) {
		return stored{}, nil
	}
	if len(m.data) > transport.MaxData {
		return m, fmt.Errorf("%w: %d bytes under %s", transport.ErrSize, len(m.data), subject)
	}
	return m, err
}

// publish stores a message in the place of the one with that number, 0 for none.
func (c *carrier) publish(ctx context.Context, subject string, data []byte, seq uint64, options ...jetstream.PublishOpt) error {
	return c.call(ctx, subject, func(ctx context.Context) error {
		options := append(options, jetstream.WithExpectStream(stream.Name), jetstream.WithExpectLastSequencePerSubject(seq), jetstream.WithRetryAttempts(0))
		_, err := c.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: data}, options...)
		if errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse) {
			if _, gone := c.js.Stream(ctx, stream.Name); errors.Is(gone, jetstream.ErrStreamNotFound) {
				return gone
			}
		}
		return err
	})
}

// settled is how often a replica that has not caught up is asked again.
const settled = 6

// Put implements transport.Transport.
func (c *carrier) Put(ctx context.Context, key string, data, old []byte) error {
	if err := transport.CheckPut(key, data); err != nil {
		return err
	}
	if most := c.conn.MaxPayload(); int64(len(data)) > most-headroom {
		return fmt.Errorf("%w: %d bytes; the server takes %d with its headers: raise max_payload there", transport.ErrSize, len(data), most)
	}
	subject := stream.Subject(key)
	there := stored{}
	if old != nil {
		var err error
		if there, err = c.last(ctx, subject); err != nil {
			return err
		}
		if !bytes.Equal(there.data, old) {
			return same(there.data, data)
		}
	}
	err := c.publish(ctx, subject, data, there.seq)
	if !errors.Is(err, errChanged) {
		return err
	}
	// It is stored already, where the answer to an earlier try was lost; or it was
	// deleted a moment ago; or it is taken. A replica that answers may not know yet.
	for try := range settled {
		now, err := c.last(ctx, subject)
		switch {
		case err != nil:
			return err
		case now.seq != there.seq && len(now.data) > 0:
			return same(now.data, data)
		case now.seq != there.seq && old == nil: // deleted
			if err := c.publish(ctx, subject, data, now.seq); !errors.Is(err, errChanged) {
				return err
			}
			there = now
		}
		if err := pause(ctx, 10*time.Millisecond<<try); err != nil {
			return err
		}
	}
	return transport.ErrTaken
}

// headroom is what the headers of a message take of the server's limit.
const headroom = 512

// same is no error where what is there is what was to be put.
func same(there, data []byte) error {
	if bytes.Equal(there, data) {
		return nil
	}
	return transport.ErrTaken
}

// Get implements transport.Transport.
func (c *carrier) Get(ctx context.Context, key string) ([]byte, error) {
	k, err := transport.Parse(key)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if k.Kind == transport.Changes {
		if data := c.news.take(key); data != nil {
			return data, nil
		}
	}
	m, err := c.last(ctx, stream.Subject(key))
	if err == nil && len(m.data) == 0 {
		err = transport.ErrNone
	}
	if err != nil {
		return nil, err
	}
	return m.data, nil
}

// List implements transport.Transport. It also has a key that was deleted a moment ago.
func (c *carrier) List(ctx context.Context, prefix, after string) ([]string, error) {
	if err := transport.CheckList(prefix, after); err != nil {
		return nil, err
	}
	var info *jetstream.StreamInfo
	err := c.call(ctx, "$JS.API.STREAM.INFO."+stream.Name, func(ctx context.Context) (err error) {
		info, err = c.found().Info(ctx, jetstream.WithSubjectFilter(stream.Filter(prefix)))
		return err
	})
	if err != nil {
		return nil, err
	}
	var keys []string
	for subject := range info.State.Subjects {
		if key, ok := stream.Key(subject); ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return transport.Page(keys, prefix, after), nil
}

// deletion is how long a message without bytes stays in the place of one that is deleted.
const deletion = time.Second

// Delete implements transport.Deleter. A message without bytes takes the place, and ends
// by itself: so a member can delete what it may put, and nothing else.
func (c *carrier) Delete(ctx context.Context, key string) error {
	if err := transport.CheckKey(key); err != nil {
		return err
	}
	subject := stream.Subject(key)
	there, err := c.last(ctx, subject)
	if err != nil || len(there.data) == 0 {
		return err
	}
	err = c.publish(ctx, subject, nil, there.seq, jetstream.WithMsgTTL(deletion))
	if errors.Is(err, errChanged) {
		return transport.ErrTaken // somebody has put something meanwhile
	}
	return err
}
