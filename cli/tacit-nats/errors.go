package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

// Codes of a server's errors that nats.go has no names for.
const (
	codeInsufficient   = 10023 // resources
	codeStorageFull    = 10047 // storage of the account
	codeTooLarge       = 10054 // message for the stream
	codeStoreFailed    = 10077 // the stream's limits
	codeMemoryFull     = 10028
	codeWrongLastSeq   = 10071
	codeWrongLastConst = 10164
)

// errChanged: something else is under the subject than was expected.
var errChanged = errors.New("the server has another message there")

// explain wraps an error of nats.go with the one of package transport that it amounts to.
func explain(err error) error {
	var as error
	api := (*jetstream.APIError)(nil)
	isAPI := errors.As(err, &api)
	var network net.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrMsgNotFound):
		as = transport.ErrNone
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return fmt.Errorf("%w: there is no stream %s; the server's operator makes it: tacit-nats setup ADDRESS", transport.ErrSetup, stream.Name)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("%w: JetStream is not enabled for this user", transport.ErrSetup)
	case isAPI && (api.ErrorCode == codeWrongLastSeq || api.ErrorCode == codeWrongLastConst):
		as = errChanged
	case isAPI && (api.ErrorCode == codeStoreFailed || api.ErrorCode == codeStorageFull || api.ErrorCode == codeMemoryFull || api.ErrorCode == codeInsufficient):
		as = transport.ErrFull
	case isAPI && api.ErrorCode == codeTooLarge, errors.Is(err, nats.ErrMaxPayload):
		as = transport.ErrSize
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked),
		errors.Is(err, nats.ErrAccountAuthExpired), errors.Is(err, nats.ErrPermissionViolation), strings.Contains(err.Error(), "Authorization Violation"):
		as = transport.ErrDenied
	case errors.Is(err, context.Canceled):
		return err
	case isAPI && api.Code >= 500, unreachable(err), errors.As(err, &network):
		as = transport.ErrUnreachable
	default:
		return err
	}
	return fmt.Errorf("%w: %w", as, err)
}

// unreachable tells whether an error of nats.go means that nobody answers.
func unreachable(err error) bool {
	for _, e := range []error{
		nats.ErrNoServers, nats.ErrNoResponders, nats.ErrTimeout, nats.ErrConnectionClosed, nats.ErrDisconnected, nats.ErrConnectionReconnecting,
		nats.ErrReconnectBufExceeded, nats.ErrStaleConnection, jetstream.ErrNoStreamResponse, context.DeadlineExceeded,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// asked is a subject as this client asked for it: a leaf maps requests to a JetStream in
// a domain, $JS.API.… to $JS.DOMAIN.API.….
func asked(subject string) string {
	rest, ours := strings.CutPrefix(subject, "$JS.")
	domain, request, mapped := strings.Cut(rest, ".API.")
	if !ours || !mapped || domain == "" || strings.Contains(domain, ".") {
		return subject
	}
	return "$JS.API." + request
}

// denials are the subjects that requests wait for, and how to end these: a server says to
// the connection, and not to the request, that it does not allow it.
type denials struct {
	mu      sync.Mutex // guards waiting
	waiting map[string]map[*context.CancelCauseFunc]bool
}

// listen ends a request when its subject is denied. The caller calls what it returns.
func (d *denials) listen(subject string, cancel context.CancelCauseFunc) (done func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting == nil {
		d.waiting = map[string]map[*context.CancelCauseFunc]bool{}
	}
	if d.waiting[subject] == nil {
		d.waiting[subject] = map[*context.CancelCauseFunc]bool{}
	}
	d.waiting[subject][&cancel] = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if delete(d.waiting[subject], &cancel); len(d.waiting[subject]) == 0 {
			delete(d.waiting, subject)
		}
	}
}

// hear takes what a server says to the connection: `Permissions Violation for Publish to
// "SUBJECT"`.
func (d *denials) hear(err error) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return
	}
	parts := strings.Split(err.Error(), `"`)
	if len(parts) < 3 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for cancel := range d.waiting[asked(parts[1])] {
		(*cancel)(fmt.Errorf("%w: the server does not allow this user to publish to %s", transport.ErrDenied, parts[1]))
	}
}
