package keys

import (
	"context"
)

func (o *agentOptions) watchSession(ctx context.Context) (context.Context, func()) {
	return ctx, func() {}
}
