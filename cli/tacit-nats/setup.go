package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

// wanted is the stream as it has to be. Its limits are the operator's to set.
func wanted(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: stream.Name, Description: "bundles of tacit's groups", Subjects: []string{stream.All},
		Storage: jetstream.FileStorage, Replicas: replicas, MaxMsgsPerSubject: 1,
		AllowDirect: true,                 // else every read asks the leader
		AllowMsgTTL: true,                 // what is deleted goes
		Discard:     jetstream.DiscardNew, // else a full stream drops what it has acknowledged
		RePublish:   &jetstream.RePublish{Source: stream.Stored, Destination: stream.Repeated},
	}
}

// check returns an error wrapping transport.ErrSetup that says what is wrong with a
// stream and how that is put right.
func check(is jetstream.StreamConfig) error {
	var wrong []string
	must := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	must(slices.Contains(is.Subjects, stream.All), "subjects have to be "+stream.All)
	must(is.MaxMsgsPerSubject == 1, "max_msgs_per_subject has to be 1")
	must(is.AllowDirect, "allow_direct has to be true")
	must(is.AllowMsgTTL, "allow_msg_ttl has to be true")
	must(is.Discard == jetstream.DiscardNew, "discard has to be new")
	must(!is.DiscardNewPerSubject, "discard_new_per_subject has to be false")
	must(is.Retention == jetstream.LimitsPolicy, "retention has to be limits")
	must(is.MaxAge == 0, "max_age has to be 0")
	must(!is.NoAck, "no_ack has to be false")
	must(!is.Sealed, "it is sealed")
	must(is.Mirror == nil, "it is a mirror")
	must(is.RePublish != nil && is.RePublish.Source == stream.Stored && is.RePublish.Destination == stream.Repeated && !is.RePublish.HeadersOnly,
		"republish has to be from "+stream.Stored+" to "+stream.Repeated)
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%w: stream %s: %s; the server's operator mends it: tacit-nats setup ADDRESS", transport.ErrSetup, stream.Name, strings.Join(wrong, ", "))
}

func setup(ctx context.Context, to string, replicas int, out io.Writer) error {
	c, err := connect(to)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.setUp(ctx, replicas, out)
}

// setUp makes the stream, or mends it. Messages and limits stay. With 0 replicas it makes
// three where the server is one of a cluster, and else one.
func (c *carrier) setUp(ctx context.Context, replicas int, out io.Writer) error {
	ctx, end := limit(ctx)
	defer end()
	existing, err := c.js.Stream(ctx, stream.Name)
	done := "made"
	want := wanted(max(replicas, 1))
	switch {
	case err == nil:
		done = "mended"
		want = mended(existing.CachedInfo().Config, replicas)
	case !errors.Is(err, jetstream.ErrStreamNotFound):
		return explain(err)
	case replicas == 0 && c.conn.ConnectedClusterName() != "":
		want.Replicas = 3
	}
	s, err := c.js.CreateOrUpdateStream(ctx, want)
	if err != nil {
		return fmt.Errorf("the server refuses the stream: %w", explain(err))
	}
	is := s.CachedInfo().Config
	if err := check(is); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s stream %s, replicas %d\n", done, is.Name, is.Replicas)
	return err
}

// mended is a stream's settings with those that have to be otherwise.
func mended(is jetstream.StreamConfig, replicas int) jetstream.StreamConfig {
	want := wanted(is.Replicas)
	if replicas > 0 {
		want.Replicas = replicas
	}
	is.Subjects, is.MaxMsgsPerSubject, is.AllowDirect, is.AllowMsgTTL = want.Subjects, want.MaxMsgsPerSubject, want.AllowDirect, want.AllowMsgTTL
	is.Discard, is.DiscardNewPerSubject, is.RePublish, is.MaxAge, is.NoAck = want.Discard, false, want.RePublish, 0, false
	is.Replicas = want.Replicas
	return is
}
